import { uint16, uint24 } from "../../file/bytes.ts";
import type { Dissector, Frame } from "../frame.ts";
import { dissectFrameRelay } from "./frame-relay.ts";
import { dissectPpp } from "./ppp.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const magic = 0x4d4743;
const headerSizeBytes = 4;
const flag = { extensions: 0x80, noLinkLayer: 0x02 };
const networkHeaderSizeBytes = 4;

/** Juniper's routers: a mark, flags, extensions, then the link layer; tshark shows the header as text. */
function dissect(frame: Frame, at: number, dissectLink: Dissector): void {
  frame.enter("text", at);
  if (!frame.has(at, headerSizeBytes) || uint24(frame.bytes, at) !== magic) return;
  const flags = frame.bytes[at + 3] ?? 0;
  let next = at + headerSizeBytes;
  if (flags & flag.extensions) next += 2 + uint16(frame.bytes, next);
  if (!frame.has(at, next - at)) return;
  if (flags & flag.noLinkLayer) dissectVersion(frame, next + networkHeaderSizeBytes);
  else dissectLink(frame, next);
}

function dissectVersion(frame: Frame, at: number): void {
  const version = (frame.bytes[at] ?? 0) >> 4;
  if (version === 4) dissectEtherType(frame, at, 0x0800);
  else if (version === 6) dissectEtherType(frame, at, 0x86dd);
  else frame.data(at);
}

function link(linkType: number, dissectLink: Dissector): Protocol {
  return {
    name: "juniper",
    linkTypes: [linkType],
    dissect: (frame, at) => dissect(frame, at, dissectLink),
  };
}

export const juniperLinks: readonly Protocol[] = [
  link(178, (frame, at) => dissectEtherType(frame, at, 0x6558)),
  link(179, dissectPpp),
  link(180, dissectFrameRelay),
];
