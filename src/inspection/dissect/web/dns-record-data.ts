import { uint16, uint32 } from "../../file/bytes.ts";
import type { Emit } from "../parsed-fields.ts";
import { readName, type DnsBytes } from "./dns-whole-name.ts";

/** Where a record's data lie, and of which type they are. */
export interface RecordData {
  type: number;
  at: number;
  size: number;
}

const stringCountMax = 256;
const decoder = new TextDecoder();

const soaNumbers = [
  "dns.soa.serial_number",
  "dns.soa.refresh_interval",
  "dns.soa.retry_interval",
  "dns.soa.expire_limit",
  "dns.soa.minimum_ttl",
];

type DataReader = (message: DnsBytes, data: RecordData, emit: Emit) => void;

const nameOnly =
  (field: string): DataReader =>
  (message, { at }, emit) => {
    const name = readName(message, at);
    if (name) emit(field, name.text);
  };

/** Readers by type of record (RFC 1035, 3596, 2782, 6672). */
const readers: Readonly<Record<number, DataReader>> = {
  1: ({ bytes }, { at, size }, emit) => {
    if (size === 4) emit("dns.a", bytes.subarray(at, at + 4));
  },
  2: nameOnly("dns.ns"),
  5: nameOnly("dns.cname"),
  6: readStart,
  12: nameOnly("dns.ptr.domain_name"),
  15: (message, { at }, emit) => {
    emit("dns.mx.preference", uint16(message.bytes, at));
    nameOnly("dns.mx.mail_exchange")(message, { type: 0, at: at + 2, size: 0 }, emit);
  },
  16: readText,
  28: ({ bytes }, { at, size }, emit) => {
    if (size === 16) emit("dns.aaaa", bytes.subarray(at, at + 16));
  },
  33: (message, { at }, emit) => {
    emit("dns.srv.priority", uint16(message.bytes, at));
    emit("dns.srv.weight", uint16(message.bytes, at + 2));
    emit("dns.srv.port", uint16(message.bytes, at + 4));
    nameOnly("dns.srv.target")(message, { type: 0, at: at + 6, size: 0 }, emit);
  },
  39: nameOnly("dns.dname"),
};

/** Tells what the data of a record hold, for the common types. */
export function readRecordData(message: DnsBytes, data: RecordData, emit: Emit): void {
  readers[data.type]?.(message, data, emit);
}

/** The start of authority. */
function readStart(message: DnsBytes, { at }: RecordData, emit: Emit): void {
  const server = readName(message, at);
  const mailbox = server && readName(message, server.next);
  if (!server || !mailbox || mailbox.next + 20 > message.end) return;
  emit("dns.soa.mname", server.text);
  emit("dns.soa.rname", mailbox.text);
  for (const [index, field] of soaNumbers.entries())
    emit(field, uint32(message.bytes, mailbox.next + index * 4));
}

function readText({ bytes }: DnsBytes, { at: start, size }: RecordData, emit: Emit): void {
  let at = start;
  for (let count = 0; count < stringCountMax && at < start + size; count++) {
    const length = bytes[at] ?? 0;
    const end = Math.min(start + size, at + 1 + length);
    emit("dns.txt.length", length);
    emit("dns.txt", decoder.decode(bytes.subarray(at + 1, end)));
    at = end;
  }
}
