import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";
import { dissectSmb1, dissectSmbDatagram } from "./smb1.ts";
import { dissectSmb2 } from "./smb2.ts";

const nbssHeaderSizeBytes = 4;
const sessionMessage = 0;
/** The last three letters of each signature are the same. */
const smb1 = 0xff534d42;
const smb2 = 0xfe534d42;
const smb2Encrypted = 0xfd534d42;
const smb2Compressed = 0xfc534d42;
const smbLetters = 0x534d42;
const knownTypes = new Set([0x00, 0x81, 0x82, 0x83, 0x84, 0x85]);

function enter(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  if (!knownTypes.has(bytes[at] ?? 0)) return;
  frame.enter("nbss", at, end, bytes);
  if (bytes[at] === sessionMessage) dissectPayload(frame, bytes, at + nbssHeaderSizeBytes, end);
}

/** What NetBIOS carries: one of the versions of SMB, by their signatures. */
function dissectPayload(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  if (at >= end) return;
  const signature = at + 4 > end ? 0 : uint32(bytes, at);
  if (signature === smb1) dissectSmb1(frame, bytes, at, end);
  else if (signature === smb2) dissectSmb2(frame, bytes, at, end);
  else if (signature === smb2Encrypted || signature === smb2Compressed)
    frame.enter("smb2", at, end, bytes);
  else frame.enter("data", at, end, bytes);
}

const messages = pduStream({
  name: "nbss",
  headerSizeBytes: nbssHeaderSizeBytes,
  size(bytes, at, end) {
    if (!knownTypes.has(bytes[at] ?? 0)) return end - at;
    return (uint32(bytes, at) & 0xffffff) + nbssHeaderSizeBytes;
  },
  enter,
});

/** RFC 1002, 4.3.1, and the same header over TCP alone: a type and a length, then SMB. */
export const nbss: Protocol = {
  name: "nbss",
  tcpPorts: [139, 445],
  stream: {
    ...messages,
    dissect(frame, piece) {
      const { bytes, at, end } = piece;
      if (!continuesOther(bytes, at, end)) return messages.dissect(frame, piece);
      frame.enter("nbss", at, end, bytes);
      return true;
    },
  },
};

/** True when a segment begins with no header: tshark takes it for the middle of a message. */
function continuesOther(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < nbssHeaderSizeBytes) return true;
  const type = bytes[at] ?? 0;
  if (type !== sessionMessage) return !knownTypes.has(type);
  return (
    (bytes[at + 1] ?? 0) > 1 && end - at >= 8 && (uint32(bytes, at + 4) & 0xffffff) !== smbLetters
  );
}

const datagramHeaderSizeBytes = 14;
/** Labels of one encoded name. */
const labelCountMax = 64;
const firstDatagramType = 0x10;
const lastDatagramType = 0x12;

/** RFC 1002, 4.4: two names, then SMB, which in datagrams writes to a mailslot. */
export const nbdgm: Protocol = {
  name: "nbdgm",
  udpPorts: [138],
  dissect(frame, at) {
    frame.enter("nbdgm", at);
    const { bytes, capturedEnd } = frame;
    const type = bytes[at] ?? 0;
    if (type < firstDatagramType || type > lastDatagramType) return;
    const sourceEnd = afterName(bytes, at + datagramHeaderSizeBytes, capturedEnd);
    const start = afterName(bytes, sourceEnd, capturedEnd);
    if (!enterMailslotMessage(frame, start)) frame.data(start);
  },
};

/** SMB in a datagram, of any network: it writes to a mailslot. False where it is none. */
export function enterMailslotMessage(frame: Frame, at: number): boolean {
  const { bytes, capturedEnd } = frame;
  if (at + 4 > capturedEnd || uint32(bytes, at) !== smb1) return false;
  dissectSmbDatagram(frame, bytes, at, capturedEnd);
  return true;
}

/** RFC 1001, 14.1: labels with a length before each, up to one of length 0. */
function afterName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < labelCountMax && at < end; count++) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return Math.min(at, end);
}
