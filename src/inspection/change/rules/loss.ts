import { plainAddress, visible } from "../../summary/safe-text.ts";
import { formatShare, plural } from "../../summary/units.ts";
import type { Candidate, Scene } from "../scene.ts";
import { isLossy, type Path } from "../tallies.ts";
import { lossFactorMin } from "../thresholds.ts";

const resentOf = ({ resentOut, resentIn }: Path): number => resentOut + resentIn;

/** Segments sent again to or from some peers, much more often than before. */
export function loss(scene: Scene): Candidate | null {
  const { tallies } = scene;
  const lossy = [...tallies.paths.values()]
    .filter((path) => isLossy(path) && isWorse(path))
    .toSorted((one, other) => resentOf(other) - resentOf(one));
  const [worst] = lossy;
  if (!worst) return null;
  const remotes = new Set(lossy.map(({ remote }) => remote));
  const address = visible(scene.text(worst.remote));
  const plain = plainAddress(address);
  const resent = resentOf(worst);
  const share = formatShare(resent, worst.packetsAfter);
  const others = lossy.length - 1;
  return {
    kind: "loss",
    confidence: {
      level: "likely",
      reason: "segments with data were sent again, and the connections went on",
    },
    matches: (flow) => flow.transport === "tcp" && flow.hasData && remotes.has(flow.remote),
    says: `Packets are lost ${directionOf(worst, address)}: ${plural(resent, "segment")} sent again, ${share} of all (${formatShare(worst.resentBefore, worst.packetsBefore)} before)${others > 0 ? `, and with ${plural(others, "other peer")}` : ""}.`,
    facts: {
      peer: address,
      sentAgainByHost: worst.resentOut,
      sentAgainByPeer: worst.resentIn,
      segments: worst.packetsAfter,
      lossyPeers: lossy.length,
    },
    displayFilter:
      plain &&
      `tcp.analysis.retransmission and ${plain.includes(":") ? "ipv6" : "ip"}.addr == ${plain}`,
  };
}

function isWorse(path: Path): boolean {
  if (path.packetsBefore === 0) return true;
  const before = path.resentBefore / path.packetsBefore;
  return resentOf(path) / path.packetsAfter >= lossFactorMin * before;
}

/** Who sends again lost what it sent, or the acknowledgement of it. */
function directionOf({ resentOut, resentIn }: Path, address: string): string {
  if (resentOut >= 2 * resentIn) return `on the way to ${address}`;
  if (resentIn >= 2 * resentOut) return `on the way from ${address}`;
  return `on both ways between this host and ${address}`;
}
