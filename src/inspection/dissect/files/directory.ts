// Directory and sign-on: messages in BER or behind a length.
import { uint32 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import { streamState, type StreamPiece } from "../transport/stream.ts";
import { derChildren, derText, readDer } from "../web/der.ts";
import { startTls } from "../web/tls.ts";
import type { Protocol } from "../registry.ts";

const sequenceTag = 0x30;

/** RFC 4511: each message is a BER sequence, whose length has one byte or says how many follow. */
function berSize(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== sequenceTag) return end - at;
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return first + 2;
  const count = first & 0x7f;
  if (count > 4) return 0;
  let length = 0;
  for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + 2 + index] ?? 0);
  return length + 2 + count;
}

const operation = { extendedRequest: 0x77, extendedResponse: 0x78 } as const;
const startTlsName = "1.3.6.1.4.1.1466.20037";
const success = 0;

const sessions = streamState(() => ({ asksForTls: false }));

/** RFC 4511, 4.12 and 4.14: an extended request for TLS, and its answer, behind which TLS begins. */
function followTls(piece: StreamPiece, at: number, end: number): void {
  const { bytes } = piece;
  const message = readDer(bytes, at, end);
  const request = message && derChildren(bytes, message)[1];
  if (!request) return;
  const [first] = derChildren(bytes, request);
  if (!first) return;
  if (request.tag === operation.extendedRequest)
    sessions(piece).asksForTls = derText(bytes, first) === startTlsName;
  else if (request.tag === operation.extendedResponse && bytes[first.start] === success)
    if (sessions(piece).asksForTls) startTls(piece);
}

export const ldap: Protocol = {
  name: "ldap",
  tcpPorts: [389, 3268],
  stream: pduStream({
    name: "ldap",
    headerSizeBytes: 6,
    size: berSize,
    enter(frame, bytes, at, end) {
      frame.enter("ldap", at, end, bytes);
      followTls(frame.piece, at, end);
    },
  }),
};

/** RFC 4120, 7.2.2: over TCP with a length of four bytes. */
export const kerberos: Protocol = {
  name: "kerberos",
  udpPorts: [88],
  tcpPorts: [88],
  dissect: (frame, at) => frame.enter("kerberos", at),
  stream: pduStream({
    name: "kerberos",
    headerSizeBytes: 4,
    size: (bytes, at) => (uint32(bytes, at) & 0x7fffffff) + 4,
  }),
};
