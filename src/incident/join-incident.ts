import { covers, type RecordingFilter } from "./covers.ts";
import { joinExpected } from "./expect.ts";
import {
  alertCountMax,
  captureCountMax,
  type Incident,
  type IncidentAlert,
  type IncidentCapture,
  isRecording,
} from "./incident.ts";
import { type IncidentSettings, windowSecondsDefault } from "./settings.ts";

/** An alert that asks for packets of the incident's host. */
export interface JoiningAlert extends Pick<
  IncidentAlert,
  "key" | "rule" | "severity" | "firedTime" | "acceptedAt" | "metric"
> {
  /** Id of its job, and of its recording if it gets one of its own. */
  jobId: string;
  filters: readonly RecordingFilter[];
  timeLimitSeconds: number;
  /** When what it tells of began. */
  moment: number;
  /** Resource id of its rule. */
  ruleId?: string;
  /** Expectations that it may be a case of. */
  expectationIds?: readonly string[];
}

/** True when the alert belongs to what is going on, and is not the beginning of something new. */
export function belongsTo(
  incident: Incident,
  { acceptedAt }: Pick<JoiningAlert, "acceptedAt">,
  { windowSeconds }: IncidentSettings,
): boolean {
  if (incident.alerts.length === 0) return true;
  if (incident.state === "closed" || incident.alerts.length >= alertCountMax) return false;
  const age = acceptedAt - incident.openedAt;
  if (windowSeconds !== null) return age < windowSeconds * 1_000;
  return age < windowSecondsDefault * 1_000 && isRecording(incident, acceptedAt);
}

/** The incident with the alert in it; the same when it was there already. */
export function joinIncident(
  incident: Incident,
  alert: JoiningAlert,
  { settings, now }: { settings: IncidentSettings; now: number },
): Incident {
  if (incident.alerts.some(({ key }) => key === alert.key)) return incident;
  const shared = incident.captures.find(
    (capture) => refusalToShare(capture, alert, settings, now) === null,
  );
  const joined = shared
    ? share(incident, shared, alert, settings)
    : recordAlone(incident, alert, whyAlone(incident, alert, settings, now));
  const { expectationIds = [], timeLimitSeconds } = alert;
  const whole = {
    ...joined,
    lastAlertAt: Math.max(incident.lastAlertAt, alert.acceptedAt),
    severity: Math.min(incident.severity, alert.severity),
  };
  return joinExpected(whole, { expectationIds, timeLimitSeconds, now });
}

/** Why the alert cannot share this recording; null when it can. */
function refusalToShare(
  { state, filters, endsAt, recordingId }: IncidentCapture,
  alert: JoiningAlert,
  { afterSecondsMin }: IncidentSettings,
  now: number,
): string | null {
  const name = `recording ${recordingId.slice(0, 10)}`;
  if (state === "ended" || state === "refused") return `${name} is over`;
  if (!covers(filters, alert.filters)) return `the filter of ${name} leaves out what it asks for`;
  const leftSeconds = endsAt === null ? Infinity : Math.floor((endsAt - now) / 1_000);
  const neededSeconds = Math.min(afterSecondsMin, alert.timeLimitSeconds / 2);
  if (leftSeconds >= neededSeconds) return null;
  return `${name} ends in ${Math.max(0, leftSeconds)} s, and one under way cannot be made longer`;
}

function whyAlone(
  incident: Incident,
  alert: JoiningAlert,
  settings: IncidentSettings,
  now: number,
): string | null {
  const active = incident.captures.filter(
    ({ state }) => state === "waiting" || state === "recording",
  );
  const reasons = active.flatMap((each) => refusalToShare(each, alert, settings, now) ?? []);
  return reasons[0] ?? null;
}

function recordAlone(incident: Incident, alert: JoiningAlert, why: string | null): Incident {
  const { jobId, rule, filters, severity, timeLimitSeconds, moment } = alert;
  if (incident.captures.length >= captureCountMax) {
    const full = `the incident has ${captureCountMax} recordings already`;
    return withAlert(incident, alert, { role: "refused", recordingId: null, why: full });
  }
  const capture: IncidentCapture = {
    recordingId: jobId,
    rule,
    filters,
    severity,
    timeLimitSeconds,
    moment,
    state: "waiting",
    isDelayed: false,
    endsAt: null,
    captureId: null,
    captureName: null,
    why,
    outcome: null,
  };
  const joined = { ...incident, captures: [...incident.captures, capture] };
  return withAlert(joined, alert, { role: "recording", recordingId: jobId, why });
}

/** A recording that has not begun is made to suit both; one under way stays as it is, and the alert says what it gets. */
function share(
  incident: Incident,
  capture: IncidentCapture,
  alert: JoiningAlert,
  { extendSecondsMax }: IncidentSettings,
): Incident {
  const { recordingId, endsAt, timeLimitSeconds } = capture;
  const wantedSeconds = alert.timeLimitSeconds;
  const roomSeconds = Math.max(timeLimitSeconds, extendSecondsMax);
  const isWaiting = capture.state === "waiting";
  const joint: IncidentCapture = {
    ...capture,
    severity: Math.min(capture.severity, alert.severity),
    timeLimitSeconds: isWaiting
      ? Math.min(Math.max(timeLimitSeconds, wantedSeconds), roomSeconds)
      : timeLimitSeconds,
    moment: isWaiting ? Math.min(capture.moment, alert.moment) : capture.moment,
  };
  const gotSeconds = isWaiting
    ? joint.timeLimitSeconds
    : Math.floor(((endsAt ?? Infinity) - alert.acceptedAt) / 1_000);
  const why = whyShared(recordingId, { isWaiting, gotSeconds, wantedSeconds, timeLimitSeconds });
  const captures = incident.captures.map((each) => (each === capture ? joint : each));
  return withAlert({ ...incident, captures }, alert, { role: "merged", recordingId, why });
}

function whyShared(
  recordingId: string,
  {
    isWaiting,
    gotSeconds,
    wantedSeconds,
    timeLimitSeconds,
  }: { isWaiting: boolean; gotSeconds: number; wantedSeconds: number; timeLimitSeconds: number },
): string {
  const shares = `shares recording ${recordingId.slice(0, 10)}`;
  if (gotSeconds >= wantedSeconds) {
    return isWaiting && wantedSeconds > timeLimitSeconds
      ? `${shares}, made ${wantedSeconds - timeLimitSeconds} s longer`
      : shares;
  }
  const got = `${gotSeconds} of ${wantedSeconds} s after the alert are in it`;
  return isWaiting
    ? `${shares}: ${got}, the limit of extension`
    : `${shares}: ${got}; one under way cannot be made longer`;
}

function withAlert(
  incident: Incident,
  { key, rule, severity, firedTime, acceptedAt, metric, ruleId, expectationIds }: JoiningAlert,
  fate: Pick<IncidentAlert, "role" | "recordingId" | "why">,
): Incident {
  const known = { key, rule, severity, firedTime, acceptedAt, resolvedAt: null };
  const alert = {
    ...known,
    ...(metric === undefined ? {} : { metric }),
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(expectationIds === undefined ? {} : { expectationIds }),
    ...fate,
  };
  return { ...incident, alerts: [...incident.alerts, alert] };
}
