import type { Frame } from "./frame.ts";
import { dissectLinkType } from "./lower-protocols.ts";

/** Dissects one packet, which begins at `at`, and counts it into every analysis. */
export function dissectFrame(frame: Frame, at: number, linkType: number): void {
  dissectLinkType(frame, at, linkType);
  countDissected(frame);
}

/** Counts a frame into the analyses that look at what all of it was found to be. */
export function countDissected(frame: Frame): void {
  const { analyses } = frame;
  if (frame.commented) addCommented(frame);
  else analyses.hierarchy.add(frame.path, frame.depth, frame.wireLength);
  analyses.traffic.add(frame);
  analyses.ipTraffic.finish(frame);
}

/** tshark shows a packet's comment above the frame, and everything else below it. */
function addCommented({ analyses, path, depth, wireLength }: Frame): void {
  const below = ["pkt_comment", "frame", ...path.slice(0, depth)];
  analyses.hierarchy.add(below, below.length, wireLength);
}
