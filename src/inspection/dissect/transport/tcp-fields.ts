import { segmentFlag } from "../../analysis/tcp-row.ts";
import { uint16 } from "../../file/bytes.ts";
import type { Field, Fields, FieldType, FieldValue } from "../field.ts";
import { computed } from "../field-helpers.ts";
import type { Layer } from "../frame.ts";
import type { TcpFacts } from "./tcp-facts.ts";
import { tcpOptionFields } from "./tcp-option-fields.ts";

const headerSizeMin = 20;
const unverified = 2;

/** Header flags from the highest bit, as the letters of `tcp.flags.str`. */
const flagLetters = "RRRACEUAPRSF";

const headerSize = ({ bytes, start }: Layer): number => ((bytes[start + 12] ?? 0) >> 4) * 4;

function flag(mask: number, description: string): Field {
  return { type: "boolean", at: 13, mask, description };
}

function fact(
  type: FieldType,
  description: string,
  read: (facts: TcpFacts) => FieldValue | null,
): Field {
  return computed(type, description, ({ facts }) => (facts ? read(facts as TcpFacts) : null));
}

/** A verdict of the sequence analysis. */
function verdict(flags: number, description: string): Field {
  return fact("none", description, (facts) => (facts.flags & flags ? true : null));
}

/** An event in the life of a connection, told by the header's flags. */
function event(mask: number, wanted: number, description: string): Field {
  return computed("none", description, ({ bytes, start, end, wireEnd }) =>
    wireEnd >= 0 && start + headerSizeMin <= end && ((bytes[start + 13] ?? 0) & mask) === wanted
      ? true
      : null,
  );
}

function payloadOf(layer: Layer): Uint8Array | null {
  const at = layer.start + headerSize(layer);
  if (layer.wireEnd < 0 || headerSize(layer) < headerSizeMin || at >= layer.end) return null;
  return layer.bytes.subarray(at, layer.end);
}

const nonzero = (value: number): number | null => (value === 0 ? null : value);

const headerFields: Fields = {
  "tcp.srcport": { type: "uint16", at: 0, description: "source port" },
  "tcp.dstport": { type: "uint16", at: 2, description: "destination port" },
  "tcp.port": { type: "uint16", at: [0, 2], description: "source or destination port" },
  "tcp.stream": computed("uint32", "number of the stream, from 0", ({ stream }) =>
    stream < 0 ? null : stream,
  ),
  "tcp.len": computed("uint32", "payload, bytes", (layer) =>
    layer.wireEnd < 0 || layer.start + headerSizeMin > layer.end
      ? null
      : Math.max(0, layer.wireEnd - layer.start - headerSize(layer)),
  ),
  "tcp.seq_raw": { type: "uint32", at: 4, description: "sequence number as sent" },
  "tcp.ack_raw": { type: "uint32", at: 8, description: "acknowledgment number as sent" },
  "tcp.hdr_len": computed("uint8", "length of the header, bytes", (layer) =>
    layer.start + 13 > layer.end ? null : headerSize(layer),
  ),
  "tcp.flags": { type: "uint16", at: 12, mask: 0x0fff, description: "all flags" },
  "tcp.flags.res": { type: "boolean", at: 12, mask: 0x0e, description: "reserved" },
  "tcp.flags.ae": { type: "boolean", at: 12, mask: 0x01, description: "accurate ECN" },
  "tcp.flags.cwr": flag(0x80, "congestion window reduced"),
  "tcp.flags.ece": flag(0x40, "congestion was experienced"),
  "tcp.flags.urg": flag(0x20, "urgent pointer counts"),
  "tcp.flags.ack": flag(0x10, "acknowledgment counts"),
  "tcp.flags.push": flag(0x08, "hand over at once"),
  "tcp.flags.reset": flag(0x04, "reset"),
  "tcp.flags.syn": flag(0x02, "opens a connection"),
  "tcp.flags.fin": flag(0x01, "closes a direction"),
  "tcp.flags.str": computed("string", "all flags as letters", ({ bytes, start, end }) =>
    start + 14 > end
      ? null
      : Array.from(flagLetters, (letter, index) =>
          uint16(bytes, start + 12) & (0x800 >> index) ? letter : "·",
        ).join(""),
  ),
  "tcp.window_size_value": { type: "uint16", at: 14, description: "window as sent" },
  "tcp.checksum": { type: "uint16", at: 16, description: "checksum" },
  "tcp.checksum.status": computed("uint8", "always 2: not verified", ({ start, end }) =>
    start + 18 > end ? null : unverified,
  ),
  "tcp.urgent_pointer": { type: "uint16", at: 18, description: "urgent pointer" },
  "tcp.payload": computed("bytes", "payload", payloadOf),
  "tcp.connection.syn": event(0x12, 0x02, "asks for a connection"),
  "tcp.connection.synack": event(0x12, 0x12, "accepts a connection"),
  "tcp.connection.fin": event(0x01, 0x01, "closes its direction"),
  "tcp.connection.rst": event(0x04, 0x04, "resets the connection"),
};

const relativeFields: Fields = {
  "tcp.seq": fact("uint32", "sequence number from the stream's first", ({ sequence }) => sequence),
  "tcp.nxtseq": fact(
    "uint32",
    "sequence number after this segment",
    ({ nextSequence }) => nextSequence,
  ),
  "tcp.ack": fact(
    "uint32",
    "acknowledgment from the stream's first",
    ({ acknowledgment }) => acknowledgment,
  ),
  "tcp.window_size": fact("uint32", "window, scaled", ({ windowSize }) => windowSize),
  "tcp.window_size_scalefactor": computed("int32", "factor; -1 unknown, -2 none", (layer) =>
    layer.facts && ((layer.bytes[layer.start + 13] ?? 0) & 2) === 0
      ? (layer.facts as TcpFacts).windowScale
      : null,
  ),
  "tcp.time_relative": fact(
    "relativeTime",
    "since the stream's first frame",
    (facts) => facts.timeRelative,
  ),
  "tcp.time_delta": fact(
    "relativeTime",
    "since the stream's frame before",
    (facts) => facts.timeDelta,
  ),
  "tcp.completeness": fact(
    "uint8",
    "1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 RST",
    (facts) => facts.completeness,
  ),
};

const anyRetransmission =
  segmentFlag.retransmission | segmentFlag.fastRetransmission | segmentFlag.spuriousRetransmission;

const analysisFields: Fields = {
  "tcp.analysis": fact(
    "none",
    "the analysis says something",
    ({ isAnalysed }) => isAnalysed || null,
  ),
  "tcp.analysis.flags": fact("none", "the analysis found something", ({ flags }) =>
    flags === 0 ? null : true,
  ),
  "tcp.analysis.initial_rtt": fact(
    "relativeTime",
    "initial round-trip time",
    (facts) => facts.initialRtt,
  ),
  "tcp.analysis.ack_rtt": fact(
    "relativeTime",
    "time to this acknowledgment",
    (facts) => facts.ackRtt,
  ),
  "tcp.analysis.acks_frame": fact("uint32", "frame that is acknowledged", (facts) =>
    nonzero(facts.acknowledgedFrame),
  ),
  "tcp.analysis.bytes_in_flight": fact("uint32", "sent and not acknowledged", (facts) =>
    nonzero(facts.bytesInFlight),
  ),
  "tcp.analysis.push_bytes_sent": fact("uint32", "bytes since the last PSH", (facts) =>
    nonzero(facts.pushBytesSent),
  ),
  "tcp.analysis.rto": fact(
    "relativeTime",
    "time to the retransmission",
    (facts) => facts.retransmissionTimeout,
  ),
  "tcp.analysis.rto_frame": fact("uint32", "frame that it counts from", (facts) =>
    nonzero(facts.retransmittedFrame),
  ),
  "tcp.analysis.duplicate_ack_num": fact("uint32", "how many in a row", (facts) =>
    nonzero(facts.duplicateAckNumber),
  ),
  "tcp.analysis.duplicate_ack_frame": fact("uint32", "frame of the first", (facts) =>
    nonzero(facts.duplicateAckFrame),
  ),
  "tcp.analysis.duplicate_ack": verdict(segmentFlag.duplicateAck, "repeats an acknowledgment"),
  "tcp.analysis.retransmission": verdict(anyRetransmission, "was sent before"),
  "tcp.analysis.fast_retransmission": verdict(
    segmentFlag.fastRetransmission,
    "sent again on duplicate ACKs",
  ),
  "tcp.analysis.spurious_retransmission": verdict(
    segmentFlag.spuriousRetransmission,
    "sent again though acknowledged",
  ),
  "tcp.analysis.out_of_order": verdict(segmentFlag.outOfOrder, "comes after later ones"),
  "tcp.analysis.reused_ports": verdict(
    segmentFlag.reusedPorts,
    "opens a new connection on old ports",
  ),
  "tcp.analysis.lost_segment": verdict(segmentFlag.lostSegment, "one before it is missing"),
  "tcp.analysis.ack_lost_segment": verdict(
    segmentFlag.ackLostSegment,
    "acknowledges what is missing",
  ),
  "tcp.analysis.window_update": verdict(segmentFlag.windowUpdate, "opens the window"),
  "tcp.analysis.window_full": verdict(segmentFlag.windowFull, "fills the window"),
  "tcp.analysis.keep_alive": verdict(segmentFlag.keepAlive, "keep-alive"),
  "tcp.analysis.keep_alive_ack": verdict(segmentFlag.keepAliveAck, "answers a keep-alive"),
  "tcp.analysis.zero_window": verdict(segmentFlag.zeroWindow, "closes the window"),
  "tcp.analysis.zero_window_probe": verdict(segmentFlag.zeroWindowProbe, "asks for the window"),
  "tcp.analysis.zero_window_probe_ack": verdict(segmentFlag.zeroWindowProbeAck, "answers that"),
};

/** RFC 9293, and what the sequence analysis says. */
export const tcpFields: Fields = {
  ...headerFields,
  ...relativeFields,
  ...analysisFields,
  ...tcpOptionFields,
};

/** Names that need the tracker of facts. */
export const tcpFactNames: ReadonlySet<string> = new Set([
  ...Object.keys(relativeFields),
  ...Object.keys(analysisFields),
  "tcp.options.sack_le",
  "tcp.options.sack_re",
]);

/** Those that say of earlier frames what is only known later. */
export const tcpOutcomeNames: ReadonlySet<string> = new Set([
  "tcp.analysis.initial_rtt",
  "tcp.completeness",
]);
