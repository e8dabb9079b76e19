import { isoTime } from "../common/clock.ts";
import { describeError } from "../common/errors.ts";
import { compileFilters } from "../arm/capture-filter.ts";
import type { CoverageGap } from "./flight/coverage.ts";
import type { LookBack } from "./flight/look-back.ts";
import { prepareLocalFile } from "./local-file.ts";
import { listUsableInterfaces } from "./network-namespace.ts";
import { isRingPart, listParts, livePartInterfaces } from "./parts.ts";
import { Recorder, type RecorderProgress } from "./recorder.ts";
import { lastRingWrite } from "./ring-names.ts";
import { agentWasAway, recordingGap, unwrittenMilliseconds } from "./recording-gaps.ts";
import { RingRecorder } from "./ring-recorder.ts";
import type { RingSession } from "./ring-session.ts";
import type { RunnerContext } from "./runner-context.ts";
import { type Ending, failureOf, timeLimitMilliseconds } from "./session-ending.ts";
import type { SessionJournal } from "./session-journal.ts";
import { type CaptureErrorCode, type CaptureSpec, interfaceCountMax } from "./session.ts";

/** What earlier runs of a session left in its directory. */
export interface RecordedBefore {
  /** When the first of them began; null: there was none. */
  startedAt: number | null;
  lastWriteAt: number;
  sizeBytesBefore: number;
}

export async function recordedBefore(
  directory: string,
  { record }: SessionJournal,
): Promise<RecordedBefore> {
  const { captureStartTime } = record.observation;
  const startedAt = captureStartTime === null ? null : Date.parse(captureStartTime);
  const { lastWriteAt, sizeBytesBefore } = await lastWrite(directory, record.spec);
  return { startedAt, sizeBytesBefore, lastWriteAt: Math.max(startedAt ?? 0, lastWriteAt) };
}

async function lastWrite(directory: string, { ring }: CaptureSpec) {
  if (ring) return { lastWriteAt: await lastRingWrite(directory), sizeBytesBefore: 0 };
  const parts = (await listParts(directory)).filter((part) => !isRingPart(part));
  const times = parts.map(({ modifiedAt }) => Math.ceil(modifiedAt));
  const sizeBytesBefore = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { lastWriteAt: Math.max(0, ...times), sizeBytesBefore };
}

/**
 * What ended the session while the agent was not there; null when its time is not over. Packets that
 * may be missing are told as an error.
 */
export function endedWhileAway(
  journal: SessionJournal,
  { startedAt, lastWriteAt }: RecordedBefore,
  now: number,
): Ending | null {
  if (startedAt === null) return null;
  const deadline = startedAt + timeLimitMilliseconds(journal.record.spec);
  if (now < deadline) {
    journal.postError(
      "AgentStopped",
      `the agent was not running: packets between ${isoTime(lastWriteAt)} and ${isoTime(now)} may be missing`,
    );
    return null;
  }
  if (lastWriteAt >= deadline) return { reason: "TimeExceeded", at: deadline };
  journal.postError(
    "AgentStopped",
    `the agent was not running from ${isoTime(lastWriteAt)} to the end of the session's time at ${isoTime(deadline)}; packets of that time are missing`,
  );
  return { reason: "AgentStopped", at: deadline };
}

/** The session ended at `endedAt`, while the agent was away: what it did not write before is missing. */
export async function noteMissingEnd(
  { directory, journal }: { directory: string; journal: SessionJournal },
  { startedAt, lastWriteAt }: RecordedBefore,
  endedAt: number,
): Promise<void> {
  if (startedAt === null) return;
  const { interfaces } = journal.record.spec;
  const names = interfaces.length > 0 ? interfaces : await livePartInterfaces(directory);
  const from = Math.max(startedAt, lastWriteAt - unwrittenMilliseconds);
  if (from >= endedAt) return;
  for (const name of names) {
    journal.noteGap(recordingGap(name, { from, to: endedAt, reason: agentWasAway }));
  }
}

/** The interfaces to record, once the place of the finished file is known to be good; or why not. */
export async function chooseInterfaces(
  spec: CaptureSpec,
  { networkNamespace, fileRoots }: RunnerContext,
): Promise<string[] | { code: CaptureErrorCode; message: string }> {
  if (spec.filePath !== null) {
    const { filePath, sessionId } = spec;
    const failure = await failureOf(prepareLocalFile({ filePath, sessionId }, fileRoots));
    // With an upload as well the recording is still worth it; the file is tried again at the end.
    if (failure !== null && spec.uploadUrl === null) {
      return { code: "LocalFileFailed", message: failure };
    }
  }
  try {
    const interfaces =
      spec.interfaces.length > 0
        ? [...new Set(spec.interfaces)]
        : await listUsableInterfaces(networkNamespace);
    if (interfaces.length > 0 && interfaces.length <= interfaceCountMax) return interfaces;
    const message = `${interfaces.length} interfaces are up; a session records 1 to ${interfaceCountMax}`;
    return { code: "CaptureFailed", message };
  } catch (error) {
    return { code: "CaptureFailed", message: describeError(error) };
  }
}

/** The recorder of a session into one file, or into those of `ring`. */
export function makeRecorder(
  parts: {
    directory: string;
    journal: SessionJournal;
    ring: RingSession | null;
    lookBack: LookBack | null;
    signal: AbortSignal;
  },
  interfaces: readonly string[],
  before: RecordedBefore,
  context: RunnerContext,
): Recorder | RingRecorder {
  const { directory, journal, ring, lookBack, signal } = parts;
  const { spec, observation } = journal.record;
  const common = {
    ...context,
    directory,
    interfaces,
    filter: compileFilters(spec.filters),
    snapLengthBytes: spec.bytesToCapturePerPacket,
    packetsDroppedBefore: observation.packetsDropped,
    timeLimitMilliseconds: timeLimitMilliseconds(spec),
    startedAt: before.startedAt,
    lastWriteAt: before.lastWriteAt,
    onStarted: (at: number) =>
      journal.post({ status: "Running", phase: "recording", captureStartTime: isoTime(at) }),
    onProgress: (progress: RecorderProgress) => {
      if (journal.observation.phase === "recording") journal.progress(progress);
    },
    onError: (code: CaptureErrorCode, message: string) => journal.postError(code, message),
    onGap: (gap: CoverageGap) => journal.noteGap(gap),
  };
  if (!ring || !spec.ring) {
    return new Recorder({
      ...common,
      sizeBytesMax: spec.totalBytesPerSession,
      sizeBytesBefore: () => before.sizeBytesBefore + (lookBack?.sizeBytes ?? 0),
    });
  }
  return new RingRecorder({
    ...common,
    ring: spec.ring,
    files: ring.files,
    packetsBefore: observation.packets,
    signal,
    onFiles: () => ring.changed(),
  });
}
