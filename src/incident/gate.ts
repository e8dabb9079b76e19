import type { IncidentSettings } from "./settings.ts";

/** A recording that wants a place. */
export interface GateEntry {
  recordingId: string;
  /** Key of its job: who is woken when it gets the place. */
  jobKey: string;
  /** In lower case, as is the rule: what the limits count by. */
  host: string;
  rule: string;
  /** The most important of the alerts that share it. */
  severity: number;
  /** Since when it waits (ms since the epoch). */
  since: number;
}

export interface GatePlace extends GateEntry {
  /** When the place is taken back, whatever became of the recording. */
  until: number;
}

/** Who records and who waits, of all hosts: one document, so that no two processes give one place away twice. */
export interface Gate {
  running: readonly GatePlace[];
  waiting: readonly GateEntry[];
  /** Refused, and not yet taken note of by their jobs. */
  refused: readonly { recordingId: string; jobKey: string; why: string; at: number }[];
  /** Captures under way that no alert asked for, as they were last seen. */
  others?: readonly OtherCapture[];
}

/** A packet capture that somebody made by hand: it takes a place of its host. */
export interface OtherCapture {
  /** ARM id of the host. */
  host: string;
  name: string;
}

export const emptyGate: Gate = { running: [], waiting: [], refused: [] };
/** A place is given back at the end; this is for recordings that nobody follows any more. */
const placeMilliseconds = 7 * 3_600_000;
/** Jobs take note within seconds; older ones have no job any more. */
const refusedMilliseconds = 3_600_000;
/** One that is pushed out of here enters the gate again, and is refused again. */
const refusedCountMax = 1_000;

/** The gate that knows what else runs; the same when it knew. */
export function withOthers(gate: Gate, others: readonly OtherCapture[]): Gate {
  const textOf = (all: readonly OtherCapture[]): string =>
    all.map(({ host, name }) => `${host.toLowerCase()} ${name}`).join("\n");
  return textOf(gate.others ?? []) === textOf(others) ? gate : { ...gate, others };
}

export interface GateTime {
  settings: IncidentSettings;
  now: number;
}

/** The gate with the recording in it; the same when it is known. Full, it refuses the least important. */
export function enterGate(gate: Gate, entry: GateEntry, time: GateTime): Gate {
  if (isKnown(gate, entry.recordingId)) return gate;
  const advanced = advanceGate({ ...gate, waiting: [...gate.waiting, entry] }, time);
  const { queueLengthMax } = time.settings;
  const ordered = inOrder(advanced.waiting, time);
  const why = `the queue is full: ${queueLengthMax} recordings wait, all of them before this one`;
  return refuse({ ...advanced, waiting: ordered }, ordered.slice(queueLengthMax), why, time.now);
}

function isKnown({ running, waiting, refused }: Gate, recordingId: string): boolean {
  return [...running, ...waiting, ...refused].some((each) => each.recordingId === recordingId);
}

/** Gives free places away, the most important first, and refuses who has waited for too long. */
export function advanceGate(gate: Gate, time: GateTime): Gate {
  const { settings, now } = time;
  const fresh = {
    ...gate,
    running: gate.running.filter(({ until }) => until > now),
    waiting: gate.waiting,
    refused: gate.refused.filter(({ at }) => now - at < refusedMilliseconds),
  };
  const old = fresh.waiting.filter(({ since }) => now - since >= settings.waitSecondsMax * 1_000);
  const why = `too old: waited for ${settings.waitSecondsMax} s for a place`;
  let next: Gate = refuse(fresh, old, why, now);
  for (const entry of inOrder(next.waiting, time)) {
    if (obstacleOf(next, entry, settings) === null) next = give(next, entry, now);
  }
  return next;
}

function give(gate: Gate, entry: GateEntry, now: number): Gate {
  return {
    ...gate,
    waiting: gate.waiting.filter((each) => each !== entry),
    running: [...gate.running, { ...entry, until: now + placeMilliseconds }],
  };
}

function refuse(gate: Gate, entries: readonly GateEntry[], why: string, at: number): Gate {
  if (entries.length === 0) return gate;
  const refused = entries.map(({ recordingId, jobKey }) => ({ recordingId, jobKey, why, at }));
  return {
    ...gate,
    waiting: gate.waiting.filter((each) => !entries.includes(each)),
    refused: [...gate.refused, ...refused].slice(-refusedCountMax),
  };
}

/** Which limit the recording waits for; null when there is a place. */
function obstacleOf(
  { running, others = [] }: Gate,
  { host, rule }: GateEntry,
  settings: IncidentSettings,
): string | null {
  const { recordingCountMax, hostRecordingCountMax, ruleRecordingCountMax } = settings;
  if (running.length >= recordingCountMax) return `${recordingCountMax} recordings are under way`;
  const ofHost = running.filter((each) => each.host === host).length;
  const byHand = others.filter((each) => each.host.toLowerCase() === host).length;
  if (ofHost + byHand >= hostRecordingCountMax) {
    return `${ofHost + byHand} of its host are under way${byHand > 0 ? `, ${byHand} of them made by hand` : ""}`;
  }
  const ofRule = running.filter((each) => each.rule === rule).length;
  return ofRule >= ruleRecordingCountMax
    ? `${ruleRecordingCountMax} of its rule are under way`
    : null;
}

/** Severity, then age; one that has waited for long is as important as the most important. */
function inOrder(waiting: readonly GateEntry[], { settings, now }: GateTime): GateEntry[] {
  const rank = ({ severity, since }: GateEntry): number =>
    now - since >= settings.starvingSeconds * 1_000 ? 0 : severity;
  return waiting.toSorted(
    (a, b) => rank(a) - rank(b) || a.since - b.since || (a.recordingId < b.recordingId ? -1 : 1),
  );
}

/** The gate without the recording: it is over, or has taken note of its refusal. */
export function leaveGate(gate: Gate, recordingId: string, time: GateTime): Gate {
  if (!isKnown(gate, recordingId)) return gate;
  const others = <Each extends { recordingId: string }>(list: readonly Each[]): Each[] =>
    list.filter((each) => each.recordingId !== recordingId);
  const { running, waiting, refused } = gate;
  const left = {
    ...gate,
    running: others(running),
    waiting: others(waiting),
    refused: others(refused),
  };
  return advanceGate(left, time);
}

/** A more important alert shares the recording that waits. */
export function raiseInGate(gate: Gate, recordingId: string, severity: number): Gate {
  const entry = gate.waiting.find((each) => each.recordingId === recordingId);
  if (!entry || entry.severity <= severity) return gate;
  const waiting = gate.waiting.map((each) => (each === entry ? { ...each, severity } : each));
  return { ...gate, waiting };
}

export type GateStanding =
  | { kind: "running" }
  | { kind: "waiting"; position: number; why: string }
  | { kind: "refused"; why: string }
  | { kind: "unknown" };

/** How a recording stands; the position counts from 1. */
export function standingOf(gate: Gate, recordingId: string, time: GateTime): GateStanding {
  const isIt = (each: { recordingId: string }): boolean => each.recordingId === recordingId;
  if (gate.running.some(isIt)) return { kind: "running" };
  const refusal = gate.refused.find(isIt);
  if (refusal) return { kind: "refused", why: refusal.why };
  const ordered = inOrder(gate.waiting, time);
  const index = ordered.findIndex(isIt);
  const entry = ordered[index];
  if (!entry) return { kind: "unknown" };
  const why = obstacleOf(gate, entry, time.settings) ?? "others are before it";
  return { kind: "waiting", position: index + 1, why };
}
