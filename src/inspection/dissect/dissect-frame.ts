import type { Frame } from "./frame.ts";
import { dissectLinkType } from "./protocols.ts";

/** Dissects one packet, which begins at `at`, and counts it into every analysis. */
export function dissectFrame(frame: Frame, at: number, linkType: number): void {
  dissectLinkType(frame, at, linkType);
  const { analyses, ends } = frame;
  analyses.hierarchy.add(frame.path, frame.depth, frame.wireLength);
  analyses.traffic.add(frame);
  if (ends.destination < 0) return;
  const port = frame.portType === 0 ? 0 : ends.destinationPort;
  for (let count = 0; count < frame.ipv4Headers; count++)
    analyses.destinations4.add(ends.destination, frame.portType, port);
  for (let count = 0; count < frame.ipv6Headers; count++)
    analyses.destinations6.add(ends.destination, frame.portType, port);
}
