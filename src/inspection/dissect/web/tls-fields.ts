import { uint16, uint24, uint32 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import type { Frame, Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";
import { tlsHandshakeTable } from "./tls-field-names.ts";
import { readHandshake } from "./tls-handshake-fields.ts";

const recordHeaderSizeBytes = 5;
const recordCountMax = 4_096;
const type = { changeCipherSpec: 20, alert: 21, handshake: 22, application: 23 } as const;
const handshakeHeaderSizeBytes = 4;
const handshakeTypes: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25,
]);
const contentType = "tls.record.content_type";
const opaqueType = "tls.record.opaque_type";

/** RFC 8446, 5.1: a run of records. */
function parse({ bytes, start, end, notes }: Layer, emit: Emit): void {
  const isOpaque = notes?.some(({ field }) => field === opaqueType) === true;
  let at = start;
  let pending: Uint8Array | null = null;
  for (let count = 0; count < recordCountMax && at + recordHeaderSizeBytes <= end; count++) {
    const recordType = bytes[at] ?? 0;
    if (recordType < 20 || recordType > 24 || bytes[at + 1] !== 3) return;
    const body = at + recordHeaderSizeBytes;
    const next = body + uint16(bytes, at + 3);
    if (next > end) return;
    emit("tls.record", true);
    emit(isOpaque && recordType === type.application ? opaqueType : contentType, recordType);
    emit("tls.record.version", uint16(bytes, at + 1));
    emit("tls.record.length", uint16(bytes, at + 3));
    if (recordType === type.handshake)
      pending = readHandshakes(joined(pending, bytes.subarray(body, next)), emit);
    else readOther(recordType, bytes.subarray(body, next), emit);
    at = next;
  }
}

function readOther(recordType: number, body: Uint8Array, emit: Emit): void {
  if (recordType === type.changeCipherSpec) emit("tls.change_cipher_spec", true);
  if (recordType === type.application) emit("tls.app_data", body);
  if (recordType !== type.alert) return;
  emit("tls.alert_message", true);
  if (body.length !== 2) return;
  emit("tls.alert_message.level", body[0] ?? 0);
  emit("tls.alert_message.desc", body[1] ?? 0);
}

function joined(first: Uint8Array | null, second: Uint8Array): Uint8Array {
  if (!first) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Reads whole messages; what is left of one that goes on in the next record, null for none. */
function readHandshakes(body: Uint8Array, emit: Emit): Uint8Array | null {
  let at = 0;
  if (!isPlain(body)) {
    emit("tls.handshake", true);
    return null;
  }
  while (at + handshakeHeaderSizeBytes <= body.length) {
    const size = uint24(body, at + 1);
    const next = at + handshakeHeaderSizeBytes + size;
    if (next > body.length) return body.subarray(at);
    emit("tls.handshake", true);
    emit("tls.handshake.type", body[at] ?? 0);
    emit("tls.handshake.length", size);
    readHandshake(body[at] ?? 0, body.subarray(at + handshakeHeaderSizeBytes, next), emit);
    at = next;
  }
  return at < body.length ? body.subarray(at) : null;
}

const messageSizeMax = 262_144;

/** Encrypted messages show nothing of themselves; they seldom look like plain ones. */
function isPlain(body: Uint8Array): boolean {
  const isKnown = handshakeTypes.has(body[0] ?? 0) && uint24(body, 1) < messageSizeMax;
  return isKnown && (body[0] !== 0 || (body.length === 4 && uint32(body, 0) === 0));
}

/** Notes what a handshake message holds that no layer shows, as of QUIC. */
export function noteHandshake(
  frame: Frame,
  {
    type: kind,
    bytes,
    start,
    end,
  }: { type: number; bytes: Uint8Array; start: number; end: number },
): void {
  const emit: Emit = (field, value) => frame.note(field, value);
  frame.mention("tls");
  emit("tls.handshake", true);
  emit("tls.handshake.type", kind);
  emit("tls.handshake.length", end - start);
  readHandshake(kind, bytes.slice(start, end), emit);
}

/** The same fields where QUIC notes them. */
export const quicTlsFields: Fields = Object.fromEntries(
  Object.entries(tlsHandshakeTable).map(([name, [kind, description]]) => [
    name,
    { type: kind, description },
  ]),
);

/** Fields of TLS records and of handshake messages that are not encrypted. */
export const tlsFields: Fields = parsedFields(parse, {
  "tls.record": ["none", "a record"],
  "tls.record.content_type": ["uint8", "20 change, 21 alert, 22 handshake, 23 data"],
  "tls.record.opaque_type": ["uint8", "the type that TLS 1.3 shows"],
  "tls.record.version": ["uint16", "version of the record"],
  "tls.record.length": ["uint16", "length of the record, bytes"],
  "tls.change_cipher_spec": ["none", "encryption begins"],
  "tls.alert_message": ["none", "an alert"],
  "tls.alert_message.level": ["uint8", "1 warning, 2 fatal"],
  "tls.alert_message.desc": ["uint8", "what the alert says"],
  "tls.app_data": ["bytes", "encrypted data"],
  ...tlsHandshakeTable,
});
