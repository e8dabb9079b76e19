import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const entrySizeBytes = 4;
const controlWordSizeBytes = 4;
const entryCountMax = 32;
const bottomOfStack = 0x100;
const transparentEthernet = 0x6558;

/** RFC 3032: a stack of labels; what is below them shows itself by its first four bits (RFC 4928). */
function dissect(frame: Frame, start: number): void {
  let at = start;
  for (let count = 0; count < entryCountMax; count++) {
    frame.enter("mpls", at);
    if (!frame.has(at, entrySizeBytes)) return;
    const isBottom = (uint32(frame.bytes, at) & bottomOfStack) !== 0;
    at += entrySizeBytes;
    if (isBottom) break;
  }
  if (!frame.has(at, 1)) return;
  const first = (frame.bytes[at] ?? 0) >> 4;
  if (first === 4) dissectEtherType(frame, at, 0x0800);
  else if (first === 6) dissectEtherType(frame, at, 0x86dd);
  else if (first === 0) dissectPseudowire(frame, at);
  else frame.data(at);
}

/** RFC 4448: Ethernet behind a control word. */
function dissectPseudowire(frame: Frame, at: number): void {
  frame.enter("pweth.cw", at);
  frame.enter("pwethcw", at);
  if (frame.has(at, controlWordSizeBytes))
    dissectEtherType(frame, at + controlWordSizeBytes, transparentEthernet);
}

export const mpls: Protocol = { name: "mpls", etherTypes: [0x8847, 0x8848], dissect };
