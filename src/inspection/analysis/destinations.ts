import type { Destinations } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { KeyTable } from "./key-table.ts";

const destinationCountMax = 2_500_000;

/** What carried a packet, as "Destinations and Ports" names it. */
export const portType = { none: 0, tcp: 1, udp: 2, sctp: 3, dccp: 4 } as const;
export type PortType = (typeof portType)[keyof typeof portType];
const portTypeNames = ["NONE", "TCP", "UDP", "SCTP", "DCCP"] as const;

export type Destination = Destinations[string];

/** Packets by destination address, transport and destination port. */
export class DestinationCounts {
  readonly #table = new KeyTable(2, destinationCountMax);
  #counts = new Float64Array(512);

  get overflow(): number {
    return this.#table.overflow;
  }

  /** Counts so many packets; negative ones take back. */
  add(address: number, transport: PortType, port: number, packets: number): void {
    this.#table.key[0] = address;
    this.#table.key[1] = transport * 65_536 + port;
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index >= this.#counts.length) {
      const grown = new Float64Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + packets;
  }

  /** The members of the JSON object that `entries` would make, one at a time: of each only text is made. */
  *json(addresses: Addresses): Generator<string> {
    const { first, next, order } = this.#byAddress(addresses.count);
    for (const address of order) {
      const ports = portTypeNames.map(() => "");
      const packets = portTypeNames.map(() => 0);
      for (let entry = first[address] ?? 0; entry !== 0; entry = next[entry - 1] ?? 0) {
        const count = this.#counts[entry - 1] ?? 0;
        if (count <= 0) continue;
        const packed = this.#table.word(entry - 1, 1);
        const transport = packed >>> 16;
        packets[transport] = (packets[transport] ?? 0) + count;
        ports[transport] = `${ports[transport]},"${packed & 0xffff}":${count}`;
      }
      const protocols = portTypeNames
        .map((name, transport) =>
          packets[transport] === 0
            ? ""
            : `,"${name}":{"packets":${packets[transport]},"ports":{${ports[transport]?.slice(1)}}}`,
        )
        .join("")
        .slice(1);
      const sum = packets.reduce((one, other) => one + other, 0);
      if (sum > 0)
        yield `"${addresses.text(address)}":{"packets":${sum},"protocols":{${protocols}}}`;
    }
  }

  /** Each address with what went to it, one at a time. */
  *entries(addresses: Addresses): Generator<[address: string, destination: Destination]> {
    const { first, next, order } = this.#byAddress(addresses.count);
    for (const address of order) {
      const destination: Destination = { packets: 0, protocols: {} };
      for (let entry = first[address] ?? 0; entry !== 0; entry = next[entry - 1] ?? 0)
        this.#addTo(destination, entry - 1);
      if (destination.packets > 0) yield [addresses.text(address), destination];
    }
  }

  #addTo(destination: Destination, index: number): void {
    const count = this.#counts[index] ?? 0;
    if (count <= 0) return;
    const packed = this.#table.word(index, 1);
    const protocol = (destination.protocols[portTypeNames[packed >>> 16] ?? "NONE"] ??= {
      packets: 0,
      ports: {},
    });
    destination.packets += count;
    protocol.packets += count;
    protocol.ports[String(packed & 0xffff)] = count;
  }

  /** Entries linked by address, each by its number plus one; addresses in the order of their first entry. */
  #byAddress(addressCount: number): { first: Int32Array; next: Int32Array; order: number[] } {
    const first = new Int32Array(addressCount);
    const next = new Int32Array(this.#table.count);
    const order: number[] = [];
    for (let index = 0; index < next.length; index++) {
      const address = this.#table.word(index, 0);
      const head = first[address] ?? 0;
      if (head === 0) order.push(address);
      next[index] = head;
      first[address] = index + 1;
    }
    return { first, next, order };
  }
}
