/** Bytes that wait for earlier ones, over all streams; beyond it the earlier ones are taken for lost. */
const waitingSizeMax = 64 * 1_048_576;
/** Segments of one direction that wait. */
const waitingCountMax = 8_192;

/** Takes bytes of one direction in order; `bytes` is valid during the call only. */
export type BytesSink = (bytes: Uint8Array) => void;

/** What all directions together keep, and how often that reached its bound. */
export interface WaitingBudget {
  sizeBytes: number;
  /** Gaps that were given up because too much waited for them; 0 means that nothing is missing. */
  overflow: number;
  /** Bytes that were taken for lost, and at how many places. */
  lostBytes: number;
  gapCount: number;
}

export const newWaitingBudget = (): WaitingBudget => ({
  sizeBytes: 0,
  overflow: 0,
  lostBytes: 0,
  gapCount: 0,
});

interface Waiting {
  sequence: number;
  /** Place in the order of arrival, which decides between segments that overlap. */
  arrival: number;
  bytes: Uint8Array;
}

/**
 * Puts the segments of one direction of a TCP stream in order, as Wireshark's "follow stream" does: what
 * was there before is dropped, what comes early waits. A gap is given up when the other end acknowledges
 * what lies behind it, and a text then stands for the lost bytes.
 */
export class OrderedSide {
  readonly #budget: WaitingBudget;
  readonly #sink: BytesSink;
  /** Sequence number of the byte that comes next; -1 before the first segment. */
  #next = -1;
  /** Sequence number of the latest SYN, -1 before it. */
  #base = -1;
  #waiting: Waiting[] = [];
  #arrivals = 0;

  constructor(budget: WaitingBudget, sink: BytesSink) {
    this.#budget = budget;
    this.#sink = sink;
  }

  /** A segment of `length` bytes, of which `payload` are there; the frame may have been cut. */
  add(sequence: number, length: number, payload: Uint8Array): void {
    if (this.#next < 0) this.#next = sequence;
    const seen = (this.#next - sequence) | 0;
    if (length - seen <= 0 || length === 0) return;
    if (seen < 0) {
      if (payload.length > 0) this.#wait(sequence, payload);
      return;
    }
    if (payload.length > seen) this.#sink(payload.subarray(seen));
    this.#next = (sequence + length) >>> 0;
    if (this.#waiting.length > 0) this.#drain();
  }

  /**
   * A SYN begins the numbering. Another one with another number moves it, and with it the place that
   * this direction has come to: the way it is when a middlebox answers beside the server.
   */
  synchronize(sequence: number): void {
    const shift = this.#base < 0 ? 0 : (sequence - this.#base) | 0;
    this.#base = sequence;
    if (shift === 0) return;
    if (this.#next >= 0) this.#next = (this.#next + shift) >>> 0;
    for (const each of this.#waiting) each.sequence = (each.sequence + shift) >>> 0;
  }

  /** The other end has everything before `sequence`: what of it is not here was lost. */
  acknowledge(sequence: number): void {
    while (this.#waiting.length > 0) {
      this.#drain();
      const first = this.#waiting[0];
      if (!first || ((sequence - first.sequence) | 0) <= 0) return;
      this.#skipTo(first.sequence);
    }
  }

  /** Frees what waits: nothing will come any more. Bytes behind a gap that nobody acknowledged are dropped. */
  end(): void {
    for (const { bytes } of this.#waiting) this.#budget.sizeBytes -= bytes.length;
    this.#waiting = [];
  }

  #wait(sequence: number, payload: Uint8Array): void {
    const waiting = this.#waiting;
    let at = waiting.length;
    while (at > 0 && ((sequence - (waiting[at - 1]?.sequence ?? 0)) | 0) < 0) at--;
    waiting.splice(at, 0, { sequence, arrival: this.#arrivals++, bytes: payload.slice() });
    this.#budget.sizeBytes += payload.length;
    const first = waiting[0];
    if (!first || (waiting.length <= waitingCountMax && this.#budget.sizeBytes <= waitingSizeMax))
      return;
    this.#budget.overflow++;
    this.#skipTo(first.sequence);
    this.#drain();
  }

  #skipTo(sequence: number): void {
    const lost = (sequence - this.#next) >>> 0;
    this.#budget.lostBytes += lost;
    this.#budget.gapCount++;
    this.#sink(gapText(lost));
    this.#next = sequence;
  }

  /** Hands on what waited for bytes that are there now. */
  #drain(): void {
    for (let at = this.#firstDue(); at >= 0; at = this.#firstDue()) {
      const [due] = this.#waiting.splice(at, 1);
      if (!due) return;
      this.#budget.sizeBytes -= due.bytes.length;
      const seen = (this.#next - due.sequence) | 0;
      if (seen >= due.bytes.length) continue;
      this.#sink(due.bytes.subarray(seen));
      this.#next = (due.sequence + due.bytes.length) >>> 0;
    }
  }

  /** Of the segments that begin where the bytes so far end, or before, the first that came; -1: none. */
  #firstDue(): number {
    let best = -1;
    for (let at = 0; at < this.#waiting.length; at++) {
      const { sequence, arrival } = this.#waiting[at] ?? { sequence: 0, arrival: 0 };
      if (((sequence - this.#next) | 0) > 0) break;
      if (best < 0 || arrival < (this.#waiting[best]?.arrival ?? 0)) best = at;
    }
    return best;
  }
}

/** As tshark writes it, its closing zero included. */
export function gapText(lostBytes: number): Uint8Array {
  return new TextEncoder().encode(`[${lostBytes} bytes missing in capture file]\0`);
}
