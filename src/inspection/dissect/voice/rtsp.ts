import type { Frame } from "../frame.ts";
import { uint16 } from "../../file/bytes.ts";
import { dissectRtcp } from "./rtcp.ts";
import { isRtp, rtpOf } from "./rtp.ts";
import { isExactTextAt, textOf } from "../text.ts";
import { askFor, streamNeed, type StreamDissector, type StreamPiece } from "../transport/stream.ts";
import type { Protocol } from "../registry.ts";

const answer = "RTSP/1.0 ";
const methods = [
  "DESCRIBE ",
  "ANNOUNCE ",
  "GET_PARAMETER ",
  "OPTIONS ",
  "PAUSE ",
  "PLAY ",
  "RECORD ",
  "REDIRECT ",
  "SETUP ",
  "SET_PARAMETER ",
  "TEARDOWN ",
];
const headSizeMax = 16_384;
const messageCountMax = 200;
const interleavedMark = 0x24;
const interleavedHeaderSizeBytes = 4;

/** Any stream may be asked this, so no text is made of the bytes. */
export function isRtsp(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at] ?? 0;
  // From A to T: most payloads end here.
  if (first < 0x41 || first > 0x54) return false;
  if (isExactTextAt(bytes, at, end, answer)) return true;
  for (const method of methods)
    if (isExactTextAt(bytes, at, end, method)) return isTarget(bytes, at + method.length, end);
  return false;
}

/** A URL, a path, or `*` for the whole server. */
const isTarget = (bytes: Uint8Array, at: number, end: number): boolean =>
  isExactTextAt(bytes, at, end, "*") ||
  isExactTextAt(bytes, at, end, "/") ||
  isExactTextAt(bytes, at, end, "rtsp");

/** Size of what is at `at`, or -1 while its head is not complete. */
function sizeAt({ bytes, at, end }: StreamPiece): number {
  if (bytes[at] === interleavedMark)
    return end - at < interleavedHeaderSizeBytes
      ? -1
      : interleavedHeaderSizeBytes + uint16(bytes, at + 2);
  const text = textOf(bytes, at, Math.min(end, at + headSizeMax));
  const blank = text.indexOf("\r\n\r\n");
  if (blank < 0) return -1;
  const length = /^content-length\s*:\s*(\d{1,8})\s*$/im.exec(text.slice(0, blank + 2))?.[1];
  return blank + 4 + Number(length ?? 0);
}

/** RFC 2326, 12.39: the ports that both ends agreed on, told by the server's answer. */
function expectMedia(frame: Frame, text: string): void {
  const transport = /^transport\s*:.*$/im.exec(text)?.[0] ?? "";
  const [, client] = /client_port=(\d{1,5})/.exec(transport) ?? [];
  const [, server] = /server_port=(\d{1,5})/.exec(transport) ?? [];
  if (client === undefined || server === undefined || !/RTP\/AVP/i.test(transport)) return;
  const { ends, expectations } = frame;
  const rtp = rtpOf(new Map());
  for (const [address, port] of [
    [ends.destination, Number(client)],
    [ends.source, Number(server)],
  ] as const) {
    if (port === 0 || port > 65_534) continue;
    expectations.expectDatagrams(address, port, rtp, isRtp);
    expectations.expectDatagrams(address, port + 1, dissectRtcp, isRtp);
  }
}

function enter(frame: Frame, { bytes, at }: StreamPiece, end: number): void {
  frame.enter("rtsp", at, end, bytes);
  if (bytes[at] === interleavedMark) return;
  const text = textOf(bytes, at, Math.min(end, at + headSizeMax));
  if (text.startsWith("RTSP")) expectMedia(frame, text);
}

const stream: StreamDissector = {
  name: "rtsp",
  recognizes: isRtsp,
  dissect(frame, piece) {
    const { bytes, end } = piece;
    for (let count = 0; count < messageCountMax && piece.at < end; count++) {
      const { at } = piece;
      if (bytes[at] !== interleavedMark && !isRtsp(bytes, at, end)) return count > 0;
      const size = sizeAt(piece);
      if ((size < 0 || at + size > end) && piece.canContinue) {
        if (size < 0) askFor(piece, streamNeed.anotherSegment, at);
        else askFor(piece, streamNeed.bytes, at, at + size - end);
        return true;
      }
      enter(frame, piece, size < 0 ? end : Math.min(end, at + size));
      if (size < 0) return true;
      piece.at = at + size;
    }
    return true;
  },
};

/** RFC 2326: media told what to do, sometimes with the media between the messages. */
export const rtsp: Protocol = { name: "rtsp", tcpPorts: [554, 8554], stream };
