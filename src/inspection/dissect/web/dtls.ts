import type { Analyses } from "../../analysis/analyses.ts";
import { uint16, uint24 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { DtlsMessages, dtlsMessageHeaderSizeBytes } from "./dtls-messages.ts";
import { recordType } from "./tls-record.ts";
import { TlsSession } from "./tls-session.ts";

const headerSizeBytes = 13;
const recordCountMax = 64;
/** Connections whose handshakes are read at a time; the oldest give way. */
const connectionCountMax = 4_096;
/** DTLS 1.0, 1.2, and what OpenSSL spoke before. */
const versions = new Set([0xfeff, 0xfefd, 0x0100]);

interface Connection {
  session: TlsSession;
  fromFirst: DtlsMessages;
  fromSecond: DtlsMessages;
}

const connections = new WeakMap<Analyses, Map<number, Connection>>();

/** RFC 6347, 4.1: records of known types and versions, which fill the datagram. */
function isDtls({ bytes, capturedEnd, reportedEnd }: Frame, start: number): boolean {
  let at = start;
  for (let count = 0; at < capturedEnd && count < recordCountMax; count++) {
    if (capturedEnd - at < headerSizeBytes) return false;
    const type = bytes[at] ?? 0;
    if (type < recordType.changeCipherSpec || type > recordType.connectionId) return false;
    if (!versions.has(uint16(bytes, at + 1))) return false;
    at += headerSizeBytes + uint16(bytes, at + 11);
    if (at > reportedEnd) return false;
  }
  return at > start;
}

function dissect(frame: Frame, start: number): void {
  frame.enter("dtls", start);
  const { bytes, capturedEnd } = frame;
  let at = start;
  for (let count = 0; at + headerSizeBytes <= capturedEnd && count < recordCountMax; count++) {
    const next = at + headerSizeBytes + uint16(bytes, at + 11);
    if (!versions.has(uint16(bytes, at + 1))) return;
    readRecord(frame, at, Math.min(next, capturedEnd));
    at = next;
  }
}

/** From the second epoch on all is encrypted (RFC 6347, 4.1). */
function readRecord(frame: Frame, at: number, end: number): void {
  const { bytes } = frame;
  const type = bytes[at] ?? 0;
  const isClear = uint16(bytes, at + 3) === 0;
  const content = at + headerSizeBytes;
  const sender = { stream: frame.udpStream, fromA: isFromFirst(frame) };
  if (type === recordType.handshake && isClear) readHandshake(frame, content, end);
  else if (type === recordType.applicationData) noteApplicationData(frame);
  else if (type === recordType.alert && isClear && end - content === 2)
    known(frame)?.session.alert(sender, bytes[content] ?? 0, bytes[content + 1] ?? 0);
}

function readHandshake(frame: Frame, start: number, end: number): void {
  const { bytes } = frame;
  const connection = known(frame) ?? begin(frame);
  const fromA = isFromFirst(frame);
  const messages = fromA ? connection.fromFirst : connection.fromSecond;
  for (let at = start; at + dtlsMessageHeaderSizeBytes <= end;) {
    const message = messages.add(bytes, at, end);
    if (message) connection.session.readMessage(frame, { stream: frame.udpStream, fromA }, message);
    at += dtlsMessageHeaderSizeBytes + uint24(bytes, at + 9);
  }
}

function noteApplicationData(frame: Frame): void {
  const connection = known(frame);
  if (!connection) return;
  connection.session.applicationData(frame, {
    stream: frame.udpStream,
    fromA: isFromFirst(frame),
  });
  if (connection.session.isSettled) connections.get(frame.analyses)?.delete(frame.udpStream);
}

function known({ analyses, udpStream }: Frame): Connection | undefined {
  return connections.get(analyses)?.get(udpStream);
}

function begin({ analyses, udpStream }: Frame): Connection {
  const all = connections.get(analyses) ?? new Map<number, Connection>();
  connections.set(analyses, all);
  if (all.size >= connectionCountMax)
    for (const oldest of all.keys()) {
      all.delete(oldest);
      break;
    }
  const connection: Connection = {
    session: new TlsSession("dtls"),
    fromFirst: new DtlsMessages(),
    fromSecond: new DtlsMessages(),
  };
  all.set(udpStream, connection);
  return connection;
}

/** Tells the two ends of a conversation apart. */
function isFromFirst({ ends }: Frame): boolean {
  const { sourceKey, destinationKey, sourcePort, destinationPort } = ends;
  return sourceKey === destinationKey ? sourcePort < destinationPort : sourceKey < destinationKey;
}

export const dtls: Protocol = {
  name: "dtls",
  udpPorts: [853, 2221, 5684, 5868],
  dissect,
  recognizesDatagram: isDtls,
};
