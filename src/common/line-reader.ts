import type { FileHandle } from "node:fs/promises";

/** Of one line; a longer one is passed over, and counted. */
export const lineSizeBytesMax = 1 << 20;

/** What one read of a file gave. */
export interface LineChunk {
  /** Whole lines, without their ends. */
  lines: string[];
  /** Where the next read begins: after the last whole line. */
  offset: number;
  /** True when the next line is longer than the limit: its rest is passed over too. */
  inLongLine: boolean;
  /** True when there was nothing to read. */
  atEnd: boolean;
}

/** Reads whole lines from `offset`, at most one buffer of them; a last line without its end is left for later. */
export async function readLines(
  handle: FileHandle,
  from: { offset: number; inLongLine: boolean },
  buffer: Buffer = Buffer.allocUnsafe(lineSizeBytesMax),
): Promise<LineChunk> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from.offset);
  const bytes = buffer.subarray(0, bytesRead);
  const last = bytes.lastIndexOf(10);
  if (last < 0) {
    const isTooLong = bytesRead === buffer.length || from.inLongLine;
    const offset = from.offset + (isTooLong ? bytesRead : 0);
    return { lines: [], offset, inLongLine: isTooLong, atEnd: bytesRead === 0 };
  }
  // The end of a long line is the beginning of what can be read.
  const first = from.inLongLine ? bytes.indexOf(10) + 1 : 0;
  const text = bytes.toString("utf8", first, last + 1);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return { lines, offset: from.offset + last + 1, inLongLine: false, atEnd: false };
}
