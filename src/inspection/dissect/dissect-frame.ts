import type { Frame } from "./frame.ts";
import { dissectLinkType } from "./protocols.ts";

/** Dissects one packet, which begins at `at`, and counts it into every analysis. */
export function dissectFrame(frame: Frame, at: number, linkType: number): void {
  dissectLinkType(frame, at, linkType);
  const { analyses } = frame;
  analyses.hierarchy.add(frame.path, frame.depth, frame.wireLength);
  analyses.traffic.add(frame);
  analyses.ipTraffic.finish(frame);
}
