import type { ServiceUse } from "../inspection.ts";
import type { Flow, FlowReader } from "./flow-reader.ts";
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
const keyWords = 4;

/** A service as far as a watch needs it; `server` makes the text of its address. */
export interface WatchedService {
  transport: "tcp" | "udp";
  port: number;
  protocol: string | null;
  server: () => string;
}

export type IsWatched = (service: WatchedService) => boolean;

/** Who used which service of whom, by server, port and protocol; most bytes first. */
export function servicesOf(reader: FlowReader, isWatched: IsWatched): ServiceUse[] {
  const counts = new ServiceCounts();
  for (const flow of reader.flows()) counts.add(flow);
  const services = counts.chosen(reader, isWatched);
  // Only those that are told are looked at more closely.
  for (const flow of reader.flows()) {
    const service = services.get(counts.indexOf(flow));
    if (service) describe(service, flow, reader);
  }
  return [...services.values()].toSorted((one, other) => other.bytes - one.bytes);
}

/** Flows and bytes of every service, in arrays of numbers. */
class ServiceCounts {
  readonly #table = new KeyTable(keyWords, serviceCountMax);
  #bytes = new Float64Array(1_024);
  #flows: number[] = [];

  add(flow: Flow): void {
    this.#setKey(flow);
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index >= this.#bytes.length) {
      const bytes = new Float64Array(this.#bytes.length * 2);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    // A flow of each, from which the service's facts are read again.
    this.#flows[index] ??= flow.transport === "udp" ? -flow.number - 1 : flow.number;
    this.#bytes[index] = (this.#bytes[index] ?? 0) + flow.bytes;
  }

  indexOf(flow: Flow): number {
    this.#setKey(flow);
    return this.#table.find();
  }

  chosen(reader: FlowReader, isWatched: IsWatched): Map<number, ServiceUse> {
    const order = Uint32Array.from({ length: this.#table.count }, (_, index) => index).sort(
      (one, other) => (this.#bytes[other] ?? 0) - (this.#bytes[one] ?? 0),
    );
    const services = new Map<number, ServiceUse>();
    for (const [rank, index] of order.entries()) {
      const number = this.#flows[index] ?? 0;
      const flow = number < 0 ? reader.udp(-number - 1) : reader.tcp(number);
      const { transport, protocol } = flow;
      const { server, port } = sidesOf(flow);
      const isTold =
        rank < serviceToldMax ||
        (services.size < watchedToldMax &&
          isWatched({ transport, protocol, port, server: () => reader.text(server) }));
      if (isTold) services.set(index, newService(flow, reader));
    }
    return services;
  }

  #setKey(flow: Flow): void {
    const { key } = this.#table;
    const { server, port } = sidesOf(flow);
    key[0] = server | 0;
    key[1] = server > 0xffff_ffff ? 1 : 0;
    key[2] = port | (flow.transport === "udp" ? 0x10000 : 0);
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

function newService(flow: Flow, reader: FlowReader): ServiceUse {
  const { transport, protocol } = flow;
  const { server, port } = sidesOf(flow);
  const none = { flows: 0, bytes: 0, clients: [], streams: [], frames: [] };
  return { transport, server: reader.text(server), port, protocol, ...none };
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
