import type { WatchedService } from "../analysis/services.ts";
import type { ServiceUse } from "../inspection.ts";
import { endpointText, plainAddress, visible } from "../summary/safe-text.ts";
import { formatBytes, plural } from "../summary/units.ts";
import { finding, type Confidence, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import { contains, parseNetwork, type Network } from "./network.ts";
import type { Policy } from "./policy.ts";
import { looksLikeTor, relayKey, torConfidence, torPorts } from "./tor.ts";
import { remediesFor, type Unwanted } from "./remedies.ts";

/** Findings of each kind of violation; the grave ones are told, the rest is counted in the last. */
const toldCountMax = 20;

/** A service and what it is taken for. */
interface Seen {
  service: ServiceUse;
  protocol: string | null;
  confidence: Confidence | null;
}

/** What the capture shows against what the policy expects. */
export function policyFindings(inspection: Inspected, policy: Policy): Finding[] {
  const home = inspection.timeSeries.home;
  const relays = new Set(
    inspection.tls.handshakes
      .filter(looksLikeTor)
      .map(({ server }) => relayKey(server.address, server.port)),
  );
  const seen = inspection.services.map((service) => identified(service, relays));
  const unwanted = seen.filter(
    ({ protocol }) => protocol !== null && isUnexpectedProtocol(protocol, policy),
  );
  const rest = seen.filter((one) => !unwanted.includes(one));
  const ports = rest.filter(({ service }) => isUnexpectedPort(service, policy));
  const places = rest.filter(({ service }) => isUnexpectedDestination(service.server, policy));
  return [
    ...grouped(unwanted, ({ protocol }) => protocol ?? "").map((all) => protocolFinding(all, home)),
    ...grouped(ports, ({ service }) => `${service.port}/${service.transport}`).map((all) =>
      portFinding(all, home),
    ),
    ...grouped(places, ({ service }) => service.server).map((all) => destinationFinding(all, home)),
  ];
}

/** Services that are Tor's are told as such. */
function identified(service: ServiceUse, relays: ReadonlySet<string>): Seen {
  const confidence = torConfidence(service, relays);
  return { service, protocol: confidence ? "tor" : service.protocol, confidence };
}

/** Whether a service matters however few its bytes are: what the policy does not expect does. */
export function isWatched(policy: Policy, service: WatchedService): boolean {
  const { protocol, port } = service;
  if (protocol === "tls" && torPorts.has(port)) return true;
  if (protocol !== null && isUnexpectedProtocol(protocol, policy)) return true;
  if (isUnexpectedPort(service, policy)) return true;
  return policy.allowedDestinations !== null && isUnexpectedDestination(service.server(), policy);
}

/** Names that say nothing of the program. */
const nameless: ReadonlySet<string> = new Set(["data", "_ws.malformed", "_ws.short"]);

function isUnexpectedProtocol(protocol: string, policy: Policy): boolean {
  if (policy.unwantedProtocols.includes(protocol)) return true;
  const { allowedProtocols } = policy;
  return (
    allowedProtocols !== null && !nameless.has(protocol) && !allowedProtocols.includes(protocol)
  );
}

const isUnexpectedPort = (
  { transport, port }: Pick<ServiceUse, "transport" | "port">,
  { allowedPorts }: Policy,
): boolean =>
  allowedPorts !== null &&
  !allowedPorts.some(
    (range) =>
      (range.transport === null || range.transport === transport) &&
      port >= range.first &&
      port <= range.last,
  );

function isUnexpectedDestination(server: string, { allowedDestinations }: Policy): boolean {
  if (allowedDestinations === null) return false;
  const address: Network | null = parseNetwork(server);
  return address !== null && !allowedDestinations.some((network) => contains(network, address));
}

/** Groups of the same key, most bytes first, so many as are told. */
function grouped(seen: readonly Seen[], keyOf: (one: Seen) => string): Seen[][] {
  const groups = new Map<string, Seen[]>();
  for (const one of seen) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups.values()]
    .toSorted((one, other) => bytesOf(other) - bytesOf(one))
    .slice(0, toldCountMax);
}

const bytesOf = (seen: readonly Seen[]): number =>
  seen.reduce((sum, { service }) => sum + service.bytes, 0);

/** For people: Wireshark's names are not everybody's. */
const titles: ReadonlyMap<string, string> = new Map([
  ["bittorrent", "BitTorrent"],
  ["bt-dht", "BitTorrent's DHT"],
  ["bt-utp", "BitTorrent's uTP"],
  ["irc", "IRC"],
  ["tor", "Traffic like Tor's"],
  ["stratum", "Crypto-mining (Stratum)"],
  ["telnet", "Telnet"],
]);

function protocolFinding(seen: readonly Seen[], home: string | null): Finding {
  const protocol = seen[0]?.protocol ?? "";
  const name = titles.get(protocol) ?? visible(protocol);
  const confidence = seen[0]?.confidence;
  return finding(
    "policy-protocol",
    confidence ? "warning" : "problem",
    `${name} was used, which the policy does not expect: ${extent(seen)}`,
    { ...told(seen, home, protocol), ...(confidence ? { confidence } : {}) },
  );
}

function portFinding(seen: readonly Seen[], home: string | null): Finding {
  const { port = 0, transport = "tcp" } = seen[0]?.service ?? {};
  return finding(
    "policy-port",
    "warning",
    `${transport.toUpperCase()} port ${port} was used, which the policy does not allow: ${extent(seen)}`,
    told(seen, home, `port-${port}`),
  );
}

function destinationFinding(seen: readonly Seen[], home: string | null): Finding {
  const server = seen[0]?.service.server ?? "";
  return finding(
    "policy-destination",
    "warning",
    `${visible(server)} was contacted, which the policy does not allow: ${extent(seen)}`,
    told(seen, home, "destination"),
  );
}

/** How much, and the first place. */
function extent(seen: readonly Seen[]): string {
  const flows = seen.reduce((sum, { service }) => sum + service.flows, 0);
  const first = seen[0]?.service;
  const where = first ? ` with ${endpointText(first.server, first.port)}` : "";
  const more = seen.length > 1 ? ` and ${plural(seen.length - 1, "other service")}` : "";
  return `${formatBytes(bytesOf(seen))} in ${plural(flows, "flow")}${where}${more}`;
}

function told(
  seen: readonly Seen[],
  home: string | null,
  name: string,
): Parameters<typeof finding>[3] {
  const services = seen.map(({ service }) => service);
  const first = services[0];
  const address = first ? plainAddress(first.server) : null;
  return {
    facts: {
      flows: services.reduce((sum, { flows }) => sum + flows, 0),
      bytes: bytesOf(seen),
      services: services.length,
    },
    displayFilter:
      first && address
        ? `${address.includes(":") ? "ipv6" : "ip"}.addr == ${address} && ${first.transport}.port == ${first.port}`
        : null,
    frames: services.flatMap(({ frames }) => frames),
    streams: services.flatMap(({ streams }) => streams),
    addresses: services.map(({ server }) => visible(server)),
    remedies: remediesFor(unwantedOf(services, home, name)),
  };
}

/** When all that was seen are services of the home address, the clients are to be kept out. */
function unwantedOf(services: readonly ServiceUse[], home: string | null, name: string): Unwanted {
  const [first] = services;
  const transport = first?.transport ?? "tcp";
  const same = services.filter((service) => service.transport === transport);
  const direction = home !== null && same.every(({ server }) => server === home) ? "in" : "out";
  const peers = same.flatMap(({ server, clients }) => (direction === "in" ? clients : [server]));
  const ports = same.map(({ port }) => port);
  return {
    name,
    transport,
    direction,
    peers: [...new Set(peers)],
    ports: [...new Set(ports)],
  };
}
