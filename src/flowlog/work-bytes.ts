import type { FlowLogFailure, FlowLogFailureCode } from "./flow-log-summary.ts";
import { flowLogLimits, workSizeBytes } from "./flow-log-limits.ts";

/** Room for what was left of the last piece: at most one token. */
const restBytesMax = flowLogLimits.stringBytesMax * 2;

/**
 * The bytes that are looked at now, always in the same array: engines read one kind of array fastest. A token that is
 * cut by the end of a chunk stays, and the next bytes come behind it. After the last byte stands a 0, which no token
 * holds, so that loops over a token end without asking for the length.
 */
export class WorkBytes {
  readonly bytes = new Uint8Array(workSizeBytes + restBytesMax + 16);
  /** How many bytes are there. */
  filled = 0;
  /** The next byte. */
  at = 0;
  failure: FlowLogFailure | null = null;
  /** Offset of the first byte in the whole. */
  #base = 0;

  get offset(): number {
    return this.#base + this.at;
  }

  get received(): number {
    return this.#base + this.filled;
  }

  offsetOf(at: number): number {
    return this.#base + at;
  }

  /** Takes as much as there is room for; returns how many bytes that was. */
  take(chunk: Uint8Array, from: number): number {
    this.bytes.copyWithin(0, this.at, this.filled);
    this.#base += this.at;
    this.filled -= this.at;
    this.at = 0;
    const count = Math.min(chunk.length - from, workSizeBytes + restBytesMax - this.filled);
    this.bytes.set(chunk.subarray(from, from + count), this.filled);
    this.filled += count;
    this.bytes[this.filled] = 0;
    return count;
  }

  /** Always false, for the caller to return. */
  fail(code: FlowLogFailureCode, what: string, at = this.at): false {
    this.failure = { code, message: what, offset: this.#base + at };
    return false;
  }

  /** Always false, for the caller to return. */
  unexpected(expected: string): false {
    const byte = this.bytes[this.at] ?? 0;
    const isVisible = byte > 0x20 && byte < 0x7f;
    const found = isVisible ? String.fromCharCode(byte) : `0x${byte.toString(16).padStart(2, "0")}`;
    return this.fail("FlowLogMalformed", `found ${found} instead of ${expected}`);
  }
}
