import { open, type FileHandle, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isoTime } from "../../common/clock.ts";
import { describeError, NightcapError } from "../../common/errors.ts";
import { syncDirectory, writeFileAtomic } from "../../common/files.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { KeyRing } from "../key-ring.ts";
import { signValue } from "../signature.ts";
import {
  type AccessEntry,
  type AccessFacts,
  entryLine,
  headType,
  lineHash,
  type LogHead,
} from "./entry.ts";
import { createSegment, listSegments, recoverLog, type Segment } from "./segments.ts";

/** Entries that wait for the disk; more are refused. */
const queueCountMax = 10_000;
/** Entries that one flush takes. */
const batchCountMax = 1_000;

export interface AccessLogOptions {
  directory: string;
  keys: Pick<KeyRing, "current">;
  clock: { now(): number };
  /** A segment is closed when it is larger. */
  segmentSizeBytesMax: number;
  /** Segments that are kept; the oldest go first. */
  segmentCountMax: number;
  /** The end of the chain is signed this often, when something was added. */
  headMilliseconds: number;
  onError: (error: unknown) => void;
}

export interface AccessLog extends Closable {
  readonly directory: string;
  /** Its number, once it is on the disk. Throws `AccessLogFailed`. */
  append(facts: AccessFacts): Promise<number>;
  head(): LogHead;
  /** Signs the end of the chain now. */
  sign(): Promise<void>;
}

/** The newest signed end of the chain, beside the segments. */
export const headPath = (directory: string): string => join(directory, "head.json");

interface Waiting {
  facts: AccessFacts;
  signs: boolean;
  resolve: (sequence: number) => void;
  reject: (error: unknown) => void;
}

const system = { who: { kind: "system" }, address: null } as const;

/**
 * Who did what with captures, one line each, each with the hash of the line before. What comes while the
 * disk is busy is written and flushed together.
 */
export async function openAccessLog(options: AccessLogOptions): Promise<AccessLog> {
  const { directory } = options;
  const opened = await recoverLog(directory);
  const writer = createWriter(options, opened);
  let queue: Waiting[] = [];
  let running: Promise<void> | null = null;
  let isSigned = false;
  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.slice(0, batchCountMax);
      queue = queue.slice(batchCountMax);
      await writer.write(batch).then(
        (sequences) => batch.forEach(({ resolve }, index) => resolve(sequences[index] ?? 0)),
        (cause: unknown) => batch.forEach(({ reject }) => reject(failed(cause))),
      );
    }
    running = null;
  };
  const add = (facts: AccessFacts, signs: boolean): Promise<number> =>
    new Promise((resolve, reject) => {
      if (queue.length >= queueCountMax) return reject(failed("too many entries wait"));
      queue.push({ facts, signs, resolve, reject });
      isSigned = signs;
      running ??= work();
    });
  const sign = async (): Promise<void> => {
    if (isSigned) return;
    await add({ ...system, kind: "head", target: "" }, true);
  };
  const detail = opened.tornSizeBytes > 0 ? { sizeBytes: opened.tornSizeBytes } : {};
  await add({ ...system, kind: "opened", target: "", ...detail }, false);
  const timer = setInterval(() => void sign().catch(options.onError), options.headMilliseconds);
  timer.unref();
  return {
    directory,
    append: (facts) => add(facts, false),
    head: () => writer.head(),
    sign,
    async close() {
      clearInterval(timer);
      await sign().catch(options.onError);
      await running;
      await writer.close();
    },
  };
}

function failed(cause: unknown): NightcapError {
  const message = `the access log cannot be written: ${describeError(cause)}`;
  return new NightcapError("AccessLogFailed", message, { cause });
}

interface Writer extends Closable {
  head(): LogHead;
  write(batch: readonly Waiting[]): Promise<number[]>;
}

function createWriter(
  options: AccessLogOptions,
  opened: { head: LogHead; segment: Segment | null; sizeBytes: number },
): Writer {
  const { directory, segmentSizeBytesMax } = options;
  let { head, segment, sizeBytes } = opened;
  let file: FileHandle | null = null;
  const close = async (): Promise<void> => {
    const closing = file;
    file = null;
    await closing?.close();
  };
  const place = async (): Promise<FileHandle> => {
    if (segment && sizeBytes >= segmentSizeBytesMax) {
      await close();
      segment = null;
    }
    if (!segment) {
      segment = await createSegment(directory, head.sequence + 1);
      sizeBytes = 0;
      await close();
    }
    file ??= await open(segment.path, "r+");
    return file;
  };
  const writeLines = async (batch: readonly Waiting[]): Promise<number[]> => {
    const at = await place();
    const { lines, next, signed } = chainLines(batch, head, options);
    const bytes = Buffer.from(lines.join(""), "utf8");
    await writeAll(at, bytes, sizeBytes);
    await at.datasync();
    const first = head.sequence + 1;
    sizeBytes += bytes.byteLength;
    head = next;
    if (signed) await writeFileAtomic(headPath(directory), `${signed}\n`);
    return batch.map((_, index) => first + index);
  };
  return {
    head: () => head,
    close,
    async write(batch) {
      try {
        const before = segment;
        const sequences = await writeLines(batch);
        if (before !== null && segment !== before) await prune(options, (more) => writeLines(more));
        return sequences;
      } catch (error) {
        // What was half written is written over by the next, which begins where the last good line ends.
        await cutBack(file, sizeBytes);
        await close().catch(() => {});
        throw error;
      }
    },
  };
}

async function cutBack(file: FileHandle | null, sizeBytes: number): Promise<void> {
  await file?.truncate(sizeBytes).catch(() => {});
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.byteLength - at, position + at);
    at += bytesWritten;
  }
}

/** The lines of a batch, each chained to the one before it. */
function chainLines(
  batch: readonly Waiting[],
  from: LogHead,
  { keys, clock }: AccessLogOptions,
): { lines: string[]; next: LogHead; signed: string | null } {
  let next = from;
  let signed: string | null = null;
  const lines: string[] = [];
  for (const { facts, signs } of batch) {
    const time = isoTime(clock.now());
    const plain: AccessEntry = {
      ...facts,
      time,
      sequence: next.sequence + 1,
      previous: next.sha256,
    };
    // What is signed is the entry itself, and by its hash all that is before it.
    const line = entryLine(
      signs ? { ...plain, jws: signValue(plain, headType, keys.current()) } : plain,
    );
    if (signs) signed = line;
    lines.push(`${line}\n`);
    next = { sequence: plain.sequence, sha256: lineHash(line) };
  }
  return { lines, next, signed };
}

/** Deletes the oldest segments that are too many; that they are gone is an entry, and signed. */
async function prune(
  { directory, segmentCountMax }: AccessLogOptions,
  write: (batch: readonly Waiting[]) => Promise<unknown>,
): Promise<void> {
  const segments = await listSegments(directory);
  const gone = segments.slice(0, Math.max(0, segments.length - segmentCountMax));
  const next = segments[gone.length];
  if (gone.length === 0 || !next) return;
  const refersTo = next.firstSequence - 1;
  const ignore = (): void => {};
  const entry = (facts: AccessFacts, signs: boolean): Waiting => ({
    facts,
    signs,
    resolve: ignore,
    reject: ignore,
  });
  // Said first: a crash between the two leaves segments that the next pruning takes.
  await write([
    entry({ ...system, kind: "pruned", target: "", refersTo }, false),
    entry({ ...system, kind: "head", target: "" }, true),
  ]);
  for (const { path } of gone) await unlink(path);
  await syncDirectory(directory);
}
