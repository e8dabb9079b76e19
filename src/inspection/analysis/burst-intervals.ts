/** Flows whose pauses are remembered; most flows have none and cost nothing here. */
const flowCountMax = 100_000;
/** Packets closer together than this belong to one exchange. */
export const pauseSecondsMin = 1;

/** Exchanges within one flow, told apart by pauses: how many, and how evenly they follow each other. */
export interface Bursts {
  count: number;
  lastStart: number;
  /** Mean of the intervals between starts and the sum of squared differences from it (Welford). */
  meanInterval: number;
  squares: number;
}

/** Watches the pauses of flows, for exchanges that come at regular intervals. */
export class BurstIntervals {
  readonly #flows = new Map<number, Bursts>();
  #overflow = 0;

  get overflow(): number {
    return this.#overflow;
  }

  /** Takes a packet with payload that came after a pause, of at least `pauseSecondsMin`. */
  add(flow: number, elapsed: number): void {
    const bursts = this.#flows.get(flow);
    if (!bursts) {
      if (this.#flows.size >= flowCountMax) this.#overflow++;
      else this.#flows.set(flow, { count: 1, lastStart: elapsed, meanInterval: 0, squares: 0 });
      return;
    }
    const interval = elapsed - bursts.lastStart;
    const difference = interval - bursts.meanInterval;
    bursts.meanInterval += difference / bursts.count;
    bursts.squares += difference * (interval - bursts.meanInterval);
    bursts.lastStart = elapsed;
    bursts.count++;
  }

  entries(): IterableIterator<[number, Bursts]> {
    return this.#flows.entries();
  }
}
