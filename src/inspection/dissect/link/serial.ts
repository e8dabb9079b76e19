// Buses and serial lines of building control and of telephone exchanges.
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectBacnet } from "./llc.ts";
import { dissectMtp3 } from "../voice/signalling.ts";
import type { Protocol } from "../registry.ts";

const mstpHeaderSizeBytes = 8;
const mstpLengthOffset = 5;
const mstpData: ReadonlySet<number> = new Set([5, 6]);

/** ASHRAE 135, 9: BACnet on a serial line. */
export const mstp: Protocol = {
  name: "mstp",
  linkTypes: [165],
  dissect(frame, at) {
    frame.enter("mstp", at);
    if (!frame.has(at, mstpHeaderSizeBytes)) return;
    const size = uint16(frame.bytes, at + mstpLengthOffset);
    const next = at + mstpHeaderSizeBytes;
    if (size === 0) return;
    frame.limit(next, size);
    if (mstpData.has(frame.bytes[at + 2] ?? 0)) dissectBacnet(frame, next);
    else frame.data(next);
  },
};

const mtp2HeaderSizeBytes = 3;
const pseudoHeaderSizeBytes = 4;
const lengthMask = 0x3f;

/** ITU-T Q.703: a length of 0 is a fill-in, 1 and 2 are the link's status, more is a message. */
function dissectMtp2(frame: Frame, at: number): void {
  frame.enter("mtp2", at);
  if (!frame.has(at, mtp2HeaderSizeBytes)) return;
  if (((frame.bytes[at + 2] ?? 0) & lengthMask) > 2) dissectMtp3(frame, at + mtp2HeaderSizeBytes);
}

export const mtp2: Protocol = { name: "mtp2", linkTypes: [140], dissect: dissectMtp2 };

/** With what the card said of it before. */
export const mtp2WithHeader: Protocol = {
  name: "mtp2",
  linkTypes: [139],
  dissect: (frame, at) => dissectMtp2(frame, at + pseudoHeaderSizeBytes),
};
