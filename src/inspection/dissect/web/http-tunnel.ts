// What a connection of HTTP becomes: a tunnel through a proxy, or another protocol after an upgrade.
import type { Frame } from "../frame.ts";
import { streamDissectorByContent, streamDissectorByPort } from "../registry.ts";
import { isTextAt, textOf } from "../text.ts";
import { streamNeed, type StreamDissector, type StreamPiece } from "../transport/stream.ts";
import type { HttpHead } from "./http-head.ts";
import { httpTcpPorts } from "./http-ports.ts";
import { beginsHttp2, http2Stream } from "./http2.ts";
import { startLine } from "./http-start-line.ts";
import { websocketStream } from "./websocket.ts";

/** What is known of one connection's way to something else. */
export interface Tunnel {
  /** The last request was CONNECT. */
  isAsked: boolean;
  /** The port that CONNECT named, -1 for none. */
  port: number;
  /** The frame after which all is the tunnel's; -1 while there is none. */
  afterFrame: number;
  /** The protocol after an upgrade; null when it is unknown. */
  upgraded: StreamDissector | null;
  isUpgraded: boolean;
}

export function newTunnel(): Tunnel {
  return { isAsked: false, port: -1, afterFrame: -1, upgraded: null, isUpgraded: false };
}

const requestSizeMax = 512;

/** Follows requests and responses; true when the response in `head` hands the connection over. */
export function openTunnel(
  tunnel: Tunnel,
  head: HttpHead,
  { bytes, frameNumber }: { bytes: Uint8Array; frameNumber: number },
): boolean {
  if (head.kind === startLine.request) readRequest(tunnel, head, bytes);
  if (head.kind !== startLine.response) return false;
  if (tunnel.isAsked && head.status === 200) tunnel.afterFrame = frameNumber;
  if (head.status !== 101 || head.upgrade.at < 0) return false;
  const { at, end } = head.upgrade;
  tunnel.isUpgraded = true;
  tunnel.upgraded = isTextAt(bytes, at, end, "websocket")
    ? websocketStream
    : isTextAt(bytes, at, end, "h2c")
      ? http2Stream
      : null;
  return true;
}

/** CONNECT names a host and a port (RFC 9110, 9.3.6). */
function readRequest(tunnel: Tunnel, { line }: HttpHead, bytes: Uint8Array): void {
  tunnel.isAsked = isTextAt(bytes, line.at, line.end, "connect ");
  if (!tunnel.isAsked) return;
  const text = textOf(bytes, line.at + 8, Math.min(line.end, line.at + requestSizeMax));
  tunnel.port = Number(/^[^\s:]*:(\d{1,5})/.exec(text)?.[1] ?? -1);
}

/** Hands a connection over that is one of HTTP/2 from its beginning. */
export function openHttp2(tunnel: Tunnel, { bytes, at, end }: StreamPiece): void {
  if (!beginsHttp2(bytes, at, end)) return;
  tunnel.isUpgraded = true;
  tunnel.upgraded = http2Stream;
}

/** Dissects a piece of a connection that was handed over; false when it is still HTTP's. */
export function dissectTunnel(frame: Frame, piece: StreamPiece, tunnel: Tunnel): boolean {
  if (tunnel.isUpgraded) {
    dissectUpgraded(frame, piece, tunnel);
    return true;
  }
  if (tunnel.afterFrame < 0 || frame.number <= tunnel.afterFrame) return false;
  if (tunnel.port < 0) return true;
  const { bytes, at, end } = piece;
  const { depth } = frame;
  frame.enter("http", at, end, bytes);
  const found = inner(piece, tunnel.port);
  if (found === null || !found.dissect(frame, piece)) frame.enter("data", at, end, bytes);
  // Of a message that only begins here nothing shows, not even the tunnel.
  if (piece.need !== streamNeed.nothing && piece.needFrom === at) frame.depth = depth;
  return true;
}

/** HTTP in its own tunnel is not followed. */
function inner({ bytes, at, end }: StreamPiece, port: number): StreamDissector | null {
  if (httpTcpPorts.includes(port)) return null;
  const found = streamDissectorByPort(port, port, port) ?? streamDissectorByContent(bytes, at, end);
  return found?.name === "http" ? null : found;
}

/** What comes after the answer that agreed to an upgrade. */
export function dissectUpgraded(frame: Frame, piece: StreamPiece, { upgraded }: Tunnel): void {
  if (upgraded) upgraded.dissect(frame, piece);
  else frame.enter("data", piece.at, piece.end, piece.bytes);
}
