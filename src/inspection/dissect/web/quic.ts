import type { Analyses } from "../../analysis/analyses.ts";
import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { QuicConnection } from "./quic-connection.ts";
import { connectionIdSizeMax, isLongHeader, packetType, readLongHeader } from "./quic-header.ts";
import { isKnownVersion } from "./quic-version.ts";
import { quicTlsFields } from "./tls-fields.ts";

/** Packets of one datagram (RFC 9000, 12.2). */
const packetCountMax = 16;
/** Connections whose handshakes are read at a time; the oldest give way, and tell no more. */
const connectionCountMax = 4_096;
const recognizedSizeMin = 13;

const connections = new WeakMap<Analyses, Map<number, QuicConnection>>();

/** Connections whose hellos are still to be read, by the number of their UDP conversation. */
function connectionsOf({ analyses }: Frame): Map<number, QuicConnection> {
  const found = connections.get(analyses);
  if (found) return found;
  const made = new Map<number, QuicConnection>();
  connections.set(analyses, made);
  return made;
}

/** A long header of a known version with possible connection ids: the conversation is QUIC's from here on. */
function isQuic(frame: Frame, at: number): boolean {
  const { bytes, capturedEnd } = frame;
  if (capturedEnd - at < recognizedSizeMin || !isLongHeader(bytes, at)) return false;
  if (!isKnownVersion(uint32(bytes, at + 1))) return false;
  const destinationSize = bytes[at + 5] ?? 0;
  if (destinationSize > connectionIdSizeMax) return false;
  const sourceSizeAt = at + 6 + destinationSize;
  if (sourceSizeAt >= capturedEnd || (bytes[sourceSizeAt] ?? 0) > connectionIdSizeMax) return false;
  frame.expectations.bindConversation(frame.udpStream, dissect);
  begin(frame);
  return true;
}

function begin(frame: Frame): void {
  const known = connectionsOf(frame);
  if (frame.udpStream < 0 || known.has(frame.udpStream)) return;
  if (known.size >= connectionCountMax)
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  known.set(frame.udpStream, new QuicConnection());
}

/** RFC 9000, 17: long headers say how long they are; a short one takes the rest. */
function dissect(frame: Frame, start: number): void {
  const { bytes, reportedEnd } = frame;
  let at = start;
  for (let count = 0; at < frame.capturedEnd && count < packetCountMax; count++) {
    frame.enter("quic", at);
    if (!isLongHeader(bytes, at)) {
      noteApplicationData(frame);
      return;
    }
    const header = readLongHeader(bytes, at, frame.capturedEnd);
    if (!header) {
      frame.enter(frame.capturedEnd < reportedEnd ? "_ws.short" : "_ws.malformed");
      return;
    }
    if (header.type === packetType.initial && header.end <= frame.capturedEnd) {
      const connection = connectionsOf(frame).get(frame.udpStream);
      connection?.initial(frame, { bytes, at, header }, isFromFirst(frame));
    }
    at = header.end;
  }
}

function noteApplicationData(frame: Frame): void {
  const known = connectionsOf(frame);
  const connection = known.get(frame.udpStream);
  if (!connection) return;
  connection.applicationData(frame);
  if (connection.isSettled) known.delete(frame.udpStream);
}

/** Tells the two ends of a conversation apart. */
function isFromFirst({ ends }: Frame): boolean {
  const { sourceKey, destinationKey, sourcePort, destinationPort } = ends;
  return sourceKey === destinationKey ? sourcePort < destinationPort : sourceKey < destinationKey;
}

export const quic: Protocol = {
  name: "quic",
  dissect,
  recognizesDatagram: isQuic,
  fields: quicTlsFields,
};
