import type { EndpointCount } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { greatest } from "./greatest.ts";

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
    const seen = new Uint32Array(sums.length / columns);
    let seenCount = 0;
    for (let address = 0; address < seen.length; address++) {
      const at = address * columns;
      if ((sums[at] ?? 0) + (sums[at + 2] ?? 0) > 0) seen[seenCount++] = address;
    }
    const bytes = new Float64Array(seenCount);
    for (let place = 0; place < seenCount; place++) {
      const at = (seen[place] ?? 0) * columns;
      bytes[place] = (sums[at + 1] ?? 0) + (sums[at + 3] ?? 0);
    }
    return Array.from(greatest(bytes, endpointToldMax), (place) =>
      this.#endpoint(seen[place] ?? 0, addresses),
    );
  }

  #endpoint(address: number, addresses: Addresses): EndpointCount {
    const at = address * columns;
    return {
      address: addresses.text(address),
      packetsSent: this.#sums[at] ?? 0,
      bytesSent: this.#sums[at + 1] ?? 0,
      packetsReceived: this.#sums[at + 2] ?? 0,
      bytesReceived: this.#sums[at + 3] ?? 0,
    };
  }
}
