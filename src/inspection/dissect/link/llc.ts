import { uint16, uint24 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType } from "../registry.ts";

const snapHeaderSizeBytes = 5;
const spanningTree = 0x42;
const snap = 0xaa;
const ip = 0x06;
const nullSap = 0x00;
const osiNetwork = 0xfe;
const cisco = 0x00000c;
/** Protocols that Cisco numbers for itself. */
const ciscoProtocols = new Map([
  [0x2000, "cdp"],
  [0x2003, "vtp"],
  [0x2004, "dtp"],
  [0x010b, "stp"],
  [0x0111, "udld"],
]);
const interiorRouting = 0x83;
/** ISO 10589, 9: types of IS-IS packets. */
const isisTypes = new Map([
  [15, "isis.hello"],
  [16, "isis.hello"],
  [17, "isis.hello"],
  [18, "isis.lsp"],
  [20, "isis.lsp"],
  [24, "isis.csnp"],
  [25, "isis.csnp"],
  [26, "isis.psnp"],
  [27, "isis.psnp"],
]);

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
  } else if (destination === osiNetwork) {
    dissectOsi(frame, next);
  } else if (destination !== nullSap || next < frame.capturedEnd) {
    frame.data(next);
  }
}

function dissectSnap(frame: Frame, at: number): void {
  if (!frame.has(at, snapHeaderSizeBytes)) return;
  const organization = uint24(frame.bytes, at);
  const next = at + snapHeaderSizeBytes;
  const type = uint16(frame.bytes, at + 3);
  const own = organization === cisco ? ciscoProtocols.get(type) : undefined;
  if (organization === 0 || organization === 0xf8) dissectEtherType(frame, next, type);
  else if (own !== undefined) frame.enter(own);
  else frame.data(next);
}

/** The first byte is the network layer protocol's (ISO/IEC TR 9577); of these IS-IS is told. */
function dissectOsi(frame: Frame, at: number): void {
  if (!frame.has(at, 5) || frame.bytes[at] !== interiorRouting) {
    frame.data(at);
    return;
  }
  frame.enter("isis");
  const type = isisTypes.get((frame.bytes[at + 4] ?? 0) & 0x1f);
  if (type !== undefined) frame.enter(type);
}
