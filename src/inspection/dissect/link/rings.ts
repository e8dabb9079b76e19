// Links of LLC that go round in rings.
import type { Frame } from "../frame.ts";
import { dissectLlc } from "./llc.ts";
import type { Protocol } from "../registry.ts";

const tokenRingHeaderSizeBytes = 14;
const hasRoute = 0x80;
const routeSizeMask = 0x1f;
const frameTypeShift = 6;
const logicalLink = 1;

/** IEEE 802.5: access and frame control, addresses, and the route when the sender's first bit says so. */
function dissectTokenRing(frame: Frame, at: number): void {
  frame.enter("tr", at);
  if (!frame.has(at, tokenRingHeaderSizeBytes)) return;
  const { bytes } = frame;
  const type = (bytes[at + 1] ?? 0) >> frameTypeShift;
  const routed = ((bytes[at + 8] ?? 0) & hasRoute) !== 0;
  const next = at + tokenRingHeaderSizeBytes;
  if (routed && !frame.has(next, 2)) return;
  const route = routed ? (bytes[next] ?? 0) & routeSizeMask : 0;
  if (type === 0) frame.enter("trmac", next + route);
  else if (type === logicalLink) dissectLlc(frame, next + route);
  else frame.data(next + route);
}

export const tokenRing: Protocol = { name: "tr", linkTypes: [6], dissect: dissectTokenRing };

const fddiHeaderSizeBytes = 13;

/** ANSI X3.139: frame control, and addresses in the ring's order of bits. */
export const fddi: Protocol = {
  name: "fddi",
  linkTypes: [10],
  dissect(frame, at) {
    frame.enter("fddi", at);
    if (!frame.has(at, fddiHeaderSizeBytes)) return;
    const control = frame.bytes[at] ?? 0;
    if ((control & 0xf0) === 0x50) dissectLlc(frame, at + fddiHeaderSizeBytes);
    else frame.data(at + fddiHeaderSizeBytes);
  },
};
