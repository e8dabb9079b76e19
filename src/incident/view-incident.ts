import { isoTime } from "../common/clock.ts";
import { type Gate, standingOf } from "./gate.ts";
import { accountOf, answerOf, type Incident, type IncidentCapture, roleOf } from "./incident.ts";
import { sentenceOf } from "./message.ts";
import type { IncidentSettings } from "./settings.ts";

const timeOrNull = (time: number | null): string | null => (time === null ? null : isoTime(time));

/** An update on its way to one place where people are told. */
export interface ViewedDelivery {
  revision: number;
  target: string;
  state: "waiting" | "held" | "sent" | "failed";
  at: number | null;
  reason: string | null;
}

/** An incident in a list. */
export function viewIncident(incident: Incident) {
  const { incidentId, resourceId, state, severity, openedAt, lastAlertAt, closedAt } = incident;
  return {
    incidentId,
    resourceId,
    state,
    severity,
    openedAt: isoTime(openedAt),
    lastAlertAt: isoTime(lastAlertAt),
    closedAt: timeOrNull(closedAt),
    alertCount: incident.alerts.length,
    recordings: incident.captures.map(({ captureId, rule }) => ({ captureId, rule })),
    account: accountOf(incident),
    summary: sentenceOf(incident),
    answer: answerOf(incident),
    expected: incident.expected
      ? { ...incident.expected, until: isoTime(incident.expected.until) }
      : null,
  };
}

/** All of it, with how its recordings stand at the gate. */
export function viewWholeIncident(
  incident: Incident,
  gate: Gate,
  time: { settings: IncidentSettings; now: number },
  deliveries: readonly ViewedDelivery[] = [],
) {
  return {
    ...viewIncident(incident),
    alerts: incident.alerts.map((alert) => ({
      ...alert,
      role: roleOf(incident, alert),
      firedTime: isoTime(alert.firedTime),
      acceptedAt: isoTime(alert.acceptedAt),
      resolved: alert.resolvedAt !== null,
      resolvedAt: timeOrNull(alert.resolvedAt),
    })),
    captures: incident.captures.map((capture) => viewCapture(capture, gate, time)),
    updates: incident.updates.map((update) => ({
      ...update,
      at: isoTime(update.at),
      deliveries: deliveries
        .filter(({ revision }) => revision === update.revision)
        .map(({ target, state, at, reason }) => ({ target, state, at: timeOrNull(at), reason })),
    })),
  };
}

function viewCapture(
  capture: IncidentCapture,
  gate: Gate,
  time: { settings: IncidentSettings; now: number },
) {
  const { state, isDelayed, recordingId } = capture;
  const standing = standingOf(gate, recordingId, time);
  const taken = isDelayed ? ("delayed" as const) : ("recording" as const);
  const role = state === "refused" ? ("refused" as const) : taken;
  return {
    ...capture,
    answer: capture.answer ?? null,
    role,
    moment: isoTime(capture.moment),
    endsAt: timeOrNull(capture.endsAt),
    queue: standing.kind === "waiting" ? { position: standing.position, why: standing.why } : null,
  };
}
