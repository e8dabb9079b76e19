import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { streamState, type StreamPiece } from "../transport/stream.ts";
import type { Tpdu } from "./cotp.ts";

/** T.125's connection messages are in BER, with tags of the application class from 101 to 104. */
const connectTag = 0x7f;
const firstConnectTag = 0x65;
const lastConnectTag = 0x68;
/** Its other messages begin with their number in six bits: those of domains, users, channels, data. */
const domainMessages = new Set([1, 8, 10, 11, 14, 15, 25, 26]);
const sendDataRequest = 25;
const sendDataIndication = 26;
/** "Duca" and "McDn", with which the client's and the server's settings begin (MS-RDPBCGR, 2.2.1.3). */
const keys = [0x44756361, 0x4d63446e];
/** Bytes of a connection message in which the key is looked for. */
const keySearchSizeMax = 512;

const stateOf = streamState(() => ({ isRdp: false }));

export function isT125(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  const first = bytes[at] ?? 0;
  if (first !== connectTag) return domainMessages.has(first >> 2);
  const second = bytes[at + 1] ?? 0;
  return second >= firstConnectTag && second <= lastConnectTag;
}

/** T.125: connections of a conference; RDP puts its settings in them, and its own messages in their data. */
export function dissectT125(frame: Frame, { bytes, at, end, piece }: Tpdu): void {
  frame.enter("t125", at, end, bytes);
  const state = stateOf(piece);
  if (bytes[at] === connectTag) {
    if (!holdsKey(bytes, at, end)) return;
    state.isRdp = true;
    frame.enter("t124", at, end, bytes);
    frame.enter("rdp", at, end, bytes);
    return;
  }
  const message = (bytes[at] ?? 0) >> 2;
  if (state.isRdp && (message === sendDataRequest || message === sendDataIndication))
    frame.enter("rdp", at, end, bytes);
}

function holdsKey(bytes: Uint8Array, start: number, end: number): boolean {
  const last = Math.min(end, start + keySearchSizeMax) - 4;
  for (let at = start; at <= last; at++) {
    const [client, server] = keys;
    const word = (uint16(bytes, at) << 16) | uint16(bytes, at + 2);
    if (word === client || word === server) return true;
  }
  return false;
}

/** Short messages of one piece. */
const fastPathCountMax = 64;

/** MS-RDPBCGR, 2.2.8.1.2: input and output in a short form, of which each header tells the whole length. */
export function isFastPath({ bytes, end }: StreamPiece, start: number): boolean {
  let at = start;
  for (let count = 0; count < fastPathCountMax; count++) {
    if (((bytes[at] ?? 0) & 3) !== 0 || end - at < 3) return false;
    const first = bytes[at + 1] ?? 0;
    const size = (first & 0x80) === 0 ? first : uint16(bytes, at + 1) & 0x7fff;
    if (size <= 2 || size > end - at) return false;
    at += size;
    if (at === end) return true;
  }
  return false;
}
