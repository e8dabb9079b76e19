import { plainAddress, visible } from "../../summary/safe-text.ts";
import { formatShare, plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import { isLossy, type Path, type Way } from "../tallies.ts";
import { lossFactorMin } from "../thresholds.ts";

const resentOf = (path: Path): number => path.out.resentAfter + path.in.resentAfter;

/** Segments sent again to or from some peers, much more often than before. */
export function loss(scene: Scene): Candidate | null {
  const { tallies } = scene;
  const lossy = [...tallies.paths.values()]
    .filter((path) => [path.out, path.in].some((way) => isLossy(way) && isWorse(way)))
    .toSorted((one, other) => resentOf(other) - resentOf(one));
  const [worst] = lossy;
  if (!worst) return null;
  const remotes = new Set(lossy.map(({ remote }) => remote));
  const address = visible(scene.text(worst.remote));
  const plain = plainAddress(address);
  const way = worst.out.resentAfter >= worst.in.resentAfter ? worst.out : worst.in;
  const share = formatShare(way.resentAfter, way.packetsAfter);
  const others = lossy.length - 1;
  return {
    kind: "loss",
    confidence: {
      level: "likely",
      reason: "segments with data were sent again, and the connections went on",
    },
    matches: (flow) => flow.transport === "tcp" && flow.hasData && remotes.has(flow.remote),
    title: `packet loss ${directionOf(worst, address)}`,
    says: `Packets are lost ${directionOf(worst, address)}: ${plural(way.resentAfter, "segment")} sent again, ${share} of those that went that way (${formatShare(way.resentBefore, way.packetsBefore)} before)${others > 0 ? `, and with ${plural(others, "other peer")}` : ""}.`,
    facts: {
      peer: address,
      sentAgainByHost: worst.out.resentAfter,
      sentAgainByPeer: worst.in.resentAfter,
      segments: worst.out.packetsAfter + worst.in.packetsAfter,
      lossyPeers: lossy.length,
    },
    displayFilter:
      plain &&
      `tcp.analysis.retransmission and ${plain.includes(":") ? "ipv6" : "ip"}.addr == ${plain}`,
  };
}

function isWorse({ packetsBefore, resentBefore, packetsAfter, resentAfter }: Way): boolean {
  if (packetsBefore === 0) return true;
  return resentAfter / packetsAfter >= lossFactorMin * (resentBefore / packetsBefore);
}

/** Who sends again lost what it sent, or the acknowledgement of it. */
function directionOf(path: Path, address: string): string {
  const [resentOut, resentIn] = [path.out.resentAfter, path.in.resentAfter];
  if (resentOut >= 2 * resentIn) return `on the way to ${address}`;
  if (resentIn >= 2 * resentOut) return `on the way from ${address}`;
  return `on both ways between this host and ${address}`;
}
