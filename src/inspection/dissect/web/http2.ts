import { uint24, uint32 } from "../../file/bytes.ts";
import { isExactTextAt } from "../text.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { StreamDissector } from "../transport/stream.ts";

/** What a client of HTTP/2 sends first (RFC 9113, 3.4). */
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const headerSizeBytes = 9;
const settings = 4;
const settingSizeBytes = 6;

const hasPreface = (bytes: Uint8Array, at: number, end: number): boolean =>
  isExactTextAt(bytes, at, end, preface);

/** True when a connection of HTTP/2 begins here: the client's preface, or the server's first settings. */
export function beginsHttp2(bytes: Uint8Array, at: number, end: number): boolean {
  if (hasPreface(bytes, at, end)) return true;
  const size = uint24(bytes, at);
  return (
    end - at >= headerSizeBytes + size &&
    bytes[at + 3] === settings &&
    bytes[at + 4] === 0 &&
    uint32(bytes, at + 5) === 0 &&
    size % settingSizeBytes === 0
  );
}

/** Frames of HTTP/2 without TLS (RFC 9113, 4.1); each shows by itself. */
export const http2Stream: StreamDissector = pduStream({
  name: "http2",
  headerSizeBytes,
  size: (bytes, at, end) =>
    hasPreface(bytes, at, end) ? preface.length : uint24(bytes, at) + headerSizeBytes,
});
