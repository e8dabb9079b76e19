import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { enterMailslotMessage } from "../files/netbios.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 30;
const netBiosHeaderSizeBytes = 34;
const nameQueryHeaderSizeBytes = 68;
const spxHeaderSizeBytes = 12;
const packetType = { spx: 5, ncp: 17 };
const nameQuerySocket = 0x0551;

/** Sockets that Novell gave to protocols. */
const sockets = new Map([
  [0x0451, "ncp"],
  [0x0452, "ipxsap"],
  [0x0453, "ipxrip"],
  [0x0455, "nbipx"],
  [0x0457, "nw_serial"],
  [0x0550, "smb"],
  [0x0551, "nmpi"],
  [0x0552, "smb"],
  [0x0553, "nmpi"],
  [0x0554, "smb"],
  [0x4001, "ipxmsg"],
  [0x4003, "ipxmsg"],
  [0x85be, "eigrp"],
  [0x9001, "nlsp"],
  [0x9004, "ipxwan"],
  [0x900f, "snmp"],
  [0x9010, "snmp"],
]);

/** Novell's network layer: the lower socket's protocol first, then the packet type's. */
export function dissectIpx(frame: Frame, at: number): void {
  frame.enter("ipx", at);
  if (!frame.has(at, headerSizeBytes)) return;
  const { bytes } = frame;
  frame.limit(at, uint16(bytes, at + 2));
  const next = at + headerSizeBytes;
  if (next >= frame.reportedEnd) return;
  const destination = uint16(bytes, at + 16);
  const source = uint16(bytes, at + 28);
  const name =
    sockets.get(Math.min(destination, source)) ?? sockets.get(Math.max(destination, source));
  const type = bytes[at + 5] ?? 0;
  if (name !== undefined) enterProtocol(frame, next, name, destination);
  else if (type === packetType.spx) dissectSpx(frame, next);
  else if (type === packetType.ncp) frame.enter("ncp", next);
  else frame.data(next);
}

function enterProtocol(frame: Frame, at: number, name: string, destination: number): void {
  frame.enter(name, at);
  if (name === "nbipx") enterMailslotMessage(frame, at + netBiosHeaderSizeBytes);
  if (name === "nmpi" && destination !== nameQuerySocket)
    enterMailslotMessage(frame, at + nameQueryHeaderSizeBytes);
}

/** Novell's sequenced packets. */
function dissectSpx(frame: Frame, at: number): void {
  frame.enter("spx", at);
  if (frame.has(at, spxHeaderSizeBytes)) frame.data(at + spxHeaderSizeBytes);
}

export const ipx: Protocol = {
  name: "ipx",
  etherTypes: [0x8137],
  udpPorts: [213],
  dissect: dissectIpx,
};
