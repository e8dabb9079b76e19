import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import { streamState, type StreamPiece } from "../transport/stream.ts";
import { derChildren, derText, readDer } from "../web/der.ts";
import { startTls } from "../web/tls.ts";

const sequenceTag = 0x30;
const operation = { extendedRequest: 0x77, extendedResponse: 0x78 } as const;
const startTlsName = "1.3.6.1.4.1.1466.20037";
const success = 0;
/** Lengths before what SASL protects that are believed, as in tshark. */
const saslSizeMin = 2;
const saslSizeMax = 65_536;

const stateOf = streamState(() => ({ asksForTls: false }));

/** RFC 4511, 5.1: each message is a BER sequence, whose length has one byte or says how many follow. */
function messageSize(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== sequenceTag) return uint32(bytes, at) + 4;
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return first + 2;
  const count = first & 0x7f;
  if (count > 4) return 0;
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  return length + 2 + count;
}

/** True for a message, and for a length (RFC 4422, 3.7) with protected bytes behind it. */
function isMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 4 > end || bytes[at] === sequenceTag) return true;
  const size = uint32(bytes, at);
  return size >= saslSizeMin && size <= saslSizeMax;
}

function enter(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  if (!isMessage(bytes, at, end)) return;
  frame.enter("ldap", at, end, bytes);
  if (bytes[at] === sequenceTag) followTls(frame.piece, bytes, at, end);
}

/** RFC 4511, 4.12 and 4.14: an extended request for TLS, and its answer, behind which TLS begins. */
function followTls(piece: StreamPiece, bytes: Uint8Array, at: number, end: number): void {
  const message = readDer(bytes, at, end);
  const request = message && derChildren(bytes, message)[1];
  if (!request) return;
  const [first] = derChildren(bytes, request);
  if (!first) return;
  if (request.tag === operation.extendedRequest)
    stateOf(piece).asksForTls = derText(bytes, first) === startTlsName;
  else if (request.tag === operation.extendedResponse && bytes[first.start] === success)
    if (stateOf(piece).asksForTls) startTls(piece);
}

const messages = pduStream({ name: "ldap", headerSizeBytes: 4, size: messageSize, enter });

export const ldap: Protocol = {
  name: "ldap",
  tcpPorts: [389, 3268],
  stream: {
    ...messages,
    dissect(frame, piece) {
      const { bytes, at, end } = piece;
      // tshark shows nothing at all of a segment that begins with neither.
      return !isMessage(bytes, at, end) || messages.dissect(frame, piece);
    },
  },
};
