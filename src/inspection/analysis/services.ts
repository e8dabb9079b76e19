import type { ServiceUse } from "../inspection.ts";
import type { Flow, FlowPattern, FlowReader } from "./flow-reader.ts";
import { greatest } from "./greatest.ts";
import { KeyTable } from "./key-table.ts";

/** Services that are counted, by address, port and protocol. */
const serviceCountMax = 200_000;
/** Of these, told: those with most bytes, and those that are watched. */
const serviceToldMax = 1_000;
const watchedToldMax = 10_000;
const namedCountMax = 5;
const clientNamedMax = 20;
/** IANA's dynamic ports, and what Linux gives to clients: not where a service listens as a rule. */
const clientPortMin = 32_768;
/** Below it only a server may listen, on most systems. */
const systemPortMax = 1_024;
/** Address, its version, port with the transport's bit, protocol. */
const keyWords = 4;
const udpBit = 0x10000;

/** A service as far as a watch needs it; `server` makes the text of its address. */
export interface WatchedService {
  transport: "tcp" | "udp";
  port: number;
  protocol: string | null;
  server: () => string;
}

export type IsWatched = (service: WatchedService) => boolean;

/** Who used which service of whom, by server, port and protocol; their bytes are in arrays of numbers. */
export class Services implements FlowPattern {
  readonly #reader: FlowReader;
  readonly #isWatched: IsWatched;
  readonly #table = new KeyTable(keyWords, serviceCountMax);
  #bytes = new Float64Array(1_024);
  /** The service of each flow, in their order, since to find it again would cost as much as the first time. */
  readonly #ofFlows: Int32Array;
  #counted = 0;
  #looked = 0;
  /** Those that are told, once all are counted; only they are looked at more closely. */
  #told: Map<number, ServiceUse> | null = null;
  /** The same by their numbers. */
  #toldOf: (ServiceUse | null)[] = [];

  constructor(reader: FlowReader, isWatched: IsWatched) {
    this.#reader = reader;
    this.#isWatched = isWatched;
    this.#ofFlows = new Int32Array(reader.flowCountMax);
  }

  count(flow: Flow): void {
    this.#setKey(flow);
    const index = this.#table.findOrAdd();
    this.#ofFlows[this.#counted++] = index;
    if (index < 0) return;
    if (index >= this.#bytes.length) {
      const bytes = new Float64Array(this.#bytes.length * 2);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes[index] = (this.#bytes[index] ?? 0) + flow.bytes;
  }

  look(flow: Flow): void {
    if (this.#told === null) this.#choose();
    const index = this.#ofFlows[this.#looked++] ?? -1;
    const service = index < 0 ? null : this.#toldOf[index];
    if (service) describe(service, flow, this.#reader);
  }

  /** Most bytes first. */
  result(): ServiceUse[] {
    const services = [...(this.#told?.values() ?? [])];
    return services.toSorted((one, other) => other.bytes - one.bytes);
  }

  #choose(): void {
    this.#told = this.#chosen(this.#reader, this.#isWatched);
    this.#toldOf = Array.from({ length: this.#table.count }, () => null);
    for (const [index, service] of this.#told) this.#toldOf[index] = service;
  }

  /** Those with most bytes, then those that are watched, most bytes first. */
  #chosen(reader: FlowReader, isWatched: IsWatched): Map<number, ServiceUse> {
    const bytes = this.#bytes.subarray(0, this.#table.count);
    const most = greatest(bytes, serviceToldMax);
    const chosen = new Set(most);
    const watched = this.#watched(reader, isWatched).filter((index) => !chosen.has(index));
    watched.sort((one, other) => (bytes[other] ?? 0) - (bytes[one] ?? 0) || one - other);
    const told = [...most, ...watched.slice(0, watchedToldMax - most.length)];
    return new Map(told.map((index) => [index, this.#service(index, reader)]));
  }

  /** Looks at the keys alone, with one object for all: most services are not told. */
  #watched(reader: FlowReader, isWatched: IsWatched): number[] {
    const watched: number[] = [];
    let server = 0;
    const service: WatchedService = {
      transport: "tcp",
      port: 0,
      protocol: null,
      server: () => reader.text(server),
    };
    for (let index = 0; index < this.#table.count; index++) {
      const end = this.#table.word(index, 2);
      service.transport = end & udpBit ? "udp" : "tcp";
      service.port = end & 0xffff;
      service.protocol = reader.protocolName(this.#table.word(index, 3));
      server = this.#server(index);
      if (isWatched(service)) watched.push(index);
    }
    return watched;
  }

  #service(index: number, reader: FlowReader): ServiceUse {
    const end = this.#table.word(index, 2);
    return {
      transport: end & udpBit ? "udp" : "tcp",
      server: reader.text(this.#server(index)),
      port: end & 0xffff,
      protocol: reader.protocolName(this.#table.word(index, 3)),
      flows: 0,
      bytes: 0,
      clients: [],
      streams: [],
      frames: [],
    };
  }

  /** The server's address as a flow has it. */
  #server(index: number): number {
    return this.#table.word(index, 1) * 0x1_0000_0000 + (this.#table.word(index, 0) >>> 0);
  }

  #setKey(flow: Flow): void {
    const { key } = this.#table;
    const { server, port } = sidesOf(flow);
    key[0] = server | 0;
    key[1] = server > 0xffff_ffff ? 1 : 0;
    key[2] = port | (flow.transport === "udp" ? udpBit : 0);
    key[3] = flow.protocolNumber;
  }
}

const sides = { client: 0, server: 0, port: 0 };

/** Whoever sends first asks, unless the capture began in the middle and the ports say otherwise. */
function sidesOf({ a, aPort, b, bPort, hasSyn }: Flow): typeof sides {
  const isBackwards = !hasSyn && aPort < bPort && (bPort >= clientPortMin || aPort < systemPortMax);
  sides.client = isBackwards ? b : a;
  sides.server = isBackwards ? a : b;
  sides.port = isBackwards ? aPort : bPort;
  return sides;
}

function describe(service: ServiceUse, flow: Flow, reader: FlowReader): void {
  service.flows++;
  service.bytes += flow.bytes;
  if (service.clients.length < clientNamedMax) {
    const client = reader.text(sidesOf(flow).client);
    if (!service.clients.includes(client)) service.clients.push(client);
  }
  if (service.frames.length >= namedCountMax) return;
  service.frames.push(flow.firstFrame);
  if (flow.transport === "tcp") service.streams.push(flow.number);
}
