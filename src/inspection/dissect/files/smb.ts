import { uint32, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const nbssHeaderSizeBytes = 4;
const smb2HeaderSizeBytes = 64;
const nextCommandOffset = 20;
const compoundCountMax = 64;
const sessionMessage = 0;
/** The last three letters of each signature are the same. */
const smb1 = 0xff534d42;
const smb2 = 0xfe534d42;
const smb2Transform = 0xfd534d42;
const knownTypes = new Set([0x00, 0x81, 0x82, 0x83, 0x84, 0x85]);

function enter(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("nbss");
  if (bytes[at] !== sessionMessage || end - at < nbssHeaderSizeBytes + 4) return;
  const start = at + nbssHeaderSizeBytes;
  const signature = uint32(bytes, start);
  if (signature === smb1) frame.enter("smb");
  else if (signature === smb2Transform) frame.enter("smb2");
  else if (signature === smb2) enterCompound(frame, bytes, start, end);
}

/** MS-SMB2, 2.2.1: each header says where the next one begins. */
function enterCompound(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  for (let count = 0; count < compoundCountMax; count++) {
    frame.enter("smb2");
    const next =
      at + smb2HeaderSizeBytes <= end ? uint32In(bytes, at + nextCommandOffset, true) : 0;
    if (next === 0 || at + next + 4 > end || uint32(bytes, at + next) !== smb2) return;
    at += next;
  }
}

/** RFC 1002, 4.3.1, and the same header over TCP alone: a type and a length, then SMB. */
export const nbss: Protocol = {
  name: "nbss",
  tcpPorts: [139, 445],
  stream: pduStream({
    name: "nbss",
    headerSizeBytes: nbssHeaderSizeBytes,
    size(bytes, at, end) {
      if (!knownTypes.has(bytes[at] ?? 0)) return end - at;
      return (uint32(bytes, at) & 0xffffff) + nbssHeaderSizeBytes;
    },
    enter,
  }),
};

const datagramHeaderSizeBytes = 14;
const encodedNameSizeBytes = 34;
const decoder = new TextDecoder("latin1");

/** RFC 1002, 4.4: two names, then SMB, which in datagrams writes to a mailslot. */
export const nbdgm: Protocol = {
  name: "nbdgm",
  udpPorts: [138],
  dissect(frame, at) {
    frame.enter("nbdgm");
    enterMailslotMessage(frame, at + datagramHeaderSizeBytes + 2 * encodedNameSizeBytes);
  },
};

/** SMB in a datagram, of any network: it writes to a mailslot. */
export function enterMailslotMessage(frame: Frame, at: number): void {
  if (at + 4 > frame.capturedEnd || uint32(frame.bytes, at) !== smb1) return;
  frame.enter("smb");
  const text = decoder.decode(frame.bytes.subarray(at, frame.capturedEnd));
  if (!text.includes("\\MAILSLOT\\")) return;
  frame.enter("mailslot");
  if (text.includes("\\MAILSLOT\\BROWSE")) frame.enter("browser");
}
