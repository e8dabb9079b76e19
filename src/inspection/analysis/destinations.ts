import type { Destinations } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { type JsonBytes, prepared } from "../json-bytes.ts";
import { KeyTable } from "./key-table.ts";

const destinationCountMax = 2_500_000;

/** What carried a packet, as "Destinations and Ports" names it. */
export const portType = { none: 0, tcp: 1, udp: 2, sctp: 3, dccp: 4 } as const;
export type PortType = (typeof portType)[keyof typeof portType];
const portTypeNames = ["NONE", "TCP", "UDP", "SCTP", "DCCP"] as const;

const protocolKey = (name: string): string => `"${name}":{"packets":`;
const key = {
  address: prepared('"'),
  nextAddress: prepared(',"'),
  packets: prepared('":{"packets":'),
  protocols: prepared(',"protocols":{'),
  names: portTypeNames.map((name) => prepared(protocolKey(name))),
  nextNames: portTypeNames.map((name) => prepared(`,${protocolKey(name)}`)),
  ports: prepared(',"ports":{"'),
  nextPort: prepared(',"'),
  colon: prepared('":'),
  end: prepared("}}"),
};

export type Destination = Destinations[string];

/** Packets by destination address, transport and destination port. */
export class DestinationCounts {
  readonly #table = new KeyTable(2, destinationCountMax);
  #counts = new Float64Array(512);

  get overflow(): number {
    return this.#table.overflow;
  }

  /** Makes room for so many ports beyond those that are there. */
  reserve(count: number): void {
    this.#table.reserve(count);
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

  /** Writes the members of the JSON object that `entries` would make. */
  *json(addresses: Addresses, out: JsonBytes): Generator<Uint8Array> {
    const { first, next, order } = this.#byAddress(addresses.count);
    const packets = new Float64Array(portTypeNames.length);
    let comma = "";
    for (const address of order) {
      const head = first[address] ?? 0;
      const sum = this.#addUp(packets, head, next);
      if (sum <= 0) continue;
      out.text(comma === "" ? key.address : key.nextAddress);
      comma = ",";
      addresses.write(address, out);
      out.text(key.packets);
      out.number(sum);
      out.text(key.protocols);
      let isFirstProtocol = true;
      for (let transport = 0; transport < packets.length; transport++) {
        if (packets[transport] === 0) continue;
        out.text((isFirstProtocol ? key.names : key.nextNames)[transport] ?? key.end);
        isFirstProtocol = false;
        out.number(packets[transport] ?? 0);
        let quote = key.ports;
        for (let entry = head; entry !== 0; entry = next[entry - 1] ?? 0) {
          if (!this.#isShown(entry - 1, transport)) continue;
          out.text(quote);
          quote = key.nextPort;
          out.number(this.#table.word(entry - 1, 1) & 0xffff);
          out.text(key.colon);
          out.number(this.#counts[entry - 1] ?? 0);
          if (out.isFull) yield out.take();
        }
        out.text(key.end);
      }
      out.text(key.end);
      if (out.isFull) yield out.take();
    }
  }

  /** Packets to one address by what carried them, and in all. */
  #addUp(packets: Float64Array, head: number, next: Int32Array): number {
    packets.fill(0);
    let sum = 0;
    for (let entry = head; entry !== 0; entry = next[entry - 1] ?? 0) {
      const count = this.#counts[entry - 1] ?? 0;
      if (count <= 0) continue;
      const transport = this.#table.word(entry - 1, 1) >>> 16;
      packets[transport] = (packets[transport] ?? 0) + count;
      sum += count;
    }
    return sum;
  }

  #isShown(index: number, transport: number): boolean {
    return this.#table.word(index, 1) >>> 16 === transport && (this.#counts[index] ?? 0) > 0;
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
  #byAddress(addressCount: number): { first: Int32Array; next: Int32Array; order: Uint32Array } {
    const first = new Int32Array(addressCount);
    const next = new Int32Array(this.#table.count);
    const order = new Uint32Array(next.length);
    let count = 0;
    for (let index = 0; index < next.length; index++) {
      const address = this.#table.word(index, 0);
      const head = first[address] ?? 0;
      if (head === 0) order[count++] = address;
      next[index] = head;
      first[address] = index + 1;
    }
    return { first, next, order: order.subarray(0, count) };
  }
}
