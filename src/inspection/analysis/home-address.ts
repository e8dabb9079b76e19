import type { Addresses } from "./addresses.ts";
import { addressKind, type AddressKind, type Ends } from "./ends.ts";
import { direction, type Series } from "./time-series.ts";

/** IP packets that decide whose capture it is; until then they are kept. */
const voteCountMax = 512;
/** Half of them: a capture between many has no home. */
const homeShareMin = 0.5;

interface Kept {
  addressKind: AddressKind;
  source: number;
  destination: number;
  nanoseconds: number;
  family: number;
  bytes: number;
}

/** An address as `Ends` keys it. */
export class Home {
  readonly kind: AddressKind;
  readonly key: number;

  constructor(kind: AddressKind, key: number) {
    this.kind = kind;
    this.key = key;
  }

  number(addresses: Addresses): number {
    return this.kind === addressKind.ipv4 ? addresses.ipv4(this.key) : this.key;
  }
}

/**
 * Finds the address that a capture is about, as of the host that recorded itself: the one in most of the
 * first packets. Directions are seen from it; without one every packet goes some other way.
 */
export class HomeAddress {
  readonly #series: Series;
  #kept: Kept[] = [];
  #isDecided = false;
  #home: Home | null = null;

  constructor(series: Series) {
    this.#series = series;
  }

  /** The time as `Series.add` takes it. */
  count(ends: Ends, time: Float64Array, family: number, bytes: number): void {
    const { kind, sourceKey, destinationKey } = ends;
    if (this.#isDecided) {
      const way = this.#way(kind, sourceKey, destinationKey);
      this.#series.add(time, family, way, bytes);
      return;
    }
    const nanoseconds = time[0] ?? 0;
    const packet = { source: sourceKey, destination: destinationKey, nanoseconds, family, bytes };
    this.#kept.push({ addressKind: kind, ...packet });
    if (this.#kept.length >= voteCountMax) this.decide();
  }

  /** Once enough packets, or the last one, were seen; null when there is no home. */
  decide(): Home | null {
    if (this.#isDecided) return this.#home;
    this.#isDecided = true;
    this.#home = mostSeen(this.#kept);
    for (const packet of this.#kept) {
      const way = this.#way(packet.addressKind, packet.source, packet.destination);
      this.#series.add(Float64Array.of(packet.nanoseconds), packet.family, way, packet.bytes);
    }
    this.#kept = [];
    return this.#home;
  }

  #way(kind: AddressKind, source: number, destination: number): number {
    const home = this.#home;
    if (home === null || home.kind !== kind) return direction.other;
    if (source === home.key) return direction.sent;
    return destination === home.key ? direction.received : direction.other;
  }
}

/** The address in more than half of the packets. */
function mostSeen(packets: readonly Kept[]): Home | null {
  const votes = new Map<string, { home: Home; count: number }>();
  for (const { addressKind: kind, source, destination } of packets)
    for (const key of new Set([source, destination])) {
      const vote = votes.get(`${kind} ${key}`) ?? { home: new Home(kind, key), count: 0 };
      vote.count++;
      votes.set(`${kind} ${key}`, vote);
    }
  let best: { home: Home | null; count: number } = {
    home: null,
    count: homeShareMin * packets.length,
  };
  for (const vote of votes.values()) if (vote.count > best.count) best = vote;
  return best.home;
}
