import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const tagSizeBytes = 6;
const channelSizeBytes = 8;
const checkSizeBytes = 16;
const flag = { channel: 0x20, encrypted: 0x08, changed: 0x04 };
const shortLengthMask = 0x3f;

/** IEEE 802.1AE: a tag, the frame's own type and payload (encrypted or not), and a check value. */
function dissect(frame: Frame, at: number): void {
  const control = frame.bytes[at] ?? 0;
  const size = tagSizeBytes + (control & flag.channel ? channelSizeBytes : 0);
  const next = at + size;
  const short = (frame.bytes[at + 1] ?? 0) & shortLengthMask;
  if (frame.capturedEnd < next + checkSizeBytes) {
    frame.data(at);
    return;
  }
  frame.enter("macsec", at);
  frame.limit(next, short === 0 ? frame.reportedEnd - next - checkSizeBytes : short);
  if (control & (flag.encrypted | flag.changed)) frame.data(next);
  else if (frame.has(next, 2)) dissectEtherType(frame, next + 2, uint16(frame.bytes, next));
}

export const macsec: Protocol = { name: "macsec", etherTypes: [0x88e5], dissect };
