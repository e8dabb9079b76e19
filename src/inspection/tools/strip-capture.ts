import { Analyses } from "../analysis/analyses.ts";
import { dissectFrame } from "../dissect/protocols.ts";
import { Frame, type Layer } from "../dissect/frame.ts";
import type { PacketView } from "../file/record.ts";
import { rewriteCapture, type RewriteOptions, type RewriteResult } from "./rewrite-capture.ts";

export interface StripOptions extends RewriteOptions {
  /** Bytes of the payload that stay. */
  keptPayloadSizeBytes?: number;
}

/**
 * Removes what is above the transport from every packet: headers, lengths on the wire and checksums stay
 * as they are. Of a protocol without a transport the innermost header that is known stays.
 */
export function stripCapture(
  source: AsyncIterable<Uint8Array>,
  options: StripOptions,
): AsyncGenerator<Uint8Array, RewriteResult> {
  const headers = new HeaderFinder();
  const { keptPayloadSizeBytes = 0 } = options;
  return rewriteCapture(
    source,
    (packet, number) =>
      Math.min(packet.capturedLength, headers.sizeOf(packet, number) + keptPayloadSizeBytes),
    options,
  );
}

/** Finds where the payload of packets begins. */
class HeaderFinder {
  readonly #frame = new Frame(new Analyses());
  #payloadAt = -1;

  constructor() {
    const noted = (frame: Frame, at: number): void => {
      if (frame.bytes === this.#packetBytes) this.#payloadAt = at;
    };
    this.#frame.detailed = true;
    this.#frame.payloadListener = { segment: noted, datagram: noted };
  }

  #packetBytes: Uint8Array = new Uint8Array(0);

  /** Bytes of the packet before its payload; the packets must come in order. */
  sizeOf(packet: PacketView, number: number): number {
    const frame = this.#frame;
    this.#payloadAt = -1;
    this.#packetBytes = packet.bytes;
    frame.start(packet, number);
    dissectFrame(frame, packet.offset, packet.linkType);
    const end = this.#payloadAt >= 0 ? this.#payloadAt : headersEnd(frame, packet);
    return Math.max(0, end - packet.offset);
  }
}

/** Where the headers of a packet without TCP and UDP end. */
function headersEnd(frame: Frame, packet: PacketView): number {
  const packetEnd = packet.offset + packet.capturedLength;
  let end = packet.offset;
  for (let depth = 0; depth < frame.depth; depth++) {
    const layer = frame.layers[depth];
    // What was put together from fragments lies elsewhere: of this packet it is all payload.
    if (!layer || layer.bytes !== packet.bytes) return end;
    if (layer.start < 0) continue;
    if (wholeProtocols.has(layer.protocol)) return packetEnd;
    const size = headerSize(layer);
    if (size < 0) return Math.max(end, layer.start);
    end = Math.min(packetEnd, layer.start + size);
  }
  return end;
}

/** Protocols that keep networks running: they are all header, and show no user's data. */
const wholeProtocols: ReadonlySet<string> = new Set([
  "arp",
  "cdp",
  "eapol",
  "icmpv6",
  "igmp",
  "lldp",
  "ospf",
  "pim",
  "slow",
  "stp",
  "vrrp",
]);

const ethernetSizeBytes = 14;
const ipv6SizeBytes = 40;

/** Size of the header of a protocol below the payload; -1 when it is payload itself. */
function headerSize({ protocol, bytes, start }: Layer): number {
  switch (protocol) {
    case "eth":
      return ethernetSizeBytes;
    case "ip":
      return ((bytes[start] ?? 0) & 15) * 4;
    case "ipv6":
      return ipv6SizeBytes;
    case "tcp":
      return ((bytes[start + 12] ?? 0) >> 4) * 4;
    case "sctp":
      return 12;
    default:
      return fixedSizes[protocol] ?? -1;
  }
}

const fixedSizes: Readonly<Record<string, number>> = {
  ah: 12,
  ethertype: 0,
  esp: 8,
  gre: 4,
  icmp: 8,
  ieee8021ad: 4,
  llc: 3,
  mpls: 4,
  null: 4,
  ppp: 2,
  pppoes: 6,
  radiotap: 8,
  raw: 0,
  sll: 16,
  udp: 8,
  udplite: 8,
  vlan: 4,
  wlan: 24,
};
