import { uint16 } from "../../file/bytes.ts";
import { ethernetFields } from "./ethernet-fields.ts";
import type { Frame } from "../frame.ts";
import { dissectIpx } from "../network/ipx.ts";
import { dissectLlc } from "./llc.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";
import {
  fabricPathPayload,
  interSwitchPayload,
  isFabricPath,
  isInterSwitchLink,
} from "./outer-headers.ts";

const headerSizeBytes = 14;
/** IEEE 802.3, 3.2.6: up to it the field is a length. */
const lengthMax = 1_500;
const etherTypeMin = 1_536;

function dissect(frame: Frame, start: number): void {
  let at = start;
  if (isFabricPath(frame, at)) at = fabricPathPayload(frame, at);
  else if (isInterSwitchLink(frame, at)) at = interSwitchPayload(frame, at);
  if (!frame.has(at, headerSizeBytes)) return;
  frame.enter("eth", at);
  if (!frame.inError) frame.analyses.ethernet.add(frame.bytes, at, frame.wireLength);
  dissectTypeOrLength(frame, at + headerSizeBytes, uint16(frame.bytes, at + 12));
}

/** What follows an EtherType that may be an IEEE 802.3 length. */
export function dissectTypeOrLength(frame: Frame, at: number, value: number): void {
  if (value >= etherTypeMin || value === 0) {
    dissectEtherType(frame, at, value);
  } else if (value > lengthMax) {
    frame.data(at);
  } else if (at + 2 <= frame.capturedEnd && uint16(frame.bytes, at) === 0xffff) {
    dissectIpx(frame, at);
  } else {
    frame.limit(at, value);
    dissectLlc(frame, at);
  }
}

export const ethernet: Protocol = {
  name: "eth",
  linkTypes: [1],
  etherTypes: [0x6558],
  dissect,
  fields: ethernetFields,
};
