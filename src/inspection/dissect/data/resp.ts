import type { Protocol } from "../registry.ts";
import { findLineEnd, type LineEnd } from "../text.ts";
import {
  askFor,
  recognizesNothing,
  streamNeed,
  type StreamDissector,
} from "../transport/stream.ts";

/** Values of one message; damaged counts could make many. */
const valueCountMax = 1_000_000;
const lineEndSizeBytes = 2;
/** `*`, `~`, `>` and `%` have parts, the last two for each; `$`, `=` and `!` have bytes. */
const severalKinds = new Map([
  [42, 1],
  [126, 1],
  [62, 1],
  [37, 2],
]);
const bulkKinds: ReadonlySet<number> = new Set([36, 61, 33]);

const line: LineEnd = { end: 0, next: 0 };

/** Where the value at `start` ends, its parts included; -1 when it is not all there. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let left = 1;
  for (let count = 0; left > 0 && count < valueCountMax; count++) {
    const kind = bytes[at] ?? 0;
    if (!findLineEnd(bytes, at, end, line)) return -1;
    const number = numberOf(bytes, at + 1, line.end);
    left += Math.max(0, number) * (severalKinds.get(kind) ?? 0) - 1;
    at = line.next + (bulkKinds.has(kind) && number >= 0 ? number + lineEndSizeBytes : 0);
    if (at > end) return -1;
  }
  return at;
}

function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = Math.min(number * 10 + digit, Number.MAX_SAFE_INTEGER / 16);
  }
  return number;
}

/** Redis: values one after another; those that are whole show together. */
const stream: StreamDissector = {
  name: "resp",
  recognizes: recognizesNothing,
  dissect(frame, piece) {
    const { bytes, at, end } = piece;
    const canContinue = piece.canContinue && end === piece.reportedEnd;
    let next = at;
    while (next < end) {
      const found = valueEnd(bytes, next, end);
      if (found < 0) break;
      next = found;
    }
    if (next > at || !canContinue) frame.enter("resp", at, end, bytes);
    if (next < end && canContinue) askFor(piece, streamNeed.anotherSegment, next);
    return true;
  },
};

export const resp: Protocol = { name: "resp", tcpPorts: [6379], stream };
