import { direction, type Series } from "./time-series.ts";

/** IP packets that decide whose capture it is; until then they are kept. */
const voteCountMax = 512;
/** Half of them: a capture between many has no home. */
const homeShareMin = 0.5;

interface Kept {
  elapsed: number;
  source: number;
  destination: number;
  kind: number;
  bytes: number;
}

/**
 * Finds the address that a capture is about, as of the host that recorded itself: the one in most of the
 * first packets. Directions are seen from it; without one every packet goes some other way.
 */
export class HomeAddress {
  readonly #series: Series;
  #kept: Kept[] = [];
  #isDecided = false;
  /** Number of the address; -1 while there is none. */
  address = -1;

  constructor(series: Series) {
    this.#series = series;
  }

  count(packet: Kept): void {
    if (this.#isDecided) {
      this.#tell(packet);
      return;
    }
    this.#kept.push({ ...packet });
    if (this.#kept.length >= voteCountMax) this.decide();
  }

  /** Once enough packets, or the last one, were seen. */
  decide(): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    const votes = new Map<number, number>();
    for (const { source, destination } of this.#kept)
      for (const address of new Set([source, destination]))
        votes.set(address, (votes.get(address) ?? 0) + 1);
    let most = homeShareMin * this.#kept.length;
    for (const [address, count] of votes)
      if (count > most) {
        most = count;
        this.address = address;
      }
    for (const packet of this.#kept) this.#tell(packet);
    this.#kept = [];
  }

  #tell({ elapsed, source, destination, kind, bytes }: Kept): void {
    let way: number = direction.other;
    if (this.address >= 0 && source === this.address) way = direction.sent;
    else if (this.address >= 0 && destination === this.address) way = direction.received;
    this.#series.add(elapsed, kind, way, bytes);
  }
}
