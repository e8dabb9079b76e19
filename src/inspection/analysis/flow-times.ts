import { BurstIntervals } from "./burst-intervals.ts";
import { flowWord, protocolMask, protocolOf, protocolShift, type FlowTable } from "./flow-table.ts";

/** When each flow began and ended, how regular its exchanges are and what it carries; by flow number. */
export class FlowTimes {
  readonly #flows: FlowTable;
  readonly #base: { seconds: number; nanoseconds: number };
  readonly bursts = new BurstIntervals();

  /** Times are nanoseconds since `base`, the time of the first packet; may be negative. */
  constructor(flows: FlowTable, base: { seconds: number; nanoseconds: number }) {
    this.#flows = flows;
    this.#base = base;
  }

  get count(): number {
    return this.#flows.count;
  }

  first(flow: number): number {
    return this.#elapsed(flow, flowWord.firstSeconds);
  }

  last(flow: number): number {
    return this.#elapsed(flow, flowWord.lastSeconds);
  }

  firstFrame(flow: number): number {
    return this.#word(flow, flowWord.firstFrame);
  }

  /** Number of the protocol above the transport, 0 while none has shown. */
  protocol(flow: number): number {
    this.#flows.select(flow);
    return protocolOf(this.#flows.rows, this.#flows.row);
  }

  setProtocol(flow: number, protocol: number): void {
    this.#flows.select(flow);
    const { rows, row } = this.#flows;
    const at = row + flowWord.kind;
    const kept = (rows[at] ?? 0) & ~(protocolMask << protocolShift);
    rows[at] = kept | ((protocol & protocolMask) << protocolShift);
  }

  #word(flow: number, word: number): number {
    this.#flows.select(flow);
    return this.#flows.rows[this.#flows.row + word] ?? 0;
  }

  #elapsed(flow: number, word: number): number {
    const seconds = this.#word(flow, word) - (this.#base.seconds | 0);
    return seconds * 1e9 + this.#word(flow, word + 1) - this.#base.nanoseconds;
  }
}
