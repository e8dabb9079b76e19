/** Segments remembered of one direction until they are acknowledged. */
const segmentCountMax = 10_000;
const initialCount = 4;
/** Sequence, next sequence, seconds, nanoseconds. */
const columns = 4;

/** Segments sent and not acknowledged, oldest first, in one array of numbers. */
export class Unacknowledged {
  #rows: Float64Array | null = null;
  count = 0;

  get isFull(): boolean {
    return this.count >= segmentCountMax;
  }

  push(sequence: number, nextSequence: number, seconds: number, nanoseconds: number): void {
    let rows = (this.#rows ??= new Float64Array(initialCount * columns));
    const at = this.count * columns;
    if (at === rows.length) {
      rows = new Float64Array(at * 2);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    rows[at] = sequence;
    rows[at + 1] = nextSequence;
    rows[at + 2] = seconds;
    rows[at + 3] = nanoseconds;
    this.count++;
  }

  sequence(index: number): number {
    return this.#rows?.[index * columns] ?? 0;
  }

  nextSequence(index: number): number {
    return this.#rows?.[index * columns + 1] ?? 0;
  }

  seconds(index: number): number {
    return this.#rows?.[index * columns + 2] ?? 0;
  }

  nanoseconds(index: number): number {
    return this.#rows?.[index * columns + 3] ?? 0;
  }

  /** Keeps the segment at `index` as number `kept`, its beginning moved to `sequence`. */
  keep(kept: number, index: number, sequence: number): void {
    this.#rows?.copyWithin(kept * columns, index * columns, (index + 1) * columns);
    if (this.#rows) this.#rows[kept * columns] = sequence;
  }
}
