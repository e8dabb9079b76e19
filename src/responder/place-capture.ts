import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import {
  type CaptureClient,
  type CaptureRequest,
  type CaptureRequestFilter,
  type ExistingCapture,
  isFinished,
  type Machine,
  type Watcher,
} from "./capture-client.ts";
import { alertTag, chooseName, familyName } from "./capture-name.ts";
import { roomOn } from "./host-captures.ts";
import type { ResponderSettings } from "./settings.ts";

/** Status queries under way at once while running captures are counted. */
const queryCountMax = 8;

export interface Placement {
  kind: "created" | "adopted";
  capture: ExistingCapture;
}

/** Another alert's capture, which runs, has what this one asks for. */
export interface PlacementShared {
  kind: "shared";
  capture: ExistingCapture;
  /** Null while it has not begun. */
  leftSeconds: number | null;
}

export interface PlacementRefused {
  kind: "limitReached";
  runningCount: number;
  /** Whose limit it is. */
  limitOf: "watcher" | "host";
}

export interface PlaceOptions {
  captures: CaptureClient;
  settings: ResponderSettings;
  /** Tags of alerts whose jobs still need their capture, finished or not. */
  busyTags: ReadonlySet<string>;
  now: number;
  signal: AbortSignal;
}

/**
 * Gives one alert its capture: finds the one that it already has, else clears away finished ones of
 * the same rule and machine, keeps to the session limit, and creates. May run any number of times.
 */
export async function placeCapture(
  alert: {
    ruleName: string;
    jobId: string;
    machine: Machine;
    watcher: Watcher;
    timeLimitInSeconds: number;
    /** The moment before which look-back begins. */
    moment: number;
    filters: readonly CaptureRequestFilter[];
  },
  options: PlaceOptions,
): Promise<Placement | PlacementShared | PlacementRefused> {
  const { captures, settings, signal } = options;
  const { machine, watcher } = alert;
  const existing = await captures.listCaptures(watcher, signal);
  const choice = chooseName(existing, {
    family: familyName(alert.ruleName, machine.name),
    tag: alertTag(alert.jobId),
    machineId: machine.id,
  });
  if (choice.adopted) return { kind: "adopted", capture: choice.adopted };
  const removed = await removeFinished(choice.earlier, watcher, options);
  const left = existing.filter((capture) => !removed.has(capture));
  const { hostSessionCountMax } = settings;
  if (hostSessionCountMax !== null) {
    const room = await roomOn(alert, left, { ...options, hostSessionCountMax });
    if (room.kind === "shared") return room;
    if (room.kind === "full") return { ...room, kind: "limitReached", limitOf: "host" };
  }
  const runningCount = await countRunning(left, watcher, options);
  if (runningCount >= settings.sessionCountMax) {
    return { kind: "limitReached", runningCount, limitOf: "watcher" };
  }
  const request = captureRequest(choice.name, alert, settings);
  const capture = await captures.createCapture(watcher, choice.name, request, signal);
  return { kind: "created", capture };
}

/** Removes our own finished captures of earlier alerts; one that runs, or is locked, is left alone. */
async function removeFinished(
  earlier: readonly ExistingCapture[],
  watcher: Watcher,
  { captures, busyTags, signal }: PlaceOptions,
): Promise<Set<ExistingCapture>> {
  const removed = new Set<ExistingCapture>();
  for (const capture of earlier) {
    if ([...busyTags].some((tag) => capture.name.toLowerCase().includes(`-${tag}`))) continue;
    const status = await captures.getStatus(watcher, capture.name, signal);
    if (status && !isFinished(status)) continue;
    const isGone = await captures.deleteCapture(watcher, capture.name, signal).then(
      () => true,
      (error: unknown) => {
        if (error instanceof NightcapError && error.code === "ScopeLocked") return false;
        throw error;
      },
    );
    if (isGone) removed.add(capture);
  }
  return removed;
}

/**
 * Captures that are not finished. Their status is asked for only when there are enough captures to
 * reach the limit, and no further than to know that it is reached.
 */
async function countRunning(
  existing: readonly ExistingCapture[],
  watcher: Watcher,
  { captures, settings, signal }: PlaceOptions,
): Promise<number> {
  if (existing.length < settings.sessionCountMax) return existing.length;
  let running = 0;
  for (
    let at = 0;
    at < existing.length && running < settings.sessionCountMax;
    at += queryCountMax
  ) {
    const group = existing.slice(at, at + queryCountMax);
    const statuses = await Promise.all(
      group.map(({ name }) => captures.getStatus(watcher, name, signal)),
    );
    running += statuses.filter((status) => status !== null && !isFinished(status)).length;
  }
  return running;
}

function captureRequest(
  name: string,
  {
    machine,
    timeLimitInSeconds,
    moment,
    filters,
  }: {
    machine: Machine;
    timeLimitInSeconds: number;
    moment: number;
    filters: readonly CaptureRequestFilter[];
  },
  settings: ResponderSettings,
): CaptureRequest {
  const { storageId, fileDirectory, lookBackInSeconds } = settings;
  return {
    target: machine.id,
    bytesToCapturePerPacket: settings.bytesToCapturePerPacket,
    totalBytesPerSession: settings.totalBytesPerSession,
    timeLimitInSeconds,
    storageLocation: {
      ...(storageId === null ? {} : { storageId }),
      ...(fileDirectory === null ? {} : { filePath: `${fileDirectory}/${name}.cap` }),
    },
    filters: [...filters],
    ...(lookBackInSeconds === 0
      ? {}
      : { lookBack: { lookBackInSeconds, lookBackFrom: isoTime(moment) } }),
  };
}
