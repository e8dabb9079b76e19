import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectIpx } from "../network/ipx.ts";
import { dissectLlc } from "./llc.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 16;
const header2SizeBytes = 20;
/** Linux's own protocol numbers (if_ether.h). */
const novellRaw = 1;
const llc = 4;

function dissectProtocol(frame: Frame, at: number, protocol: number): void {
  if (protocol === novellRaw) dissectIpx(frame, at);
  else if (protocol === llc) dissectLlc(frame, at);
  else dissectEtherType(frame, at, protocol);
}

/** Linux "cooked" capture, as from the device `any`. */
export const linuxCooked: Protocol = {
  name: "sll",
  linkTypes: [113],
  dissect(frame: Frame, at: number): void {
    frame.enter("sll", at);
    if (!frame.has(at, headerSizeBytes)) return;
    dissectProtocol(frame, at + headerSizeBytes, uint16(frame.bytes, at + 14));
  },
};

/** Its second version, which holds the interface's index. */
export const linuxCooked2: Protocol = {
  name: "sll2",
  linkTypes: [276],
  dissect(frame: Frame, at: number): void {
    frame.enter("sll", at);
    if (!frame.has(at, header2SizeBytes)) return;
    dissectProtocol(frame, at + header2SizeBytes, uint16(frame.bytes, at));
  },
};
