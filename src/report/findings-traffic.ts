import type { Finding } from "./findings.ts";
import type { Inspection } from "../inspection/inspection.ts";
import { nodesOf, sum } from "./protocols.ts";
import type { ReportInput } from "./report-input.ts";
import { plainAddress, visible } from "./safe-text.ts";
import { destinationShareMin, unknownDataShareMin } from "./thresholds.ts";
import { busiestReceiver, destinationPorts, talks } from "./traffic.ts";
import { formatBytes, formatShare, plural } from "./units.ts";

/** Where the bytes went, and what they were. */
export const trafficFindings = ({ inspection }: ReportInput): Finding[] =>
  [dominance(inspection), cleartext(inspection), ...unknownData(inspection)].filter(
    (finding) => finding !== null,
  );

function dominance(inspection: Inspection): Finding | null {
  const total = inspection.file.bytesOnWire;
  const busiest = busiestReceiver(talks(inspection));
  if (!busiest || total <= 0 || busiest.bytes < destinationShareMin * total) return null;
  const address = plainAddress(busiest.address);
  return {
    id: "destination-dominates",
    severity: "note",
    sentence: `${formatShare(busiest.bytes, total)} of all bytes (${formatBytes(busiest.bytes)}) went to ${visible(busiest.address)}`,
    evidence: {
      facts: { address: visible(busiest.address), bytes: busiest.bytes, bytesOnWire: total },
      displayFilter: address && `${address.includes(":") ? "ipv6" : "ip"}.dst == ${address}`,
    },
  };
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

function cleartext({ protocolHierarchy }: Inspection): Finding | null {
  const seen = Object.keys(cleartextProtocols)
    .map((protocol) => ({
      protocol,
      frames: sum(nodesOf(protocolHierarchy, protocol, encrypted), ({ frames }) => frames),
    }))
    .filter(({ frames }) => frames > 0);
  if (seen.length === 0) return null;
  const passwords = seen.some(({ protocol }) => cleartextProtocols[protocol] === "password");
  const list = seen.map(({ protocol, frames }) => `${protocol} (${plural(frames, "frame")})`);
  return {
    id: "protocol-cleartext",
    severity: passwords ? "warning" : "note",
    sentence: `Unencrypted: ${list.join(", ")}: whoever carries these packets can read them`,
    evidence: {
      facts: Object.fromEntries(seen.map(({ protocol, frames }) => [protocol, frames])),
      displayFilter: seen.map(({ protocol }) => protocol).join(" || "),
    },
  };
}

function unknownData(inspection: Inspection): (Finding | null)[] {
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
    return {
      id: "protocol-unknown" as const,
      severity: "note" as const,
      sentence: `${plural(unknown, `${name} frame`)} (${formatShare(unknown, all)}) ${unknown === 1 ? "carries" : "carry"} a protocol that no dissector knows${port === null ? "" : `, on port ${port}`}`,
      evidence: {
        facts: { transport, frames: unknown, ...(port === null ? {} : { port }) },
        displayFilter: `${transport} && data`,
      },
    };
  });
}

/** Linux gives clients ports from here on (ip_local_port_range): such a port names no service. */
const ephemeralPortMin = 32_768;

/** The service port of all of a transport's packets; null when there are several, or none to be seen. */
function onlyPort(inspection: Inspection, transport: "tcp" | "udp"): number | null {
  const ports =
    transport === "tcp"
      ? inspection.tcpStreams.map(({ b }) => b.port)
      : destinationPorts(inspection)
          .filter((to) => to.transport === "UDP" && to.port < ephemeralPortMin)
          .map(({ port }) => port);
  const distinct = new Set(ports);
  const overflown = inspection.overflow.tcpStreams + inspection.overflow.destinations > 0;
  return distinct.size === 1 && !overflown ? (ports[0] ?? null) : null;
}
