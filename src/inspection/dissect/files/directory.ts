// Directory and sign-on: messages in BER or behind a length.
import { uint32 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
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

export const ldap: Protocol = {
  name: "ldap",
  tcpPorts: [389, 3268],
  stream: pduStream({ name: "ldap", headerSizeBytes: 6, size: berSize }),
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
