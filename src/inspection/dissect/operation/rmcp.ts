import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const version = 6;
const classMask = 0x0f;
const messageClass = { asf: 6, ipmi: 7 };
const acknowledgement = 0x80;
const sessionAuthenticated = 6;

/** DMTF ASF, 3.2: remote management; of IPMI its session, and what is in it as far as tshark names it. */
export const rmcp: Protocol = {
  name: "rmcp",
  udpPorts: [623],
  acceptsDatagram({ bytes, capturedEnd }, at) {
    const kind = (bytes[at + 3] ?? 0) & classMask;
    return capturedEnd - at >= headerSizeBytes && bytes[at] === version && kind >= messageClass.asf;
  },
  dissect(frame, at) {
    frame.enter("rmcp", at);
    const { bytes } = frame;
    const kind = bytes[at + 3] ?? 0;
    const next = at + headerSizeBytes;
    if (kind & acknowledgement) return;
    if (kind === messageClass.asf) frame.enter("asf", next);
    else if (kind === messageClass.ipmi) {
      frame.enter("ipmi_session", next);
      if (bytes[next] === sessionAuthenticated) return;
      frame.enter("ipmb", next);
      frame.data(next + 10);
    }
  },
};
