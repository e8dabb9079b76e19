import { nodesOf, sum } from "../summary/protocols.ts";
import { plainAddress, visible } from "../summary/safe-text.ts";
import { formatBytes, formatShare, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";
import { destinationShareMin, unknownDataShareMin } from "./thresholds.ts";

/** Where the bytes went, and what they were. */
export const trafficFindings = (inspection: Inspected): Finding[] =>
  [dominance(inspection), cleartext(inspection), ...unknownData(inspection)].filter(
    (found) => found !== null,
  );

function dominance({ file, endpoints }: Inspected): Finding | null {
  const total = file.bytesOnWire;
  const [busiest] = [...endpoints.ipv4, ...endpoints.ipv6].toSorted(
    (one, other) => other.bytesReceived - one.bytesReceived,
  );
  const bytes = busiest?.bytesReceived ?? 0;
  if (!busiest || total <= 0 || bytes < destinationShareMin * total) return null;
  const address = plainAddress(busiest.address);
  return finding(
    "destination-dominates",
    "note",
    `${formatShare(bytes, total)} of all bytes (${formatBytes(bytes)}) went to ${visible(busiest.address)}`,
    {
      facts: { bytes, bytesOnWire: total },
      displayFilter: address && `${address.includes(":") ? "ipv6" : "ip"}.dst == ${address}`,
      addresses: [visible(busiest.address)],
    },
  );
}

/** Readable by whoever carries the packets; those marked carry passwords as a rule. */
const cleartextProtocols: Record<string, "password" | "content"> = {
  http: "content",
  tftp: "content",
  telnet: "password",
  ftp: "password",
  rlogin: "password",
  rsh: "password",
  pop: "password",
  imap: "password",
};
/** Anything below these is encrypted on the wire, even when the capture holds the keys to show it. */
const encrypted: readonly string[] = ["tls", "dtls", "ssh", "quic", "esp"];

function cleartext({ protocolHierarchy }: Inspected): Finding | null {
  const seen = Object.keys(cleartextProtocols)
    .map((protocol) => ({
      protocol,
      frames: sum(nodesOf(protocolHierarchy, protocol, encrypted), ({ frames }) => frames),
    }))
    .filter(({ frames }) => frames > 0);
  if (seen.length === 0) return null;
  const passwords = seen.some(({ protocol }) => cleartextProtocols[protocol] === "password");
  const list = seen.map(({ protocol, frames }) => `${protocol} (${plural(frames, "frame")})`);
  return finding(
    "protocol-cleartext",
    passwords ? "warning" : "note",
    `Unencrypted: ${list.join(", ")}: whoever carries these packets can read them`,
    {
      facts: Object.fromEntries(seen.map(({ protocol, frames }) => [protocol, frames])),
      displayFilter: seen.map(({ protocol }) => protocol).join(" || "),
    },
  );
}

function unknownData(inspection: Inspected): (Finding | null)[] {
  return (["tcp", "udp"] as const).map((transport) => {
    const nodes = nodesOf(inspection.protocolHierarchy, transport);
    const all = sum(nodes, ({ frames }) => frames);
    const unknown = sum(
      nodesOf(
        nodes.flatMap(({ children }) => children),
        "data",
      ),
      ({ frames }) => frames,
    );
    if (unknown === 0 || unknown < unknownDataShareMin * all) return null;
    const port = onlyPort(inspection, transport);
    const name = transport.toUpperCase();
    return finding(
      "protocol-unknown",
      "note",
      `${plural(unknown, `${name} frame`)} (${formatShare(unknown, all)}) ${unknown === 1 ? "carries" : "carry"} a protocol that no dissector knows${port === null ? "" : `, on port ${port}`}`,
      {
        facts: { transport, frames: unknown, ...(port === null ? {} : { port }) },
        displayFilter: `${transport} && data`,
      },
    );
  });
}

/** Linux gives clients ports from here on (ip_local_port_range): such a port names no service. */
const ephemeralPortMin = 32_768;

/** The service port of all of a transport's packets; null when there are several, or none to be seen. */
function onlyPort({ services, overflow }: Inspected, transport: "tcp" | "udp"): number | null {
  const ports = services
    .filter((service) => service.transport === transport)
    .map(({ port }) => port)
    .filter((port) => transport === "tcp" || port < ephemeralPortMin);
  const distinct = new Set(ports);
  const overflown = overflow.tcpStreams + overflow.destinations > 0;
  return distinct.size === 1 && !overflown ? (ports[0] ?? null) : null;
}
