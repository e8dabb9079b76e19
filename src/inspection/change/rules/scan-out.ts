import { plainAddress, visible } from "../../summary/safe-text.ts";
import { formatShare, plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import { isSilent } from "../tallies.ts";
import { scanSilentShareMin, scanTargetCountMin } from "../thresholds.ts";

interface Scan {
  /** Keys as `Tallies` has them, of hosts or of ports. */
  keys: Set<number>;
  targets: number;
  attempts: number;
  silent: number;
}

/** The host tries many ports of a host, or many hosts at a port, and gets data from nearly none. */
export function scanOut(scene: Scene): Candidate | null {
  const { triedHosts, triedPorts } = scene.tallies;
  const vertical = scanOf(triedHosts);
  const horizontal = scanOf(triedPorts);
  if (!vertical && !horizontal) return null;
  const isVertical = (vertical?.silent ?? 0) >= (horizontal?.silent ?? 0);
  const scan = isVertical ? vertical : horizontal;
  if (!scan) return null;
  const [first = 0] = scan.keys;
  const host = visible(scene.text(Math.floor(first / 2)));
  const port = Math.floor(first / 2);
  const what = isVertical
    ? scan.keys.size === 1
      ? `${plural(scan.targets, "port")} of ${host}`
      : `${plural(scan.targets, "port")} of ${plural(scan.keys.size, "host")}`
    : `${plural(scan.targets, "host")} at ${scan.keys.size === 1 ? `port ${port}` : plural(scan.keys.size, "port")}`;
  const plain = plainAddress(host);
  return {
    kind: "scanOut",
    confidence: {
      level: "likely",
      reason: `${formatShare(scan.silent, scan.attempts)} of the attempts gave no data, each at another target`,
    },
    matches: (flow) =>
      flow.isOutbound &&
      isSilent(flow) &&
      scan.keys.has(
        (isVertical ? flow.remote : flow.serverPort) * 2 + (flow.transport === "tcp" ? 1 : 0),
      ),
    title: `a port scan by this host, of ${what}`,
    says: `This host scans: it tried ${what} and got no data from ${formatShare(scan.silent, scan.attempts)} of ${plural(scan.attempts, "attempt")}.`,
    facts: { targets: scan.targets, attempts: scan.attempts, withoutData: scan.silent },
    displayFilter: isVertical
      ? plain && `${plain.includes(":") ? "ipv6" : "ip"}.dst == ${plain}`
      : `tcp.dstport == ${port} or udp.dstport == ${port}`,
  };
}

/** All hosts, or all ports, that were scanned. */
function scanOf(
  tried: ReadonlyMap<number, { targets: Set<number>; attempts: number; silent: number }>,
): Scan | null {
  const scan: Scan = { keys: new Set(), targets: 0, attempts: 0, silent: 0 };
  const scanned = [...tried]
    .filter(
      ([, { targets, attempts, silent }]) =>
        targets.size >= scanTargetCountMin && silent >= scanSilentShareMin * attempts,
    )
    .toSorted(([, one], [, other]) => other.silent - one.silent);
  for (const [key, { targets, attempts, silent }] of scanned) {
    scan.keys.add(key);
    scan.targets += targets.size;
    scan.attempts += attempts;
    scan.silent += silent;
  }
  return scan.keys.size > 0 ? scan : null;
}
