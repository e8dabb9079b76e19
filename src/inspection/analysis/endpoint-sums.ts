import type { EndpointCount } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";

/** Endpoints that are told, those with most bytes. */
export const endpointToldMax = 10_000;
/** packetsSent, bytesSent, packetsReceived, bytesReceived. */
const columns = 4;

/** What each address sent and received, by the number of the address. */
export class EndpointSums {
  readonly #sums: Float64Array;

  constructor(addressCount: number) {
    this.#sums = new Float64Array(addressCount * columns);
  }

  add(source: number, destination: number, packets: number, bytes: number): void {
    const sent = source * columns;
    const received = destination * columns + 2;
    this.#sums[sent] = (this.#sums[sent] ?? 0) + packets;
    this.#sums[sent + 1] = (this.#sums[sent + 1] ?? 0) + bytes;
    this.#sums[received] = (this.#sums[received] ?? 0) + packets;
    this.#sums[received + 1] = (this.#sums[received + 1] ?? 0) + bytes;
  }

  /** Most bytes first; addresses without a packet are left out. */
  result(addresses: Addresses): EndpointCount[] {
    const sums = this.#sums;
    const bytesOf = (address: number): number =>
      (sums[address * columns + 1] ?? 0) + (sums[address * columns + 3] ?? 0);
    const isSeen = (address: number): boolean =>
      (sums[address * columns] ?? 0) + (sums[address * columns + 2] ?? 0) > 0;
    const order = Uint32Array.from({ length: sums.length / columns }, (_, address) => address)
      .filter(isSeen)
      .sort((one, other) => bytesOf(other) - bytesOf(one) || one - other)
      .subarray(0, endpointToldMax);
    return Array.from(order, (address) => ({
      address: addresses.text(address),
      packetsSent: sums[address * columns] ?? 0,
      bytesSent: sums[address * columns + 1] ?? 0,
      packetsReceived: sums[address * columns + 2] ?? 0,
      bytesReceived: sums[address * columns + 3] ?? 0,
    }));
  }
}
