import { nameOf } from "./message.ts";
import { answerOf, type Incident, type IncidentAlert } from "./incident.ts";

/** An alert of the same rule this long before an incident, or after it, belongs to the same trouble. */
const nearMilliseconds = 5 * 60_000;
/** Incidents that are told. */
export const relatedCountMax = 50;

/** An incident of another host that has to do with this one. */
export interface RelatedIncident {
  incidentId: string;
  resourceId: string;
  host: string;
  state: Incident["state"];
  severity: number;
  openedAt: number;
  /** Name of the rule that fired on both. */
  rule: string;
  /** One paragraph; null while there is no answer. */
  sentence: string | null;
}

/** Incidents of other hosts in which a rule of this one fired at about the same time, the earliest first. */
export function relatedIncidents(
  incident: Incident,
  all: readonly Incident[],
  now: number,
): { value: RelatedIncident[]; count: number } {
  const rules = new Set(incident.alerts.map(ruleOf));
  const host = incident.resourceId.toLowerCase();
  const from = incident.openedAt - nearMilliseconds;
  const to = (incident.closedAt ?? now) + nearMilliseconds;
  const isShared = (alert: IncidentAlert): boolean =>
    rules.has(ruleOf(alert)) && alert.firedTime >= from && alert.firedTime <= to;
  const found = all.flatMap((each) => {
    const shared = each.resourceId.toLowerCase() === host ? undefined : each.alerts.find(isShared);
    return shared ? [relatedOf(each, shared)] : [];
  });
  const value = found.toSorted((a, b) => a.openedAt - b.openedAt).slice(0, relatedCountMax);
  return { value, count: found.length };
}

function relatedOf(incident: Incident, { rule }: IncidentAlert): RelatedIncident {
  const { incidentId, resourceId, state, severity, openedAt } = incident;
  const sentence = answerOf(incident)?.sentence ?? null;
  return {
    incidentId,
    resourceId,
    host: nameOf(resourceId),
    state,
    severity,
    openedAt,
    rule,
    sentence,
  };
}

/** By its id, and by its name where the sender says no more. */
const ruleOf = ({ ruleId, rule }: IncidentAlert): string => (ruleId ?? rule).toLowerCase();
