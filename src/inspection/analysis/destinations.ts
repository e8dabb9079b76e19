import type { Destinations } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { KeyTable } from "./key-table.ts";

const destinationCountMax = 2_000_000;

/** What carried a packet, as "Destinations and Ports" names it. */
export const portType = { none: 0, tcp: 1, udp: 2 } as const;
export type PortType = (typeof portType)[keyof typeof portType];
const portTypeNames = ["NONE", "TCP", "UDP"] as const;

/** Packets by destination address, transport and destination port. */
export class DestinationCounts {
  readonly #table = new KeyTable(2, destinationCountMax);
  #counts = new Float64Array(512);

  get overflow(): number {
    return this.#table.overflow;
  }

  add(address: number, transport: PortType, port: number): void {
    this.#table.key[0] = address;
    this.#table.key[1] = transport * 65_536 + port;
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index >= this.#counts.length) {
      const grown = new Float64Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  result(addresses: Addresses): Destinations {
    const destinations: Destinations = {};
    for (let index = 0; index < this.#table.count; index++) {
      const count = this.#counts[index] ?? 0;
      const packed = this.#table.word(index, 1);
      const destination = (destinations[addresses.text(this.#table.word(index, 0))] ??= {
        packets: 0,
        protocols: {},
      });
      const protocol = (destination.protocols[portTypeNames[packed >>> 16] ?? "NONE"] ??= {
        packets: 0,
        ports: {},
      });
      destination.packets += count;
      protocol.packets += count;
      protocol.ports[String(packed & 0xffff)] = count;
    }
    return destinations;
  }
}
