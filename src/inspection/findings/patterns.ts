import type { Beacon, PortScan } from "../inspection.ts";
import { endpointText, plainAddress, visible } from "../summary/safe-text.ts";
import { formatBytes, formatDuration, formatShare, plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";

/** Patterns over many flows: scans and beacons. */
export const patternFindings = ({ portScans, beacons }: Inspected): Finding[] => [
  ...portScans.slice(0, toldCountMax).map(scan),
  ...beacons.slice(0, toldCountMax).map(beacon),
];

const toldCountMax = 10;

function scan({
  kind,
  transport,
  source,
  target,
  port,
  targetCount,
  streams,
  frames,
}: PortScan): Finding {
  const name = transport.toUpperCase();
  const what =
    kind === "vertical"
      ? `${plural(targetCount, `${name} port`)} of ${visible(target ?? "")}`
      : `${name} port ${port ?? 0} of ${plural(targetCount, "host")}`;
  const address = plainAddress(source);
  const field = source.includes(":") ? "ipv6.src" : "ip.src";
  const only = transport === "tcp" ? " && tcp.flags.syn == 1 && tcp.flags.ack == 0" : " && udp";
  return finding(
    kind === "vertical" ? "port-scan-vertical" : "port-scan-horizontal",
    "problem",
    `${visible(source)} tried ${what} and got data from nearly none: a port scan`,
    {
      facts: { targets: targetCount, transport },
      displayFilter: address && `${field} == ${address}${only}`,
      frames,
      streams,
      addresses: [visible(source), ...(target === null ? [] : [visible(target)])],
    },
  );
}

function beacon(found: Beacon): Finding {
  const { source, destination, port, transport, exchanges, intervalNanoseconds, jitter } = found;
  const every = formatDuration(intervalNanoseconds);
  const addresses = [plainAddress(source), plainAddress(destination)];
  const field = source.includes(":") ? "ipv6.addr" : "ip.addr";
  return finding(
    "beacon",
    "note",
    `${visible(source)} contacts ${endpointText(destination, port)} (${transport.toUpperCase()}) every ${every}, ${plural(exchanges, "time")}, with ${formatShare(jitter, 1)} jitter and ${formatBytes(found.bytesEach)} each`,
    {
      facts: {
        intervalNanoseconds,
        jitter,
        exchanges,
        bytesEach: found.bytesEach,
        ...(found.protocol === null ? {} : { protocol: visible(found.protocol) }),
      },
      displayFilter: addresses.includes(null)
        ? null
        : `${addresses.map((address) => `${field} == ${address}`).join(" && ")} && ${transport}.port == ${port}`,
      frames: found.frames,
      streams: found.streams,
      addresses: [visible(source), visible(destination)],
    },
  );
}
