import { uint16, uint32 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";
import { readName, type DnsBytes } from "./dns-whole-name.ts";
import { readRecordData } from "./dns-record-data.ts";

const headerSizeBytes = 12;
const recordCountMax = 2_000;
const optionRecord = 41;
const updateOpcode = 5;

/** RFC 1035, 4.1; multicast DNS uses the top bit of the class (RFC 6762, 5.4 and 10.2). */
function parse(layer: Layer, emit: Emit): void {
  const message: DnsBytes = { bytes: layer.bytes, start: layer.start, end: layer.end };
  const { bytes, start, end } = message;
  if (start + headerSizeBytes > end) return;
  const kind = layer.protocol;
  emit("dns.id", uint16(bytes, start));
  emitFlags(uint16(bytes, start + 2), kind, emit);
  const counts = [4, 6, 8, 10].map((offset) => uint16(bytes, start + offset));
  emitCounts(counts, (uint16(bytes, start + 2) >> 11) & 15, emit);
  const [questions = 0, ...others] = counts;
  const records = others.reduce((sum, count) => sum + count, 0);
  let at = start + headerSizeBytes;
  for (let count = 0; count < Math.min(questions, recordCountMax) && at >= 0; count++)
    at = readQuestion(message, at, kind, emit);
  for (let count = 0; count < Math.min(records, recordCountMax) && at >= 0; count++)
    at = readRecord(message, at, kind, emit);
}

function emitFlags(flags: number, kind: string, emit: Emit): void {
  const isResponse = (flags & 0x8000) !== 0;
  emit("dns.flags", flags);
  emit("dns.flags.response", isResponse);
  emit("dns.flags.opcode", (flags >> 11) & 15);
  if (kind === "llmnr") {
    emit("dns.flags.conflict", (flags & 0x0400) !== 0);
    emit("dns.flags.tentative", (flags & 0x0100) !== 0);
  } else {
    if (isResponse) emit("dns.flags.authoritative", (flags & 0x0400) !== 0);
    emit("dns.flags.recdesired", (flags & 0x0100) !== 0);
    if (isResponse) emit("dns.flags.recavail", (flags & 0x0080) !== 0);
    emit("dns.flags.z", (flags & 0x0040) !== 0);
    if (isResponse) emit("dns.flags.authenticated", (flags & 0x0020) !== 0);
    emit("dns.flags.checkdisable", (flags & 0x0010) !== 0);
  }
  emit("dns.flags.truncated", (flags & 0x0200) !== 0);
  if (isResponse) emit("dns.flags.rcode", flags & 15);
}

const countNames = ["queries", "answers", "auth_rr", "add_rr"];
const updateCountNames = ["zones", "prerequisites", "updates", "add_rr"];

function emitCounts(counts: readonly number[], opcode: number, emit: Emit): void {
  const names = opcode === updateOpcode ? updateCountNames : countNames;
  for (const [index, count] of counts.entries()) emit(`dns.count.${names[index]}`, count);
}

/** Where the next one begins, -1 when this one is damaged. */
function readQuestion(message: DnsBytes, at: number, kind: string, emit: Emit): number {
  const name = readName(message, at);
  if (!name || name.next + 4 > message.end) return -1;
  const { bytes } = message;
  emit("dns.qry.name", name.text);
  emit("dns.qry.name.len", name.text.length);
  emit("dns.count.labels", name.labelCount);
  emit("dns.qry.type", uint16(bytes, name.next));
  const found = uint16(bytes, name.next + 2);
  emit("dns.qry.class", kind === "mdns" ? found & 0x7fff : found);
  if (kind === "mdns") emit("dns.qry.qu", (found & 0x8000) !== 0);
  return name.next + 4;
}

function readRecord(message: DnsBytes, at: number, kind: string, emit: Emit): number {
  const name = readName(message, at);
  if (!name || name.next + 10 > message.end) return -1;
  const { bytes } = message;
  const type = uint16(bytes, name.next);
  const dataStart = name.next + 10;
  const size = uint16(bytes, name.next + 8);
  emit("dns.resp.name", name.text);
  emit("dns.resp.type", type);
  if (type === optionRecord) {
    emit("dns.rr.udp_payload_size", uint16(bytes, name.next + 2));
    emit("dns.resp.ext_rcode", bytes[name.next + 4] ?? 0);
    emit("dns.resp.edns0_version", bytes[name.next + 5] ?? 0);
    emit("dns.resp.z", uint16(bytes, name.next + 6));
    emit("dns.resp.z.do", (uint16(bytes, name.next + 6) & 0x8000) !== 0);
  } else {
    const found = uint16(bytes, name.next + 2);
    emit("dns.resp.class", kind === "mdns" ? found & 0x7fff : found);
    if (kind === "mdns") emit("dns.resp.cache_flush", (found & 0x8000) !== 0);
    emit("dns.resp.ttl", uint32(bytes, name.next + 4));
  }
  emit("dns.resp.len", size);
  if (dataStart + size > message.end) return -1;
  readRecordData(message, { type, at: dataStart, size }, emit);
  return dataStart + size;
}

/** Fields of DNS messages, also those of multicast DNS and LLMNR. */
export const dnsFields: Fields = parsedFields(parse, {
  "dns.id": ["uint16", "number of the exchange"],
  "dns.flags": ["uint16", "all flags"],
  "dns.flags.response": ["boolean", "is a response"],
  "dns.flags.opcode": ["uint16", "kind of query"],
  "dns.flags.authoritative": ["boolean", "the server is an authority"],
  "dns.flags.conflict": ["boolean", "the name is not unique (LLMNR)"],
  "dns.flags.tentative": ["boolean", "not yet sure of the name (LLMNR)"],
  "dns.flags.truncated": ["boolean", "the message was cut"],
  "dns.flags.recdesired": ["boolean", "recursion is asked for"],
  "dns.flags.recavail": ["boolean", "recursion is offered"],
  "dns.flags.z": ["boolean", "reserved"],
  "dns.flags.authenticated": ["boolean", "the data were authenticated"],
  "dns.flags.checkdisable": ["boolean", "data need not be authenticated"],
  "dns.flags.rcode": ["uint16", "response code; 0 no error, 3 no such name"],
  "dns.count.queries": ["uint16", "questions"],
  "dns.count.answers": ["uint16", "answers"],
  "dns.count.auth_rr": ["uint16", "authority records"],
  "dns.count.add_rr": ["uint16", "additional records"],
  "dns.count.zones": ["uint16", "zones of an update"],
  "dns.count.prerequisites": ["uint16", "prerequisites of an update"],
  "dns.count.updates": ["uint16", "records of an update"],
  "dns.count.labels": ["uint16", "labels of a question's name"],
  "dns.qry.name": ["string", "name asked for"],
  "dns.qry.name.len": ["uint16", "its length"],
  "dns.qry.type": ["uint16", "type asked for; 1 A, 28 AAAA"],
  "dns.qry.class": ["uint16", "class asked for"],
  "dns.qry.qu": ["boolean", "a unicast answer is wanted (mDNS)"],
  "dns.resp.name": ["string", "name of a record"],
  "dns.resp.type": ["uint16", "type of a record"],
  "dns.resp.class": ["uint16", "class of a record"],
  "dns.resp.cache_flush": ["boolean", "other records are out of date (mDNS)"],
  "dns.resp.ttl": ["uint32", "seconds that a record may be kept"],
  "dns.resp.len": ["uint16", "length of a record's data, bytes"],
  "dns.resp.ext_rcode": ["uint8", "upper bits of the response code"],
  "dns.resp.edns0_version": ["uint8", "version of the extension"],
  "dns.resp.z": ["uint16", "flags of the extension"],
  "dns.resp.z.do": ["boolean", "DNSSEC data are wanted"],
  "dns.rr.udp_payload_size": ["uint16", "size of datagrams taken"],
  "dns.a": ["ipv4", "IPv4 address"],
  "dns.aaaa": ["ipv6", "IPv6 address"],
  "dns.cname": ["string", "canonical name"],
  "dns.dname": ["string", "name that replaces the end of others"],
  "dns.ns": ["string", "name server"],
  "dns.ptr.domain_name": ["string", "name of an address"],
  "dns.mx.preference": ["uint16", "preference of a mail server"],
  "dns.mx.mail_exchange": ["string", "mail server"],
  "dns.txt": ["string", "text"],
  "dns.txt.length": ["uint8", "its length, bytes"],
  "dns.soa.mname": ["string", "primary server"],
  "dns.soa.rname": ["string", "mailbox of who is responsible"],
  "dns.soa.serial_number": ["uint32", "serial number"],
  "dns.soa.refresh_interval": ["uint32", "seconds between refreshes"],
  "dns.soa.retry_interval": ["uint32", "seconds between attempts"],
  "dns.soa.expire_limit": ["uint32", "seconds until it expires"],
  "dns.soa.minimum_ttl": ["uint32", "seconds that absence may be kept"],
  "dns.srv.priority": ["uint16", "priority of a server"],
  "dns.srv.weight": ["uint16", "weight of a server"],
  "dns.srv.port": ["uint16", "port of a server"],
  "dns.srv.target": ["string", "host of a server"],
});
