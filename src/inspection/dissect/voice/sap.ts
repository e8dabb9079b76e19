import { expectMedia } from "./sdp.ts";
import { textOf } from "../text.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const flag = { ipv6: 0x10, hidden: 0x03 };
const payloadSizeMax = 65_536;
const description = /^(?:application\/sdp\0)?(v=[\s\S]*)$/;

/** RFC 2974: who announces a session, then its description. */
export const sap: Protocol = {
  name: "sap",
  udpPorts: [9875],
  dissect(frame, at) {
    frame.enter("sap", at);
    if (!frame.has(at, headerSizeBytes)) return;
    const { bytes, capturedEnd } = frame;
    const first = bytes[at] ?? 0;
    const source = first & flag.ipv6 ? 16 : 4;
    const next = at + headerSizeBytes + source + (bytes[at + 1] ?? 0) * 4;
    if (first & flag.hidden || next >= capturedEnd) return;
    const text = textOf(bytes, next, Math.min(capturedEnd, next + payloadSizeMax));
    const session = description.exec(text)?.[1];
    if (session === undefined) return;
    frame.enter("sdp", next);
    expectMedia(frame, session);
  },
};
