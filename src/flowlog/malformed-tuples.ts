import { flowLogLimits } from "./flow-log-limits.ts";
import type { MalformedTuple } from "./flow-log-summary.ts";

const decoder = new TextDecoder();

/** Counts what could not be read, and keeps the first; like rows, it counts when its record is complete. */
export class MalformedTuples {
  /** Of complete records. */
  count = 0;
  #open = 0;
  readonly #kept: MalformedTuple[] = [];

  add(offset: number, reason: string, value: Uint8Array): void {
    this.#open++;
    if (this.#kept.length >= flowLogLimits.malformedKeptMax) return;
    const text = decoder.decode(value.subarray(0, flowLogLimits.malformedTextMax));
    this.#kept.push({ offset, reason, value: text });
  }

  commit(): void {
    this.count += this.#open;
    this.#open = 0;
  }

  /** The first of those of complete records. */
  kept(): readonly MalformedTuple[] {
    return this.#kept.slice(0, this.count);
  }
}
