/**
 * What one pass over a capture says of it: the contract of `nightcap inspect --json`.
 * Times are nanoseconds since the epoch and durations nanoseconds, both as decimal strings, because
 * they do not fit a JSON number; counts are numbers. Bytes are frame lengths on the wire.
 */
export interface Inspection {
  file: CaptureFileSummary;
  /** As tshark's `io,phs` counts, without its root `frame`. */
  protocolHierarchy: ProtocolNode[];
  /** In the order and with the numbers of `tcp.stream`. */
  tcpStreams: TcpStream[];
  tcpTotals: TcpTotals;
  udpStreams: { count: number };
  destinations: { ipv4: Destinations; ipv6: Destinations };
  conversations: { ipv4: Conversation[]; ipv6: Conversation[] };
  /** Names that the capture itself shows, most frequent first. */
  names: { dns: NameCount[]; http: NameCount[]; tls: NameCount[] };
  /** What reached a bound and was only counted from there on; all 0 means that nothing is missing. */
  overflow: { tcpStreams: number; conversations: number; destinations: number; names: number };
}

export interface CaptureFileSummary {
  format: "pcap" | "pcapng";
  packets: number;
  bytesOnWire: number;
  bytesCaptured: number;
  firstTime: string | null;
  lastTime: string | null;
  linkTypes: number[];
  /** True when the file ends inside a record or a block cannot be read: see `problem`. */
  truncated: boolean;
  /** Where (byte offset) and why reading stopped early. */
  problem?: { offset: number; reason: string };
}

export interface ProtocolNode {
  /** Wireshark's filter name: `eth`, `ip`, `tcp`, `tls`. */
  protocol: string;
  frames: number;
  bytes: number;
  children: ProtocolNode[];
}

export interface Endpoint {
  address: string;
  port: number;
}

export interface TcpStream {
  stream: number;
  /** The sender of the stream's first frame. */
  a: Endpoint;
  b: Endpoint;
  framesAToB: number;
  bytesAToB: number;
  framesBToA: number;
  bytesBToA: number;
  /** `tcp.analysis.initial_rtt`: last SYN to the first segment with ACK and without SYN, either way. */
  initialRtt: string | null;
  /** `tcp.analysis.ack_rtt` of the SYN/ACK: oldest unacknowledged SYN to SYN/ACK. */
  synAckRtt: string | null;
}

/** Counts of tshark's `tcp.analysis.*` and of flags, over all streams. */
export interface TcpTotals {
  retransmission: number;
  fastRetransmission: number;
  spuriousRetransmission: number;
  outOfOrder: number;
  lostSegment: number;
  ackLostSegment: number;
  duplicateAck: number;
  zeroWindow: number;
  zeroWindowProbe: number;
  zeroWindowProbeAck: number;
  windowFull: number;
  windowUpdate: number;
  keepAlive: number;
  keepAliveAck: number;
  reusedPorts: number;
  rst: number;
  syn: number;
  synAck: number;
  fin: number;
}

/** By destination address; transport is TCP, UDP or NONE; ports by decimal number. */
export type Destinations = Record<
  string,
  {
    packets: number;
    protocols: Record<string, { packets: number; ports: Record<string, number> }>;
  }
>;

export interface Conversation {
  a: string;
  b: string;
  framesAToB: number;
  bytesAToB: number;
  framesBToA: number;
  bytesBToA: number;
}

export interface NameCount {
  name: string;
  count: number;
}
