import { createReadStream } from "node:fs";
import { mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { secretDirectoryMode, syncDirectory } from "../../common/files.ts";
import { lineSizeBytesMax, type LogHead, lineHash, noHash, parseLine } from "./entry.ts";

const sequenceDigits = 15;
const namePattern = /^access-(\d{15})\.jsonl$/;
const newline = 0x0a;

/** A file of the log, named after its first entry. */
export interface Segment {
  path: string;
  firstSequence: number;
}

export const segmentPath = (directory: string, firstSequence: number): string =>
  join(directory, `access-${String(firstSequence).padStart(sequenceDigits, "0")}.jsonl`);

/** Oldest first. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const names = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw cause;
  });
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => {
      const first = namePattern.exec(name)?.[1];
      return first === undefined
        ? []
        : [{ path: join(directory, name), firstSequence: Number(first) }];
    });
}

/** A line of a segment: its bytes without the line break, and whether there was one. */
export interface SegmentLine {
  bytes: Buffer;
  /** Where the line ends, the line break included. */
  end: number;
  whole: boolean;
}

/** Reads a segment line by line. A line that is too long is handed out in pieces, each not whole. */
export async function* readLines(path: string): AsyncGenerator<SegmentLine> {
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(newline); at >= 0; at = rest.indexOf(newline)) {
      end += at + 1;
      yield { bytes: rest.subarray(0, at), end, whole: true };
      rest = rest.subarray(at + 1);
    }
    if (rest.length <= lineSizeBytesMax) continue;
    end += rest.length;
    yield { bytes: rest, end, whole: false };
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield { bytes: rest, end: end + rest.length, whole: false };
}

export interface OpenedLog {
  head: LogHead;
  /** The segment to go on with; null: there is none yet. */
  segment: Segment | null;
  sizeBytes: number;
  /** Bytes behind the last whole line, which were cut off. */
  tornSizeBytes: number;
}

/** Finds the end of the log, and cuts what a crash left half written. */
export async function recoverLog(directory: string): Promise<OpenedLog> {
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  let tornSizeBytes = 0;
  let last: Segment | null = null;
  for (const segment of (await listSegments(directory)).toReversed()) {
    last ??= segment;
    const { head, goodSizeBytes, sizeBytes } = await readEnd(segment.path);
    if (goodSizeBytes < sizeBytes) await truncate(segment.path, goodSizeBytes);
    tornSizeBytes += sizeBytes - goodSizeBytes;
    if (!head) continue;
    const isLast = segment === last;
    const at = isLast ? goodSizeBytes : 0;
    return { head, segment: last, sizeBytes: at, tornSizeBytes };
  }
  const head = { sequence: 0, sha256: noHash };
  return { head, segment: last, sizeBytes: 0, tornSizeBytes };
}

/** The last entry that a line break follows; what is behind it was never acknowledged. */
async function readEnd(
  path: string,
): Promise<{ head: LogHead | null; goodSizeBytes: number; sizeBytes: number }> {
  let head: LogHead | null = null;
  let goodSizeBytes = 0;
  let sizeBytes = 0;
  for await (const { bytes, end, whole } of readLines(path)) {
    sizeBytes = end;
    const entry = whole ? parseLine(bytes.toString("utf8")) : null;
    if (!entry) continue;
    head = { sequence: entry.sequence, sha256: lineHash(bytes) };
    goodSizeBytes = end;
  }
  return { head, goodSizeBytes, sizeBytes };
}

async function truncate(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(sizeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new segment, whose name survives a power cut. */
export async function createSegment(directory: string, firstSequence: number): Promise<Segment> {
  const path = segmentPath(directory, firstSequence);
  const file = await open(path, "a", 0o600);
  await file.close();
  await syncDirectory(directory);
  return { path, firstSequence };
}
