import { uint16, uint24, uint32 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";
import { tlsHandshakeTable } from "./tls-field-names.ts";
import { readHandshake } from "./tls-handshake-fields.ts";

const recordHeaderSizeBytes = 5;
const recordCountMax = 4_096;
const type = { changeCipherSpec: 20, alert: 21, handshake: 22, application: 23 } as const;
const handshakeHeaderSizeBytes = 4;
const lastHandshakeType = 25;

/** RFC 8446, 5.1: a run of records. */
function parse({ bytes, start, end }: Layer, emit: Emit): void {
  let at = start;
  let pending: Uint8Array | null = null;
  for (let count = 0; count < recordCountMax && at + recordHeaderSizeBytes <= end; count++) {
    const recordType = bytes[at] ?? 0;
    if (recordType < 20 || recordType > 24 || bytes[at + 1] !== 3) return;
    const body = at + recordHeaderSizeBytes;
    const next = body + uint16(bytes, at + 3);
    if (next > end) return;
    emit("tls.record", true);
    emit("tls.record.content_type", recordType);
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
    readHandshake(body.subarray(at, next), emit);
    at = next;
  }
  return at < body.length ? body.subarray(at) : null;
}

const messageSizeMax = 262_144;

/** Encrypted messages show nothing of themselves; they seldom look like plain ones. */
function isPlain(body: Uint8Array): boolean {
  const isKnown = (body[0] ?? 0) <= lastHandshakeType && uint24(body, 1) < messageSizeMax;
  const isHelloRequest = body[0] === 0 && uint32(body, 0) !== 0;
  return isKnown && !isHelloRequest;
}

/** Fields of TLS records and of handshake messages that are not encrypted. */
export const tlsFields: Fields = parsedFields(parse, {
  "tls.record": ["none", "a record"],
  "tls.record.content_type": ["uint8", "20 change, 21 alert, 22 handshake, 23 data"],
  "tls.record.version": ["uint16", "version of the record"],
  "tls.record.length": ["uint16", "length of the record, bytes"],
  "tls.change_cipher_spec": ["none", "encryption begins"],
  "tls.alert_message": ["none", "an alert"],
  "tls.alert_message.level": ["uint8", "1 warning, 2 fatal"],
  "tls.alert_message.desc": ["uint8", "what the alert says"],
  "tls.app_data": ["bytes", "encrypted data"],
  ...tlsHandshakeTable,
});
