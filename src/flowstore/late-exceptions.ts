import { parseError } from "@clickhouse/client";

/** The header in which a server (from 25.11 on) names the mark of an exception that comes behind part of an answer. */
export const exceptionTagHeader = "x-clickhouse-exception-tag";

const exceptionBytesMax = 64 * 1024;

/** The pieces of an answer; a failure half-way is thrown where the pieces end, as ClickHouse's error. */
export async function* withLateExceptions(
  pieces: AsyncIterable<Uint8Array>,
  tag: string | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (tag === undefined) return yield* pieces;
  const mark = Buffer.from(`\r\n__exception__\r\n${tag}`);
  let rest: Buffer = Buffer.alloc(0);
  let isException = false;
  for await (const piece of pieces) {
    rest =
      rest.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
        : Buffer.concat([rest, piece]);
    if (isException) {
      rest = rest.subarray(0, exceptionBytesMax);
      continue;
    }
    const at = rest.indexOf(mark);
    isException = at >= 0;
    // A mark may lie across two pieces.
    const end = isException ? at : Math.max(0, rest.length - mark.length + 1);
    if (end > 0) yield rest.subarray(0, end);
    rest = rest.subarray(isException ? at + mark.length : end);
  }
  if (isException) throw parseError(rest.toString("utf8").trim());
  if (rest.length > 0) yield rest;
}
