import type { ServiceUse } from "../inspection.ts";
import type { Flow, FlowReader } from "./flow-reader.ts";
import { KeyTable } from "./key-table.ts";
import { ProtocolNames } from "./protocol-names.ts";

/** Services that are kept, by address, port and protocol. */
const serviceCountMax = 50_000;
const namedCountMax = 20;
const clientNamedMax = 20;
/** IANA's dynamic ports, and what Linux gives to clients: not where a service listens as a rule. */
const clientPortMin = 32_768;

/** Who used which service of whom: the flows of both transports by server, port and protocol. */
export function servicesOf(reader: FlowReader): ServiceUse[] {
  const table = new KeyTable(4, serviceCountMax);
  const services: ServiceUse[] = [];
  const protocols = new ProtocolNames();
  for (const flow of reader.flows()) {
    const { client, server, port } = rolesOf(flow);
    const { transport, protocol, number } = flow;
    table.key[0] = server;
    table.key[1] = Math.floor(server / 4_294_967_296);
    table.key[2] = port + (transport === "tcp" ? 65_536 : 0);
    table.key[3] = protocol === null ? 0 : protocols.number(protocol);
    const index = table.findOrAdd();
    if (index < 0) continue;
    const service = (services[index] ??= {
      transport,
      server: reader.text(server),
      port,
      protocol,
      flows: 0,
      bytes: 0,
      clients: [],
      streams: [],
      frames: [],
    });
    service.flows++;
    service.bytes += flow.bytes;
    if (service.clients.length < clientNamedMax) noteClient(service, reader.text(client));
    if (service.frames.length >= namedCountMax) continue;
    service.frames.push(flow.firstFrame);
    if (transport === "tcp") service.streams.push(number);
  }
  return services.toSorted((one, other) => other.bytes - one.bytes);
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
