import { leaf } from "../leaf.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const shortHeaderSizeBytes = 5;
const longHeaderSizeBytes = 13;
/** Types of datagrams (Inside AppleTalk, 4). */
const types = new Map([
  [1, "rtmp"],
  [2, "nbp"],
  [3, "atp"],
  [5, "rtmp"],
  [6, "zip"],
  [88, "eigrp"],
]);

/** AppleTalk's datagrams with network numbers (Inside AppleTalk, 4). */
export function dissectDdp(frame: Frame, at: number): void {
  dissectDatagram(frame, at, longHeaderSizeBytes);
}

function dissectDatagram(frame: Frame, at: number, headerSizeBytes: number): void {
  frame.enter("ddp", at);
  if (!frame.has(at, headerSizeBytes)) return;
  const next = at + headerSizeBytes;
  const name = types.get(frame.bytes[next - 1] ?? 0);
  if (next >= frame.reportedEnd) return;
  if (name === undefined) frame.data(next);
  else frame.enter(name, next);
}

export const ddp: Protocol = { name: "ddp", etherTypes: [0x809b], dissect: dissectDdp };

/** LocalTalk's link layer: two nodes and a type, which says how long the datagram's header is. */
export const llap: Protocol = {
  name: "llap",
  linkTypes: [114],
  dissect(frame, at) {
    frame.enter("llap", at);
    if (!frame.has(at, 3)) return;
    const type = frame.bytes[at + 2] ?? 0;
    if (type === 1) dissectDatagram(frame, at + 3, shortHeaderSizeBytes);
    else if (type === 2) dissectDdp(frame, at + 3);
    else frame.data(at + 3);
  },
};

/** AppleTalk's address resolution. */
export const aarp = leaf("aarp", { etherTypes: [0x80f3] });
