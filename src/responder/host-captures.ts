import { sameId } from "../arm/resource-id.ts";
import { covers } from "../incident/covers.ts";
import {
  type CaptureClient,
  type CaptureRequestFilter,
  type CaptureStatusAnswer,
  type ExistingCapture,
  isFinished,
  type Machine,
  type Watcher,
} from "./capture-client.ts";
import { isAlertCapture } from "./capture-name.ts";

/** Captures of one machine whose status is asked for; each question takes Azure some seconds. */
const askedCountMax = 64;
/** Status queries under way at once. */
const queryCountMax = 8;
/** What a capture under way must have left to be shared; half of what the alert asks for, if that is less. */
const leftSecondsMin = 10;

/** What the captures of one machine leave for one more alert. */
export type HostRoom =
  | { kind: "free" }
  /** One that another alert asked for has all that this one asks for. */
  | { kind: "shared"; capture: ExistingCapture; leftSeconds: number | null }
  | { kind: "full"; runningCount: number };

interface Wanted {
  machine: Machine;
  watcher: Watcher;
  filters: readonly CaptureRequestFilter[];
  timeLimitInSeconds: number;
}

interface RunningCapture {
  capture: ExistingCapture;
  /** Null while it has not begun. */
  leftSeconds: number | null;
}

/**
 * Storm control without a memory: what runs on the machine is all there is to go by. Alerts that come at once to two
 * processes may both find room; whoever has documents (incidents) does better.
 */
export async function roomOn(
  { machine, watcher, filters, timeLimitInSeconds }: Wanted,
  existing: readonly ExistingCapture[],
  {
    captures,
    hostSessionCountMax,
    now,
    signal,
  }: { captures: CaptureClient; hostSessionCountMax: number; now: number; signal: AbortSignal },
): Promise<HostRoom> {
  const own = existing.filter(({ target }) => sameId(target, machine.id));
  // Those that could be shared first: they decide most.
  const ordered = [
    ...own.filter(({ name }) => isAlertCapture(name)),
    ...own.filter(({ name }) => !isAlertCapture(name)),
  ].slice(0, askedCountMax);
  const running: RunningCapture[] = [];
  for (let at = 0; at < ordered.length; at += queryCountMax) {
    const group = ordered.slice(at, at + queryCountMax);
    const asked = group.map(async (capture) => {
      const status = await captures.getStatus(watcher, capture.name, signal);
      return status && !isFinished(status) ? [runningOf(capture, status, now)] : [];
    });
    running.push(...(await Promise.all(asked)).flat());
  }
  const neededSeconds = Math.min(leftSecondsMin, timeLimitInSeconds / 2);
  const shared = running.find(
    ({ capture, leftSeconds }) =>
      isAlertCapture(capture.name) &&
      (leftSeconds === null || leftSeconds >= neededSeconds) &&
      covers(capture.filters, filters),
  );
  if (shared) return { kind: "shared", ...shared };
  return running.length >= hostSessionCountMax
    ? { kind: "full", runningCount: running.length }
    : { kind: "free" };
}

function runningOf(
  capture: ExistingCapture,
  { startTime }: CaptureStatusAnswer,
  now: number,
): RunningCapture {
  if (startTime === null) return { capture, leftSeconds: null };
  const endsAt = startTime + capture.timeLimitInSeconds * 1_000;
  return { capture, leftSeconds: Math.max(0, Math.floor((endsAt - now) / 1_000)) };
}
