import { uint16 } from "../../file/bytes.ts";
import type { DnsMessage } from "../../analysis/dns-exchanges.ts";
import type { MessagePlace } from "../../analysis/packet-watcher.ts";
import type { Frame } from "../frame.ts";
import { dnsFactFields } from "./dns-facts.ts";
import { dnsFields } from "./dns-fields.ts";
import { dnsName } from "./dns-name.ts";
import type { Protocol } from "../registry.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";

const headerSizeBytes = 12;
const opcodeMask = 0x78;
const responseFlag = 0x80;
const questionCountMax = 32;
const labelCountMax = 128;

/**
 * RFC 1035, 4.1. Returns false when the message lies about its own parts. `firstName` is the first question's,
 * null where nobody has read it.
 */
function readMessage(frame: Frame, place: MessagePlace, firstName: string | null): boolean {
  const { bytes, start, end } = place;
  if (start + headerSizeBytes > end) return false;
  const isQuery = ((bytes[start + 2] ?? 0) & responseFlag) === 0;
  const questions = uint16(bytes, start + 4);
  const records = uint16(bytes, start + 6) + uint16(bytes, start + 8) + uint16(bytes, start + 10);
  let at = start + headerSizeBytes;
  for (let count = 0; count < questions; count++) {
    const nameEnd = skipName(bytes, at, end);
    if (nameEnd < 0 || nameEnd + 4 > end) return false;
    if (isQuery && count < questionCountMax) {
      const known = count === 0 ? firstName : null;
      frame.analyses.dnsNames.add(known ?? dnsName(frame.texts, bytes, at, place));
    }
    at = nameEnd + 4;
  }
  for (let count = 0; count < records; count++) {
    const nameEnd = skipName(bytes, at, end);
    if (nameEnd < 0 || nameEnd + 10 > end) return false;
    at = nameEnd + 10 + uint16(bytes, nameEnd + 8);
    if (at > end) return false;
  }
  return true;
}

/** Where the name at `start` ends, -1 when it does not. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < labelCountMax && at < end; count++) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    at += 1 + length;
  }
  return -1;
}

const message: DnsMessage = { isResponse: false, id: 0, responseCode: 0, name: "" };

/** Tells what the pairing of questions and answers needs of a message, and returns the first question's name. */
function noteExchange(frame: Frame, place: MessagePlace): string | null {
  const { bytes, start, end } = place;
  if (start + headerSizeBytes > end) return null;
  const hasQuestion = uint16(bytes, start + 4) > 0;
  message.isResponse = ((bytes[start + 2] ?? 0) & responseFlag) !== 0;
  message.id = uint16(bytes, start);
  message.responseCode = (bytes[start + 3] ?? 0) & 15;
  message.name = hasQuestion ? dnsName(frame.texts, bytes, start + headerSizeBytes, place) : "";
  frame.analyses.dns.add(frame, message);
  frame.analyses.watcher?.dnsMessage(frame, message, place);
  return hasQuestion ? message.name : null;
}

const datagram: MessagePlace = { bytes: new Uint8Array(0), start: 0, end: 0 };

function dissectDatagram(frame: Frame, at: number, name: string): void {
  frame.enter(name, at);
  datagram.bytes = frame.bytes;
  datagram.start = at;
  datagram.end = frame.capturedEnd;
  // Multicast answers come from many, and belong to no question.
  const firstName = name === "dns" ? noteExchange(frame, datagram) : null;
  if (readMessage(frame, datagram, firstName)) return;
  frame.enter(frame.capturedEnd < frame.reportedEnd ? "_ws.short" : "_ws.malformed");
}

const stream: StreamDissector = {
  name: "dns",
  recognizes: recognizesNothing,
  /** Each message is preceded by its length (RFC 1035, 4.2.2). */
  dissect(frame: Frame, piece: StreamPiece): boolean {
    let { at } = piece;
    while (at < piece.end) {
      if (piece.end - at < 2) {
        if (piece.canContinue) askFor(piece, streamNeed.anotherSegment, at);
        return true;
      }
      const next = at + 2 + uint16(piece.bytes, at);
      if (next > piece.end && piece.canContinue) {
        askFor(piece, streamNeed.bytes, at, next - piece.end);
        return true;
      }
      const place = { bytes: piece.bytes, start: at + 2, end: Math.min(next, piece.end) };
      frame.enter("dns", place.start, place.end, piece.bytes);
      const firstName = noteExchange(frame, place);
      if (!readMessage(frame, place, firstName)) frame.enter("_ws.malformed");
      at = next;
    }
    return true;
  },
};

export const dns: Protocol = {
  name: "dns",
  fields: { ...dnsFields, ...dnsFactFields },
  udpPorts: [53],
  tcpPorts: [53],
  dissect: (frame, at) => dissectDatagram(frame, at, "dns"),
  stream,
};

/** RFC 6762. */
export const mdns: Protocol = {
  name: "mdns",
  fields: dnsFields,
  udpPorts: [5353],
  dissect: (frame, at) => dissectDatagram(frame, at, "mdns"),
};

/** RFC 4795. */
export const llmnr: Protocol = {
  name: "llmnr",
  fields: dnsFields,
  udpPorts: [5355],
  dissect: (frame, at) => dissectDatagram(frame, at, "llmnr"),
};

const answerCountMax = 100;
const otherCountMax = 10;

/** One question, and numbers of records that a real message has: tshark's test of datagrams on any port. */
function looksLikeMessage({ bytes, capturedEnd }: Frame, at: number): boolean {
  if (at + headerSizeBytes >= capturedEnd) return false;
  const flags = bytes[at + 2] ?? 0;
  const questions = uint16(bytes, at + 4);
  const answers = uint16(bytes, at + 6);
  const authorities = uint16(bytes, at + 8);
  if ((flags & opcodeMask) !== 0 || uint16(bytes, at + 10) > otherCountMax) return false;
  if ((flags & responseFlag) === 0) return questions === 1 && answers === 0 && authorities === 0;
  const isAnswer = questions === 1 || (questions === 0 && answers > 0);
  return isAnswer && answers <= answerCountMax && authorities <= otherCountMax;
}

/** DNS on a port that is not its own. */
export const dnsOnAnyPort: Protocol = {
  name: "dns",
  dissect: (frame, at) => dissectDatagram(frame, at, "dns"),
  recognizesDatagram: looksLikeMessage,
};
