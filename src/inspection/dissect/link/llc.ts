import { uint16, uint24 } from "../../file/bytes.ts";
import type { Dissector, Frame } from "../frame.ts";
import { dissectIpx } from "../network/ipx.ts";
import { dissectDdp } from "../network/appletalk.ts";
import { dissectNlpid } from "./nlpid.ts";
import { dissectEtherType } from "../registry.ts";

const snapHeaderSizeBytes = 5;
const snapSap = 0xaa;
const transparentEthernet = 0x6558;
const unnumbered = { information: 0x03, exchangeId: 0xaf, mask: 0xef };

const named =
  (name: string): Dissector =>
  (frame, at) => {
    frame.enter(name, at);
    if (frame.capturedEnd < frame.reportedEnd) frame.enter("_ws.short");
  };

/** Has a header that is shown, and contents that are not. */
const namedWithData =
  (name: string, headerSizeBytes: number): Dissector =>
  (frame, at) => {
    frame.enter(name, at);
    if (frame.has(at, headerSizeBytes)) frame.data(at + headerSizeBytes);
  };

/** Destination service access points (IEEE 802.2, and vendors' own). */
const servicePoints: ReadonlyMap<number, Dissector> = new Map<number, Dissector>([
  ...[0x04, 0x08, 0x0c, 0x40, 0xc8].map((sap) => [sap, namedWithData("sna", 2)] as const),
  [0x06, (frame, at) => dissectEtherType(frame, at, 0x0800)],
  [0x10, dissectIpx],
  [0xe0, dissectIpx],
  [0x14, dissectNlpid],
  [0x20, dissectNlpid],
  [0x34, dissectNlpid],
  [0x54, dissectNlpid],
  [0xfe, dissectNlpid],
  [0x42, named("stp")],
  [0x7e, named("x25")],
  [0x80, named("3comxns")],
  [0x82, dissectBacnet],
  [0xbc, named("vines_llc")],
  [0xf0, named("netbios")],
  [0xf8, dissectHpExtended],
  [0xfc, named("rpl")],
]);

/** IEEE 802.2 logical link control, with the SNAP extension. */
export function dissectLlc(frame: Frame, at: number): void {
  frame.enter("llc", at);
  if (!frame.has(at, 3)) return;
  const { bytes } = frame;
  const destination = bytes[at] ?? 0;
  const control = bytes[at + 2] ?? 0;
  const isUnnumbered = (control & 3) === 3;
  const next = at + (isUnnumbered ? 3 : 4);
  const isInformation =
    (control & 1) === 0 || (control & unnumbered.mask) === unnumbered.information;
  if (destination === snapSap && bytes[at + 1] === snapSap) dissectSnap(frame, next);
  else if (next >= frame.reportedEnd) return;
  else if (isInformation) (servicePoints.get(destination) ?? dissectRest)(frame, next);
  else if ((control & unnumbered.mask) !== unnumbered.exchangeId) frame.data(next);
  else if (!isBasicExchange(frame, next)) frame.data(next);
}

function dissectRest(frame: Frame, at: number): void {
  frame.data(at);
}

/** The basic format of an exchange of identities belongs to LLC itself. */
function isBasicExchange({ bytes }: Frame, at: number): boolean {
  return bytes[at] === 0x81;
}

/** Protocols that a vendor numbers for itself, by its organization and number. */
const vendorProtocols: ReadonlyMap<number, Dissector> = new Map<number, Dissector>([
  [vendorKey(0x00000c, 0x0104), named("pagp")],
  [vendorKey(0x00000c, 0x0108), named("stp")],
  [vendorKey(0x00000c, 0x0109), named("stp")],
  [vendorKey(0x00000c, 0x010b), named("stp")],
  [vendorKey(0x00000c, 0x010c), named("stp")],
  [vendorKey(0x00000c, 0x0111), named("udld")],
  [vendorKey(0x00000c, 0x0139), named("mcp")],
  [vendorKey(0x00000c, 0x2000), named("cdp")],
  [vendorKey(0x00000c, 0x2001), named("cgmp")],
  [vendorKey(0x00000c, 0x2003), named("vtp")],
  [vendorKey(0x00000c, 0x2004), named("dtp")],
  [vendorKey(0x000081, 0x01a1), named("ndp")],
  [vendorKey(0x000081, 0x01a2), named("ndp")],
  [vendorKey(0x0001e8, 0x0111), named("fefd")],
  [vendorKey(0x001958, 0x0001), named("btl2cap")],
  [vendorKey(0x001958, 0x0003), (frame, at) => dissectEtherType(frame, at, 0x888e)],
  [vendorKey(0x004096, 0x0000), named("wlccp")],
  [vendorKey(0x00e02b, 0x00bb), named("edp")],
  [vendorKey(0x00e052, 0x2000), named("fdp")],
  [vendorKey(0x0017f2, 0x0800), named("awdl_data")],
  [vendorKey(0x080007, 0x809b), dissectDdp],
  [vendorKey(0x080009, 0x0002), named("hpteam")],
  // RFC 2427, C: bridged frames, with and without their check sequence.
  [vendorKey(0x0080c2, 0x0001), (frame, at) => dissectEtherType(frame, at, transparentEthernet)],
  [vendorKey(0x0080c2, 0x0007), (frame, at) => dissectEtherType(frame, at, transparentEthernet)],
  [vendorKey(0x0080c2, 0x000e), named("stp")],
  [vendorKey(0x00005e, 0x0003), named("nhrp")],
]);

function vendorKey(organization: number, protocol: number): number {
  return organization * 65_536 + protocol;
}

function dissectSnap(frame: Frame, at: number): void {
  if (!frame.has(at, snapHeaderSizeBytes)) return;
  dissectSnapBody(frame, at);
}

/** Organization and protocol, then what they say; with no organization it is an EtherType. */
export function dissectSnapBody(frame: Frame, at: number): void {
  const organization = uint24(frame.bytes, at);
  const type = uint16(frame.bytes, at + 3);
  const next = at + snapHeaderSizeBytes;
  const vendor = vendorProtocols.get(vendorKey(organization, type));
  if (organization === 0 || organization === 0xf8) dissectEtherType(frame, next, type);
  else if (next >= frame.reportedEnd) return;
  else (vendor ?? dissectRest)(frame, next);
}

/** ASHRAE 135, 6.2: a network layer with optional addresses, then a message of one of the two. */
export function dissectBacnet(frame: Frame, at: number): void {
  frame.enter("bacnet", at);
  if (!frame.has(at, 2)) return;
  const { bytes } = frame;
  const control = bytes[at + 1] ?? 0;
  let next = at + 2;
  if (control & 0x20) next += 3 + (bytes[next + 2] ?? 0);
  if (control & 0x08) next += 3 + (bytes[next + 2] ?? 0);
  if (control & 0x20) next += 1;
  if (!(control & 0x80) && next < frame.capturedEnd) frame.enter("bacapp", next);
}

const hpHeaderSizeBytes = 7;
const hpProtocols = new Map([
  [0x0608, "rmp"],
  [0x0609, "rmp"],
  [0x0623, "hpsw"],
  [0x165a, "snmp"],
]);

/** Hewlett-Packard's extension: the destination's own access point on two bytes. */
function dissectHpExtended(frame: Frame, at: number): void {
  frame.enter("hpext", at);
  if (!frame.has(at, hpHeaderSizeBytes)) return;
  const name = hpProtocols.get(uint16(frame.bytes, at + 3));
  if (name === undefined) frame.data(at + hpHeaderSizeBytes);
  else frame.enter(name, at + hpHeaderSizeBytes);
}
