import type { ServiceUse } from "../inspection.ts";
import type { Flow, FlowReader } from "./flow-reader.ts";

/** Services that are kept, by address, port and protocol. */
const serviceCountMax = 50_000;
const namedCountMax = 20;
const clientNamedMax = 20;
/** IANA's dynamic ports, and what Linux gives to clients: not where a service listens as a rule. */
const clientPortMin = 32_768;

/** Who used which service of whom: the flows of both transports by server, port and protocol. */
export function servicesOf(reader: FlowReader): ServiceUse[] {
  const services = new Map<string, ServiceUse>();
  for (const flow of reader.flows()) {
    const { client, server, port } = rolesOf(flow);
    const { transport, protocol, number } = flow;
    const key = `${transport} ${server} ${port} ${protocol ?? ""}`;
    const known = services.get(key);
    if (!known && services.size >= serviceCountMax) continue;
    const service = known ?? {
      transport,
      server: reader.text(server),
      port,
      protocol,
      flows: 0,
      bytes: 0,
      clients: [],
      streams: [],
      frames: [],
    };
    if (!known) services.set(key, service);
    service.flows++;
    service.bytes += flow.bytes;
    if (service.clients.length < clientNamedMax) noteClient(service, reader.text(client));
    if (service.frames.length >= namedCountMax) continue;
    service.frames.push(flow.firstFrame);
    if (transport === "tcp") service.streams.push(number);
  }
  return [...services.values()].toSorted((one, other) => other.bytes - one.bytes);
}

function noteClient(service: ServiceUse, client: string): void {
  if (!service.clients.includes(client)) service.clients.push(client);
}

/** Whoever sends first asks, unless the capture began in the middle and the ports say otherwise. */
function rolesOf(flow: Flow): { client: number; server: number; port: number } {
  const { a, aPort, b, bPort, hasSyn } = flow;
  const isBackwards = !hasSyn && aPort < clientPortMin && bPort >= clientPortMin;
  return isBackwards
    ? { client: b, server: a, port: aPort }
    : { client: a, server: b, port: bPort };
}
