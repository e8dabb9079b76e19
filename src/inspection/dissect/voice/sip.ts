import type { Frame } from "../frame.ts";
import { expectMedia } from "./sdp.ts";
import { isExactTextAt, textOf } from "../text.ts";
import { askFor, streamNeed, type StreamDissector, type StreamPiece } from "../transport/stream.ts";
import type { Protocol } from "../registry.ts";

const lineSizeMax = 2_048;
const headSizeMax = 65_536;
const space = 32;
const messageCountMax = 100;
const version = "SIP/2.0";
const begins = [
  "SIP/2.0 ",
  "INVITE ",
  "ACK ",
  "BYE ",
  "CANCEL ",
  "OPTIONS ",
  "REGISTER ",
  "PRACK ",
  "SUBSCRIBE ",
  "NOTIFY ",
  "PUBLISH ",
  "INFO ",
  "REFER ",
  "MESSAGE ",
  "UPDATE ",
];
/** RFC 3261, 25.1: what a method's name, which begins with a letter, may be of: 1 for each byte. */
const nameBytes = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!%*_+`'~-")
  nameBytes[character.charCodeAt(0)] = 1;

/** Three capital letters: most datagrams end here, without a text being made of them. */
function mayBegin(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 12) return false;
  for (let index = at; index < at + 3; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < 65 || byte > 90) return false;
  }
  return true;
}

/** Any stream and datagram may be asked this, so no text is made of the bytes. */
export function isSip(bytes: Uint8Array, at: number, end: number): boolean {
  if (!mayBegin(bytes, at, end)) return false;
  for (const begin of begins) if (isExactTextAt(bytes, at, end, begin)) return true;
  return isRequestLine(bytes, at, Math.min(end, at + lineSizeMax));
}

/** A method of any name, what it is of, and the version at the end of the line. */
function isRequestLine(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && nameBytes[bytes[at] ?? 0] === 1) at++;
  if (at >= end || bytes[at] !== space) return false;
  const target = ++at;
  while (at < end && !isSpace(bytes[at] ?? 0)) at++;
  if (at === target || bytes[at] !== space || !isExactTextAt(bytes, at + 1, end, version))
    return false;
  const next = at + 1 + version.length;
  return next === end || bytes[next] === 13 || bytes[next] === 10;
}

/** Blanks, line ends, and the space that does not break a line in Latin 1. */
const isSpace = (byte: number): boolean =>
  byte === space || (byte >= 9 && byte <= 13) || byte === 160;

/** RFC 3261: the head and what of the body is text; a session description tells where media will come. */
function enterMessage(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("sip", at, end, bytes);
  const text = textOf(bytes, at, Math.min(end, at + headSizeMax));
  const blank = text.indexOf("\r\n\r\n");
  if (blank < 0) return;
  const head = text.slice(0, blank + 2);
  if (/^(?:content-type|c)\s*:\s*(?:application\/sdp|multipart\/)/im.test(head))
    expectMedia(frame, text.slice(blank + 4));
}

/** RFC 3261, 18.3: over a stream the head says how long the body is. */
function messageSize({ bytes, at, end }: StreamPiece): number {
  const text = textOf(bytes, at, Math.min(end, at + headSizeMax));
  const blank = text.indexOf("\r\n\r\n");
  if (blank < 0) return -1;
  const length = /^(?:content-length|l)\s*:\s*(\d{1,8})\s*$/im.exec(text.slice(0, blank + 2))?.[1];
  return blank + 4 + Number(length ?? 0);
}

const stream: StreamDissector = {
  name: "sip",
  recognizes: isSip,
  dissect(frame, piece) {
    const { bytes, end } = piece;
    for (let count = 0; count < messageCountMax && piece.at < end; count++) {
      const { at } = piece;
      if (!isSip(bytes, at, end)) return count > 0;
      const size = messageSize(piece);
      if ((size < 0 || at + size > end) && piece.canContinue) {
        if (size < 0) askFor(piece, streamNeed.anotherSegment, at);
        else askFor(piece, streamNeed.bytes, at, at + size - end);
        return true;
      }
      enterMessage(frame, bytes, at, size < 0 ? end : Math.min(end, at + size));
      if (size < 0) return true;
      piece.at = at + size;
    }
    return true;
  },
};

export const sip: Protocol = {
  name: "sip",
  udpPorts: [5060],
  tcpPorts: [5060],
  stream,
  acceptsDatagram: ({ bytes, capturedEnd }, at) => isSip(bytes, at, capturedEnd),
  recognizesDatagram: ({ bytes, capturedEnd }, at) => isSip(bytes, at, capturedEnd),
  dissect: (frame, at) => enterMessage(frame, frame.bytes, at, frame.capturedEnd),
};
