import { endAwaiting, updateStateOf } from "./expect.ts";
import { type Incident, type IncidentUpdate, isUnanswered } from "./incident.ts";
import { wordsOf } from "./message.ts";
import type { IncidentSettings } from "./settings.ts";

/** Updates of one incident; those of more alerts stop before, so that answers and the end have room. */
export const updateCountMax = 100;
const moreAlertsUpdateCountMax = 50;
/** How long closed incidents are kept. */
export const retentionMilliseconds = 7 * 86_400_000;

/** The incident with one more update to send. */
export function withUpdate(
  incident: Incident,
  update: Pick<IncidentUpdate, "kind" | "at"> &
    Partial<Pick<IncidentUpdate, "recordingId" | "link">> & { told?: string | null },
): Incident {
  if (incident.updates.length >= updateCountMax) return incident;
  const { kind, at, recordingId = null, link = null, told = null } = update;
  const made: IncidentUpdate = {
    revision: (incident.updates.at(-1)?.revision ?? 0) + 1,
    kind,
    at,
    recordingId,
    ...wordsOf(incident, kind, told),
    link,
    state: updateStateOf(incident),
    attemptCount: 0,
  };
  const toldAlertCount = incident.alerts.length;
  return { ...incident, updates: [...incident.updates, made], toldAlertCount };
}

/** When the incident can be closed: never before its recordings are answered, at once when all is resolved, else after a quiet time. */
function closesAt(incident: Incident, now: number, settings: IncidentSettings): number | null {
  if (incident.alerts.length === 0 || isUnanswered(incident, now)) return null;
  if (incident.alerts.every(({ resolvedAt }) => resolvedAt !== null)) return now;
  return incident.lastAlertAt + settings.quietSeconds * 1_000;
}

/** When more alerts are told of; null when there is none to tell of. */
function tellsAt({ alerts, updates, toldAlertCount }: Incident, settings: IncidentSettings) {
  const last = updates.at(-1);
  if (!last || alerts.length === toldAlertCount) return null;
  if (updates.length >= moreAlertsUpdateCountMax) return null;
  return last.at + settings.updateIntervalSeconds * 1_000;
}

/** The incident as time makes it: with news of more alerts, closed; the same when nothing is due. */
export function passTime(found: Incident, now: number, settings: IncidentSettings): Incident {
  if (found.state === "closed" || found.alerts.length === 0) return found;
  const incident = endAwaiting(found, now);
  if (incident !== found) return incident;
  const closing = closesAt(incident, now, settings);
  if (closing !== null && closing <= now) {
    const closed: Incident = { ...incident, state: "closed", closedAt: now };
    return withUpdate(closed, { kind: "closed", at: now });
  }
  const telling = tellsAt(incident, settings);
  return telling !== null && telling <= now
    ? withUpdate(incident, { kind: "updated", at: now })
    : incident;
}

/** When the incident wants attention next. */
export function dueAtOf(incident: Incident, now: number, settings: IncidentSettings): number {
  const { state, closedAt, updates } = incident;
  if (updates.some((each) => each.state === "waiting")) return now;
  if (state === "closed") return (closedAt ?? now) + retentionMilliseconds;
  const awaits = incident.expected?.state === "awaited" ? incident.expected.until : null;
  const times = [awaits, closesAt(incident, now, settings), tellsAt(incident, settings)];
  // Whatever is forgotten is looked at once an hour.
  return Math.min(now + 3_600_000, ...times.flatMap((time) => time ?? []));
}
