// Which stream a packet is of, in 32 bits.
import type { Frame, Layer } from "../dissect/frame.ts";
import type { StreamName } from "./packet-book.ts";

/** Of no stream. */
const noStream = 0;
/** A piece of a datagram, which may be of any: where it belongs to shows when all pieces are there. */
export const fragmentWord = 1;

const udpBit = 2;
const fromBBit = 1;
/** Streams beyond these have no name. */
const streamCountMax = 2 ** 30 - 1;

const transports: ReadonlySet<string> = new Set(["tcp", "udp"]);

/** The innermost layer of a transport; null: there is none. */
export function transportLayerOf(frame: Frame): Layer | null {
  for (let index = frame.depth - 1; index >= 0; index--) {
    const layer = frame.layers[index];
    if (layer && transports.has(layer.protocol)) return layer;
  }
  return null;
}

export function streamWordOf(frame: Frame, layer: Layer | null): number {
  if (!layer) return isFragment(frame) ? fragmentWord : noStream;
  if (layer.stream < 0 || layer.stream >= streamCountMax) return noStream;
  const isUdp = layer.protocol === "udp";
  const isFromB = !isUdp && !frame.analyses.tcpStreams.flows.isFromA;
  return (((layer.stream + 1) << 2) | (isUdp ? udpBit : 0) | (isFromB ? fromBBit : 0)) >>> 0;
}

/** An IP packet that carries neither a transport nor anything else that is named. */
function isFragment({ path, depth }: Frame): boolean {
  const innermost = path[depth - 1] ?? "";
  const around = path[depth - 2] ?? "";
  const isNetwork = (name: string): boolean => name === "ip" || name.startsWith("ipv6");
  return isNetwork(innermost) || (innermost === "data" && isNetwork(around));
}

export function streamOf(word: number): StreamName | null {
  if (word <= fragmentWord) return null;
  return { protocol: word & udpBit ? "udp" : "tcp", stream: (word >>> 2) - 1 };
}

export const isFromA = (word: number): boolean => (word & fromBBit) === 0;

/** The word of a stream, its direction aside. */
export const wordOf = ({ protocol, stream }: StreamName): number =>
  (((stream + 1) << 2) | (protocol === "udp" ? udpBit : 0)) >>> 0;

export const withoutDirection = (word: number): number => (word & ~fromBBit) >>> 0;
