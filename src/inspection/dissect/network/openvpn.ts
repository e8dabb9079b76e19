import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const opcodeShift = 3;
const opcode = { first: 1, control: 4, acknowledgement: 5, data1: 6, data2: 9, last: 11 };
const sessionSizeBytes = 8;
const packetNumberSizeBytes = 4;
const acknowledgedCountMax = 8;
/** OpenVPN cuts its TLS messages into pieces of this size; a shorter one is the last. */
const pieceSizeBytes = 100;
/** With a shared key: a signature of SHA-1, a packet's number and the time. */
const signatureSizeBytes = 28;

/** https://openvpn.net security overview: all but data has a session and numbers; control carries TLS, in pieces. */
function enterPacket(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("openvpn", at, end, bytes);
  const code = (bytes[at] ?? 0) >> opcodeShift;
  if (code === opcode.data1 || code === opcode.data2) return;
  const next = payloadAt(bytes, at + 1 + sessionSizeBytes, code !== opcode.acknowledgement);
  if (next > end) frame.enter("_ws.malformed");
  else if (code === opcode.control && next < end && end - next !== pieceSizeBytes)
    frame.enter("tls", next, end, bytes);
}

/** Behind the acknowledged numbers; a count that cannot be one is the first byte of a signature. */
function payloadAt(bytes: Uint8Array, start: number, isNumbered: boolean): number {
  const isSigned = (bytes[start] ?? 0) > acknowledgedCountMax;
  const at = isSigned ? start + signatureSizeBytes : start;
  const count = bytes[at] ?? 0;
  const acknowledged = count === 0 ? 0 : count * packetNumberSizeBytes + sessionSizeBytes;
  return at + 1 + acknowledged + (isNumbered ? packetNumberSizeBytes : 0);
}

const lengthSizeBytes = 2;

/** Over a stream each packet has its length before it. */
const stream = pduStream({
  name: "openvpn",
  headerSizeBytes: lengthSizeBytes,
  size: (bytes, at) => lengthSizeBytes + uint16(bytes, at),
  enter: (frame, bytes, at, end) => enterPacket(frame, bytes, at + lengthSizeBytes, end),
  accepts(bytes, at) {
    const code = (bytes[at + lengthSizeBytes] ?? 0) >> opcodeShift;
    return code >= opcode.first && code <= opcode.last;
  },
});

export const openVpn: Protocol = {
  name: "openvpn",
  udpPorts: [1194],
  tcpPorts: [1194],
  stream,
  dissect: (frame, at) => enterPacket(frame, frame.bytes, at, frame.capturedEnd),
};
