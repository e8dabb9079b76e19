import { dissectTypeOrLength } from "./ethernet.ts";
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectWlan } from "./wlan.ts";
import type { Protocol } from "../registry.ts";

const preambleMask = 0x0f;
const encrypted = 1;
const encryptedHeaderSizeBytes = 4;
const headerSizeMin = 8;
const nativeFrame = 0x01;
const fragment = 0x80;
const ethernetHeaderSizeBytes = 14;

/** RFC 5415, 4.2: a preamble says whether DTLS is behind it; true when it was, or the header is cut. */
function enterHeader(frame: Frame, at: number, name: string): boolean {
  frame.enter(name, at);
  if (!frame.has(at, 1)) return false;
  if (((frame.bytes[at] ?? 0) & preambleMask) === encrypted) {
    frame.enter("dtls", at + encryptedHeaderSizeBytes);
    return false;
  }
  return frame.has(at, headerSizeMin);
}

const headerSize = ({ bytes }: Frame, at: number): number => ((bytes[at + 1] ?? 0) >> 3) * 4;

/** RFC 5415: what access points and their controller say. */
export const capwapControl: Protocol = {
  name: "capwap",
  udpPorts: [5246],
  dissect: (frame, at) => void enterHeader(frame, at, "capwap"),
};

/** RFC 5415: the stations' frames, of 802.11 (with its control bytes swapped, as Cisco does) or of 802.3. */
export const capwapData: Protocol = {
  name: "capwap.data",
  udpPorts: [5247],
  dissect(frame, at) {
    if (!enterHeader(frame, at, "capwap.data")) return;
    const { bytes } = frame;
    const next = at + headerSize(frame, at);
    if (next >= frame.reportedEnd || !frame.has(next, 1)) return;
    if ((bytes[at + 3] ?? 0) & fragment) frame.data(next);
    else if ((bytes[at + 2] ?? 0) & nativeFrame) dissectWlan(frame, next, true);
    else dissectFrame(frame, next);
  },
};

function dissectFrame(frame: Frame, at: number): void {
  frame.enter("eth", at);
  if (frame.has(at, ethernetHeaderSizeBytes))
    dissectTypeOrLength(frame, at + ethernetHeaderSizeBytes, uint16(frame.bytes, at + 12));
}
