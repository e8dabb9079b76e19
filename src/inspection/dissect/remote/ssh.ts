import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  streamState,
  type StreamPiece,
} from "../transport/stream.ts";

/** Packets of one piece; damaged lengths could make many. */
const packetCountMax = 1_000;
/** A length beyond this overflows tshark's own arithmetic, which it calls malformed. */
const packetSizeMax = 0x7fffffff;

const port = 22;
const headerSizeBytes = 6;
const newKeys = 21;
const lineFeed = 0x0a;
/** "SSH-" in small letters, where each letter's case bit is set. */
const greeting = 0x7373682d;
const caseBits = 0x20202000;

interface Side {
  hasGreeted: boolean;
  isEncrypted: boolean;
}

const side = (): Side => ({ hasGreeted: false, isEncrypted: false });

const stateOf = streamState(() => ({ version: 0, sides: [side(), side()] as const }));

/** What the next bytes are: packets with their end, or the reason why there are none. */
const stop = { needsMore: -1, malformed: -2 } as const;

/** RFC 4253, 4.2 and 6: a line with the version, packets of the key exchange, then what nobody can read. */
function dissectStream(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, end } = piece;
  let { at } = piece;
  for (let count = 0; at < end && count < packetCountMax; count++) {
    const next = dissectNext(frame, piece, at);
    if (next === stop.needsMore) break;
    if (at === piece.at) frame.enter("ssh", at, end, bytes);
    if (next === stop.malformed) {
      frame.enter("_ws.malformed");
      break;
    }
    at = next;
  }
  return true;
}

function dissectNext(frame: Frame, piece: StreamPiece, at: number): number {
  const { bytes, end, fromA } = piece;
  const state = stateOf(piece);
  const sender = state.sides[fromA ? 0 : 1];
  if (!sender.hasGreeted && (uint32(bytes, at) | caseBits) >>> 0 === greeting && at + 4 <= end) {
    sender.hasGreeted = true;
    // As in tshark, what only the server offers is not yet agreed.
    if (frame.ends.sourcePort !== port) state.version = versionOf(bytes, at + 4);
    return afterLine(bytes, at, end);
  }
  if (state.version === 0 || sender.isEncrypted) return end - at > 4 ? end : stop.malformed;
  return afterPacket(piece, sender, { at, version: state.version });
}

/** "SSH-1.99" speaks version 2 as well (RFC 4253, 5.1). */
function versionOf(bytes: Uint8Array, at: number): number {
  const [major, point, minor] = bytes.subarray(at, at + 3);
  if (point !== 0x2e || (major !== 0x31 && major !== 0x32)) return 0;
  return major === 0x31 && minor !== 0x39 ? 1 : 2;
}

function afterLine(bytes: Uint8Array, at: number, end: number): number {
  const found = bytes.indexOf(lineFeed, at);
  return found < 0 || found >= end ? end : found + 1;
}

function afterPacket(
  piece: StreamPiece,
  sender: Side,
  { at, version }: { at: number; version: number },
): number {
  const { bytes, end, canContinue } = piece;
  if (canContinue && at + 4 > end) {
    askFor(piece, streamNeed.anotherSegment, at);
    return stop.needsMore;
  }
  const length = uint32(bytes, at);
  // Version 1 does not count the padding, of which there are 1 to 8 bytes.
  const size = 4 + length + (version === 1 ? 8 - (length % 8) : 0);
  if (length === 0 || size > packetSizeMax) return stop.malformed;
  if (canContinue && at + size > end) {
    askFor(piece, streamNeed.bytes, at, at + size - end);
    return stop.needsMore;
  }
  if (version === 2 && at + headerSizeBytes <= end && bytes[at + 5] === newKeys)
    sender.isEncrypted = true;
  return Math.min(at + size, end);
}

export const ssh: Protocol = {
  name: "ssh",
  tcpPorts: [port],
  stream: { name: "ssh", recognizes: recognizesNothing, dissect: dissectStream },
};
