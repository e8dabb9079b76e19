import type { Protocol } from "../registry.ts";

const fullFrame = 0x80;
const miniHeaderSizeBytes = 4;

/** RFC 5456, 8.1: full frames have a header of their own; the others carry nothing but sound. */
export const iax2: Protocol = {
  name: "iax2",
  udpPorts: [4569],
  dissect(frame, at) {
    frame.enter("iax2", at);
    if (((frame.bytes[at] ?? 0) & fullFrame) === 0) frame.data(at + miniHeaderSizeBytes);
  },
};
