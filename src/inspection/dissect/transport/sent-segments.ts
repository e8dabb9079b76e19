/** Segments remembered of one direction until they are acknowledged. */
const segmentCountMax = 10_000;
/** More in flight than this means that numbers ran over. */
const flightSizeMax = 2_000_000_000;

export interface SentSegment {
  sequence: number;
  next: number;
  /** Where its data end; without the number that SYN and FIN take. */
  dataEnd: number;
  frame: number;
  time: bigint;
}

/** What one side has sent and the other has not acknowledged, oldest first. */
export class SentSegments {
  #segments: SentSegment[] = [];

  push(segment: SentSegment): void {
    if (this.#segments.length < segmentCountMax) this.#segments.push(segment);
  }

  get oldest(): SentSegment | undefined {
    return this.#segments[0];
  }

  /** Forgets what an acknowledgment covers; the oldest segment that ends at it. */
  acknowledge(acknowledgment: number): SentSegment | null {
    let exact: SentSegment | null = null;
    let kept = 0;
    for (const segment of this.#segments) {
      if (segment.next === acknowledgment) {
        exact ??= segment;
        continue;
      }
      if (((segment.next - acknowledgment) | 0) <= 0) continue;
      if (((acknowledgment - segment.sequence) | 0) > 0) segment.sequence = acknowledgment;
      this.#segments[kept++] = segment;
    }
    this.#segments.length = kept;
    return exact;
  }

  /** From the first byte that is not acknowledged to the last, as counted from the stream's first. */
  bytesInFlight(base: number): number {
    let low = Infinity;
    let high = 0;
    for (const { sequence, dataEnd } of this.#segments) {
      low = Math.min(low, (sequence - base) >>> 0);
      high = Math.max(high, (dataEnd - base) >>> 0);
    }
    return high - low < flightSizeMax ? high - low : 0;
  }
}
