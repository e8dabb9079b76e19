/** Values kept of one kind; of more, every one has the same chance to be among them. */
const valueCountMax = 2_048;

/** Median and percentiles of durations: exact for few, of an even sample for many. Nanoseconds. */
export class DurationSample {
  readonly #values: number[] = [];
  #count = 0;
  #state = 0x2545f491;
  max = 0;

  get count(): number {
    return this.#count;
  }

  add(nanoseconds: number): void {
    this.#count++;
    if (nanoseconds > this.max) this.max = nanoseconds;
    if (this.#values.length < valueCountMax) this.#values.push(nanoseconds);
    else {
      const place = this.#random(this.#count);
      if (place < valueCountMax) this.#values[place] = nanoseconds;
    }
  }

  /** By nearest rank: a value that was measured; null when there is none. */
  percentile(share: number): number | null {
    const sorted = this.#values.toSorted((one, other) => one - other);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  }

  /** Xorshift: the same capture gives the same answer. */
  #random(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % below;
  }
}

/** Whole nanoseconds as text, as the JSON has durations. */
export const durationText = (nanoseconds: number | null): string | null =>
  nanoseconds === null ? null : String(Math.round(nanoseconds));
