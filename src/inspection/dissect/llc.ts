import { uint16, uint24 } from "../file/bytes.ts";
import type { Frame } from "./frame.ts";
import { dissectEtherType } from "./registry.ts";

const snapHeaderSizeBytes = 5;
const spanningTree = 0x42;
const snap = 0xaa;
const ip = 0x06;
const nullSap = 0x00;

/** IEEE 802.2 logical link control, with the SNAP extension. */
export function dissectLlc(frame: Frame, at: number): void {
  frame.enter("llc");
  if (!frame.has(at, 3)) return;
  const { bytes } = frame;
  const destination = bytes[at] ?? 0;
  const isUnnumbered = ((bytes[at + 2] ?? 0) & 3) === 3;
  const next = at + (isUnnumbered ? 3 : 4);
  if (destination === snap && bytes[at + 1] === snap) {
    dissectSnap(frame, next);
  } else if (destination === spanningTree) {
    frame.enter("stp");
  } else if (destination === ip) {
    dissectEtherType(frame, next, 0x0800);
  } else if (destination !== nullSap || next < frame.capturedEnd) {
    frame.data(next);
  }
}

function dissectSnap(frame: Frame, at: number): void {
  if (!frame.has(at, snapHeaderSizeBytes)) return;
  const organization = uint24(frame.bytes, at);
  const next = at + snapHeaderSizeBytes;
  if (organization === 0 || organization === 0xf8)
    dissectEtherType(frame, next, uint16(frame.bytes, at + 3));
  else frame.data(next);
}
