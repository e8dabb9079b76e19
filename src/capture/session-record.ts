import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, secretDirectoryMode, writeFileAtomic } from "../common/files.ts";
import { coverageGap } from "./flight/coverage.ts";
import {
  type CaptureErrorCode,
  captureObservation,
  captureSpec,
  type CaptureObservation,
  type CaptureSpec,
} from "./session.ts";

const errorCountMax = 32;
const errorTextMax = 2_000;
/** Revisions set aside at once, so that progress need not be written to disk each time. */
const revisionsReserved = 1_000;

/** All that must survive a restart of the agent; the spec's upload URL is a secret. */
export const sessionRecord = z.strictObject({
  spec: captureSpec,
  observation: captureObservation,
  /** No revision from here on was ever shown. */
  revisionReserved: z.int().min(1),
  /** When somebody asked to stop, milliseconds since the epoch. */
  stopRequestedAt: z.number().nullable(),
  /** When the recording was interrupted; for the coverage. */
  recordingGaps: z.array(coverageGap).default([]),
});

export type SessionRecord = z.infer<typeof sessionRecord>;

/** Where a session keeps its record, its parts and its finished file. */
export const recordPath = (directory: string): string => join(directory, "session.json");
export const finishedPath = (directory: string): string => join(directory, "finished.cap");

/** The record of a session that was just asked for. */
export function newRecord(spec: CaptureSpec): SessionRecord {
  return {
    spec,
    observation: {
      sessionId: spec.sessionId,
      revision: 1,
      status: "NotStarted",
      stopReason: null,
      errors: [],
      captureStartTime: null,
      captureEndTime: null,
      packets: 0,
      packetsDropped: 0,
      sizeBytes: 0,
      sha256: null,
      phase: "waiting",
      filePath: null,
      uploaded: false,
    },
    revisionReserved: revisionsReserved,
    stopRequestedAt: null,
    recordingGaps: [],
  };
}

/** The record as it is read after a restart: its revision passes all that were ever shown. */
export function reviveRecord(record: SessionRecord): SessionRecord {
  const revision = record.revisionReserved;
  return {
    ...record,
    observation: { ...record.observation, revision },
    revisionReserved: revision + revisionsReserved,
  };
}

/** The record with a newer observation; `reserved` says that it must be written before it is shown. */
export function withObservation(
  record: SessionRecord,
  change: Partial<CaptureObservation>,
): { record: SessionRecord; reserved: boolean } {
  const revision = record.observation.revision + 1;
  const reserved = revision >= record.revisionReserved;
  return {
    record: {
      ...record,
      observation: { ...record.observation, ...change, revision },
      revisionReserved: reserved ? revision + revisionsReserved : record.revisionReserved,
    },
    reserved,
  };
}

export type SessionError = CaptureObservation["errors"][number];

/** The errors with one more; when the list is full the last one gives way. */
export function withError(
  errors: readonly SessionError[],
  code: CaptureErrorCode,
  message: string,
): SessionError[] {
  return [...errors.slice(0, errorCountMax - 1), { code, message: message.slice(0, errorTextMax) }];
}

export async function writeRecord(directory: string, record: SessionRecord): Promise<void> {
  await writeFileAtomic(recordPath(directory), JSON.stringify(record));
}

/**
 * The records under `directory`, by session directory. A directory without a record is what a crash
 * left of a session that was never acknowledged, or of one being forgotten: it is removed. A record that
 * cannot be read is an error, not a loss: it stays where it is.
 */
export async function readRecords(directory: string): Promise<SessionRecord[]> {
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  const records: SessionRecord[] = [];
  for (const name of await readdir(directory)) {
    const text = await readTextIfExists(recordPath(join(directory, name)));
    if (text === null) await rm(join(directory, name), { recursive: true, force: true });
    else records.push(parseRecord(text, recordPath(join(directory, name))));
  }
  return records;
}

function parseRecord(text: string, path: string): SessionRecord {
  try {
    return sessionRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError("CaptureFileFailed", `session record ${path} cannot be read`, {
      cause,
    });
  }
}
