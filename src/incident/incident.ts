import { createHash } from "node:crypto";
import type { RecordingFilter } from "./covers.ts";
import type { IncidentCulprit, IncidentExpected } from "./expectation.ts";

/** What became of an alert: it is recorded, at once or after a wait, shares a recording, or got none. */
export type AlertRole = "recording" | "delayed" | "merged" | "refused";

/** Told of what becomes of alerts and incidents, once each but for crashes. */
export interface IncidentCounts {
  alert(role: AlertRole): void;
  update(kind: IncidentUpdate["kind"]): void;
}

export interface IncidentAlert {
  /** Rule, target and fired time: the same for every delivery. */
  key: string;
  rule: string;
  severity: number;
  /** Milliseconds since the epoch, as are all times here. */
  firedTime: number;
  acceptedAt: number;
  resolvedAt: number | null;
  /** What its rule measures; absent where the sender does not say. */
  metric?: string;
  role: AlertRole;
  /** The recording that has its packets, its own or another alert's; null where it was refused at once. */
  recordingId: string | null;
  /** Why it is so, where there is more to say than the role. */
  why: string | null;
  /** Resource id of its rule; absent where the sender is another. */
  ruleId?: string;
  /** Expectations that it may be a case of, as its packets will show. */
  expectationIds?: readonly string[];
}

/** One recording of an incident, asked for by one alert and shared by others. */
export interface IncidentCapture {
  /** Id of the job that records it. */
  recordingId: string;
  rule: string;
  filters: readonly RecordingFilter[];
  /** The most important of the alerts that share it. */
  severity: number;
  timeLimitSeconds: number;
  /** The earliest moment that its look-back begins at. */
  moment: number;
  state: "waiting" | "recording" | "ended" | "refused";
  isDelayed: boolean;
  /** When it stops recording; null before it has begun. */
  endsAt: number | null;
  /** Resource id and name of the packet capture; null while there is none. */
  captureId: string | null;
  captureName: string | null;
  /** Why it waits or waited, or was refused, or is one of several. */
  why: string | null;
  /** How it ended; null before. */
  outcome: string | null;
  /** What its packets say; absent before, and where they say nothing of what changed. */
  answer?: IncidentAnswer;
}

/** What changed on the host, and why. */
export interface ToldAnswer {
  /** One paragraph. */
  sentence: string;
  /** Whom it blames; absent where it blames nobody. */
  culprit?: IncidentCulprit;
  /** The values behind its first words; absent in incidents of earlier versions. */
  gist?: AnswerGist;
}

/** What kind of change it is, how sure that is, and its numbers: enough to say it in any language. */
export interface AnswerGist {
  kind: string;
  level: "certain" | "likely" | "possible";
  metric: string;
  unit: string;
  /** In the unit; null where nothing is recorded from before. */
  before: number | null;
  after: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** The largest one, and its part of the increase, 0 to 1. */
  destination: { name: string; share: number } | null;
  destinationCount: number;
}

export interface IncidentAnswer extends ToldAnswer {
  /** Address of the whole report. */
  reportLink: string | null;
}

/** What people were told, or shall be. */
export interface IncidentUpdate {
  /** From 1 up: a receiver knows doubles by the incident's id and this. */
  revision: number;
  kind: "opened" | "updated" | "answered" | "closed";
  at: number;
  /** Of `answered`: which recording. */
  recordingId: string | null;
  title: string;
  text: string;
  link: string | null;
  /** `held`: until it is known whether the incident is expected; `quiet`: it is, and nobody is told. */
  state: "waiting" | "sent" | "failed" | "held" | "quiet";
  attemptCount: number;
}

/** Alerts about one host that belong together, their recordings, and what people were told. */
export interface Incident {
  incidentId: string;
  resourceId: string;
  openedAt: number;
  lastAlertAt: number;
  closedAt: number | null;
  state: "open" | "closed";
  /** The most important of its alerts: 0 to 4; 4 of what is expected. */
  severity: number;
  alerts: readonly IncidentAlert[];
  captures: readonly IncidentCapture[];
  updates: readonly IncidentUpdate[];
  /** Alerts that the last update told of. */
  toldAlertCount: number;
  /** Absent where no expectation may be about it. */
  expected?: IncidentExpected;
}

/** Of alerts whose sender names none: Azure's "informational". */
export const severityDefault = 3;
/** Then the next alert opens another incident. */
export const alertCountMax = 200;
export const captureCountMax = 32;
/** Longer than any recording and its upload; one that says nothing for so long keeps no incident open. */
const abandonedMilliseconds = 7 * 3_600_000;

/** 64 bits in hex. */
export const incidentIdOf = (hostKey: string, alertKey: string): string =>
  createHash("sha256").update(`${hostKey}\n${alertKey}`).digest("hex").slice(0, 16);

export function newIncident(
  seed: Pick<Incident, "incidentId" | "resourceId" | "openedAt">,
): Incident {
  return {
    ...seed,
    lastAlertAt: seed.openedAt,
    closedAt: null,
    state: "open",
    severity: 4,
    alerts: [],
    captures: [],
    updates: [],
    toldAlertCount: 0,
  };
}

/** True while a recording is under way or waits for its place. */
export function isRecording({ captures, lastAlertAt }: Incident, now: number): boolean {
  if (now - lastAlertAt >= abandonedMilliseconds) return false;
  return captures.some(({ state }) => state === "waiting" || state === "recording");
}

/** True while somebody still has to be told how a recording ended. */
export function isUnanswered({ captures, lastAlertAt }: Incident, now: number): boolean {
  if (now - lastAlertAt >= abandonedMilliseconds) return false;
  return captures.some(({ outcome }) => outcome === null);
}

export const findCapture = (
  { captures }: Incident,
  recordingId: string,
): IncidentCapture | undefined => captures.find((each) => each.recordingId === recordingId);

export function withCapture(
  incident: Incident,
  recordingId: string,
  change: Partial<IncidentCapture>,
): Incident {
  const captures = incident.captures.map((each) =>
    each.recordingId === recordingId ? { ...each, ...change } : each,
  );
  return { ...incident, captures };
}

/** The incident's answer: that of its most important recording, of the first among equals; null while there is none. */
export function answerOf({ captures }: Pick<Incident, "captures">): IncidentAnswer | null {
  const answered = captures.filter(({ answer }) => answer !== undefined);
  const [first] = answered.toSorted((a, b) => a.severity - b.severity);
  return first?.answer ?? null;
}

/** What became of an alert in the end: those that share a refused recording are refused too. */
export function roleOf(incident: Incident, alert: IncidentAlert): AlertRole {
  const capture = alert.recordingId === null ? null : findCapture(incident, alert.recordingId);
  if (!capture || capture.state === "refused") return "refused";
  if (alert.role !== "recording") return alert.role;
  return capture.isDelayed ? "delayed" : "recording";
}

/** How many alerts have each role; together they are all alerts. */
export function accountOf(incident: Incident): Record<AlertRole, number> {
  const counts = { recording: 0, delayed: 0, merged: 0, refused: 0 };
  for (const alert of incident.alerts) counts[roleOf(incident, alert)]++;
  return counts;
}
