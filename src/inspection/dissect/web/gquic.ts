import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

/** QUIC as Google made it before the IETF did: public flags, a connection id of 8 bytes, a version. */
const headerSizeMin = 13;
const flag = { version: 0x01, connectionId: 0x08 } as const;
const flagsMax = 0x3f;
const versionMin = 20;
const versionMax = 49;
/** Q046 already has the long header of the drafts. */
const version46 = 0x51303436;

/** The version's number of `Q035`; -1 when it is none. */
function versionNumber(bytes: Uint8Array, at: number): number {
  let number = 0;
  if (bytes[at] !== 0x51) return -1;
  for (let index = 1; index <= 3; index++) {
    const digit = (bytes[at + index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** A client's packet with its version: the conversation is gQUIC's from here on. */
function isGquic(frame: Frame, at: number): boolean {
  const { bytes, capturedEnd } = frame;
  if (capturedEnd - at < headerSizeMin) return false;
  const flags = bytes[at] ?? 0;
  if (flags >= 0xc0) return bind(frame, uint32(bytes, at + 1) === version46);
  const marks = flag.version | flag.connectionId;
  if (flags > flagsMax || (flags & marks) !== marks) return false;
  const version = versionNumber(bytes, at + 9);
  return bind(frame, version >= versionMin && version <= versionMax);
}

function bind(frame: Frame, isFound: boolean): boolean {
  if (isFound) frame.expectations.bindConversation(frame.udpStream, dissect);
  return isFound;
}

function dissect(frame: Frame, at: number): void {
  frame.enter("gquic", at);
}

export const gquic: Protocol = { name: "gquic", dissect, recognizesDatagram: isGquic };
