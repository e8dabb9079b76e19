// One line about a packet, for packet lists.
import { bytesText, address4Text } from "./filter/value-text.ts";
import { ipv6Text } from "./analysis/addresses.ts";
import type { Frame, Layer } from "./dissect/frame.ts";
import { uint32 } from "./file/bytes.ts";
import { infoOf } from "./packet-info.ts";
import type { Subject } from "./filter/subject.ts";

export interface PacketSummary {
  number: number;
  /** Nanoseconds since the first packet, and since the epoch; null for packets without a time. */
  relativeTime: bigint | null;
  time: bigint | null;
  source: string;
  destination: string;
  /** The innermost protocol, by Wireshark's filter name. */
  protocol: string;
  /** Length on the wire, bytes. */
  length: number;
  info: string;
}

export function summaryOf(subject: Subject): PacketSummary {
  const { frame, packet } = subject;
  const { hasTime, time, firstTime } = packet;
  return {
    number: packet.number,
    relativeTime: hasTime ? time - (firstTime ?? time) : null,
    time: hasTime ? time : null,
    ...addressesOf(frame),
    protocol: protocolOf(frame),
    length: packet.wireLength,
    info: infoOf(subject),
  };
}

const addressReaders: Readonly<
  Record<string, (layer: Layer) => Pick<PacketSummary, "source" | "destination">>
> = {
  eth: ({ bytes, start }) => ({
    source: bytesText(bytes.subarray(start + 6, start + 12), ":"),
    destination: bytesText(bytes.subarray(start, start + 6), ":"),
  }),
  ip: ({ bytes, start }) => ({
    source: address4Text(uint32(bytes, start + 12)),
    destination: address4Text(uint32(bytes, start + 16)),
  }),
  ipv6: ({ bytes, start }) => ({
    source: ipv6Text(bytes.subarray(start + 8, start + 24)),
    destination: ipv6Text(bytes.subarray(start + 24, start + 40)),
  }),
};

/** Those of the innermost layer that has addresses. */
export function addressesOf(frame: Frame): Pick<PacketSummary, "source" | "destination"> {
  const layer = addressLayerOf(frame);
  return (layer && addressReaders[layer.protocol]?.(layer)) ?? { source: "", destination: "" };
}

/** The innermost layer that has addresses; what a recording cut off has none. */
export function addressLayerOf(frame: Frame): Layer | null {
  for (let index = frame.depth - 1; index >= 0; index--) {
    const layer = frame.layers[index];
    if (!layer || layer.start < 0 || !addressReaders[layer.protocol]) continue;
    if (layer.end - layer.start >= (addressesEnd[layer.protocol] ?? 0)) return layer;
  }
  return null;
}

/** Where in its header a layer's addresses end. */
const addressesEnd: Readonly<Record<string, number>> = { eth: 12, ip: 20, ipv6: 40 };

/** Layers that are no protocol of their own. */
const isPart = /\.|^(?:data|_ws|media|data-text-lines)/;

/** The innermost that is a protocol of its own. */
export function protocolOf(frame: Frame): string {
  for (let index = frame.depth - 1; index >= 0; index--) {
    const name = frame.path[index] ?? "";
    if (!isPart.test(name)) return name;
  }
  return frame.path[0] ?? "";
}
