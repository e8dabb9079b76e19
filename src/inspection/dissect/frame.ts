import { portType, type PortType } from "../analysis/destinations.ts";
import type { Analyses } from "../analysis/analyses.ts";
import { Ends } from "../analysis/ends.ts";
import { hasComment } from "../file/packet-comment.ts";
import type { PacketView } from "../file/record.ts";
import { PendingSides } from "./transport/pending-side.ts";
import { EarlyFrames } from "./transport/early-frames.ts";
import { Expectations } from "./transport/expectations.ts";
import type { FieldValue } from "./field.ts";
import { KnownTexts } from "./known-texts.ts";
import type { PayloadListener } from "./transport/payload-listener.ts";
import { ByteBuffers } from "./transport/byte-buffers.ts";
import { Conversations } from "./transport/conversation.ts";
import { StreamPiece } from "./transport/stream.ts";
import { KnownCertificates } from "./web/known-certificates.ts";

/** Protocols of one frame, one after another; deeper ones are not followed. */
const depthMax = 64;

/**
 * The packet being dissected, and where in it a dissector works. One object serves all packets.
 * Bytes up to `capturedEnd` are there; up to `reportedEnd` they were on the wire.
 */
export class Frame {
  readonly analyses: Analyses;
  bytes: Uint8Array = new Uint8Array(0);
  capturedEnd = 0;
  reportedEnd = 0;
  number = 0;
  seconds = 0;
  nanoseconds = 0;
  wireLength = 0;
  /** True when the file keeps a comment beside the packet. */
  commented = false;
  /** Wireshark's filter names from the outside in; the first `depth` are valid. */
  readonly path: string[] = [];
  depth = 0;
  /**
   * Set for display filters and packet lists: layers and noted values are then kept. An inspection does
   * without, and what it costs is not paid.
   */
  detailed = false;
  /** Where each protocol of `path` lies; only filled when `detailed`. */
  readonly layers: Layer[] = [];
  /** What an ICMP error quotes, the first `quotedDepth` of them; only filled when `detailed`. */
  readonly quoted: Layer[] = [];
  quotedDepth = 0;
  /** True when nothing above the transport is to be dissected. */
  transportOnly = false;
  /** Ends of the innermost transport. */
  readonly ends: Ends;
  portType: PortType = portType.none;
  /** Number of the UDP conversation that this frame is of; -1 where there is none. */
  udpStream = -1;
  /** Number of the TCP stream that this segment is of, as `tcp.stream`; -1 where there is none. */
  tcpStream = -1;
  /** Of that segment: the header's flags, what the analysis says (`segmentFlag`), and payload bytes. */
  tcpFlags = 0;
  segmentFlags = 0;
  payloadLength = 0;
  /** True inside what an ICMP error quotes: no reassembly, no counting of segments. */
  inError = false;
  /** True when the payload is the first part of a datagram that could not be put together. */
  fragmented = false;

  /** Told of each segment and datagram; null in an inspection, which follows no stream. */
  payloadListener: PayloadListener | null = null;

  /** The piece of a stream being dissected. */
  readonly piece: StreamPiece;
  readonly conversations: Conversations;
  readonly pendingSides = new PendingSides();
  readonly buffers = new ByteBuffers();
  readonly texts = new KnownTexts();
  readonly certificates = new KnownCertificates();
  readonly earlyFrames = new EarlyFrames();
  /** What protocols announced of others: ports of RTP, of FTP's data. */
  readonly expectations = new Expectations();

  constructor(analyses: Analyses) {
    this.analyses = analyses;
    this.ends = new Ends(analyses.addresses);
    this.conversations = new Conversations(analyses.tcpStreams);
    this.piece = new StreamPiece((stream) => this.conversations.open(stream));
  }

  start(packet: PacketView, number: number): void {
    this.bytes = packet.bytes;
    // A damaged record may have more bytes than it says were on the wire: they are all read.
    this.capturedEnd = packet.offset + packet.capturedLength;
    this.reportedEnd = packet.offset + Math.max(packet.capturedLength, packet.originalLength);
    this.number = number;
    this.seconds = packet.seconds;
    this.nanoseconds = packet.nanoseconds;
    this.wireLength = packet.originalLength;
    this.commented = packet.optionsLength > 0 && hasComment(packet);
    this.depth = 0;
    this.ends.clear();
    this.analyses.ipTraffic.start();
    this.buffers.settle();
    this.portType = portType.none;
    this.udpStream = -1;
    this.quotedDepth = 0;
    this.tcpStream = -1;
    this.inError = false;
    this.fragmented = false;
  }

  /**
   * Notes that the frame holds this protocol, inside those noted before; not within quoted packets.
   * It lies in `bytes` from `at` to `end`; what is not told is the frame's own.
   */
  enter(protocol: string, at = -1, end = this.capturedEnd, bytes = this.bytes): void {
    if (this.inError) {
      if (this.detailed && this.quotedDepth < depthMax)
        setLayer(this.quoted, this.quotedDepth++, place(protocol, bytes, at, end));
      return;
    }
    if (this.depth >= depthMax) return;
    if (this.detailed) {
      const layer = setLayer(this.layers, this.depth, place(protocol, bytes, at, end));
      layer.wireEnd = end < this.capturedEnd || bytes !== this.bytes ? end : this.reportedEnd;
    }
    this.path[this.depth++] = protocol;
  }

  /** Places a protocol at a depth that was passed already, as reassembly does. */
  insert(protocol: string, depth: number): void {
    if (this.depth >= depthMax) return;
    for (let at = this.depth; at > depth; at--) this.path[at] = this.path[at - 1] ?? "";
    this.path[depth] = protocol;
    this.depth++;
    if (!this.detailed) return;
    const { bytes } = this;
    this.layers.length = this.depth - 1;
    this.layers.splice(depth, 0, newLayer(place(protocol, bytes, -1, -1)));
  }

  /**
   * Keeps the value of a field that cannot be read from the layer's bytes alone, in the innermost layer.
   * Call it only when `detailed`, so that nothing is computed for nobody.
   */
  note(field: string, value: FieldValue): void {
    const layer = this.#innermost;
    if (layer) (layer.notes ??= []).push({ field, value });
  }

  /** A protocol that filters may ask for though the hierarchy has no place for it; only when `detailed`. */
  mention(protocol: string): void {
    if (this.quotedDepth < depthMax)
      setLayer(this.quoted, this.quotedDepth++, place(protocol, this.bytes, -1, -1));
  }

  /** Keeps the number of the stream that the innermost layer is of; call it only when `detailed`. */
  noteStream(stream: number): void {
    const layer = this.#innermost;
    if (layer) layer.stream = stream;
  }

  get #innermost(): Layer | undefined {
    return this.inError ? this.quoted[this.quotedDepth - 1] : this.layers[this.depth - 1];
  }

  /**
   * True when `size` bytes are there at `at`. If not, notes what tshark shows: a short frame when they
   * were on the wire, otherwise a malformed one.
   */
  has(at: number, size: number): boolean {
    if (at + size <= this.capturedEnd) return true;
    this.enter(at + size <= this.reportedEnd ? "_ws.short" : "_ws.malformed");
    return false;
  }

  /** Takes what is left for undissected data. */
  data(at: number): void {
    if (at < this.capturedEnd) this.enter("data", at);
  }

  /** Ends the packet `size` bytes after `at` where it went on. */
  limit(at: number, size: number): void {
    this.reportedEnd = Math.min(this.reportedEnd, at + size);
    this.capturedEnd = Math.min(this.capturedEnd, this.reportedEnd);
  }
}

/** One protocol of a frame and where it lies: `bytes[start .. end)`; `start` is -1 where that is unknown. */
export interface Layer {
  protocol: string;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Where it ended on the wire; -1 where that is not known, as of what an error quotes. */
  wireEnd: number;
  notes: { field: string; value: FieldValue }[] | null;
  /** Number of the TCP stream or UDP conversation; -1 where the layer has none. */
  stream: number;
  /** What an analysis knows of the layer, for the fields that the analysis declares. */
  facts: object | null;
}

type LayerPlace = Pick<Layer, "protocol" | "bytes" | "start" | "end">;

function place(protocol: string, bytes: Uint8Array, start: number, end: number): LayerPlace {
  return { protocol, bytes, start, end };
}

function newLayer(at: LayerPlace): Layer {
  return { ...at, wireEnd: -1, notes: null, stream: -1, facts: null };
}

/** The layers of a frame are written anew for each; the objects stay. */
function setLayer(layers: Layer[], index: number, value: LayerPlace): Layer {
  const layer = (layers[index] ??= newLayer(value));
  layer.protocol = value.protocol;
  layer.bytes = value.bytes;
  layer.start = value.start;
  layer.end = value.end;
  layer.wireEnd = -1;
  layer.notes = null;
  layer.stream = -1;
  layer.facts = null;
  return layer;
}

/** Dissects what lies at `at`; never throws. */
export type Dissector = (frame: Frame, at: number) => void;
