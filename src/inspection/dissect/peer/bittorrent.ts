import { uint32 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt } from "../text.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { StreamDissector } from "../transport/stream.ts";

const handshakeSizeBytes = 68;
const lengthSizeBytes = 4;

/** BEP 3: nineteen, and the name of the protocol. */
const isHandshake = (bytes: Uint8Array, at: number, end: number): boolean =>
  isExactTextAt(bytes, at, end, "\u0013BitTorrent protocol");

const messages = pduStream({
  name: "bittorrent",
  headerSizeBytes: lengthSizeBytes,
  size: (bytes, at, end) =>
    isHandshake(bytes, at, end) ? handshakeSizeBytes : uint32(bytes, at) + lengthSizeBytes,
});

const stream: StreamDissector = { ...messages, recognizes: isHandshake };

export const bittorrent: Protocol = {
  name: "bittorrent",
  tcpPorts: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889],
  stream,
};
