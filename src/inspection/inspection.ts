import type { ChangeAnswer } from "./change/change-answer.ts";
import type { Finding } from "./findings/finding.ts";

/**
 * What one pass over a capture says of it: the contract of `nightcap inspect --json`.
 * Times are nanoseconds since the epoch and durations nanoseconds, both as decimal strings, because
 * they do not fit a JSON number; counts are numbers. Bytes are frame lengths on the wire.
 */
export interface Inspection {
  /** `transport` when nothing above TCP and UDP was dissected, and no findings were looked for. */
  depth: "transport" | "all";
  file: CaptureFileSummary;
  /** As tshark's `io,phs` counts, without its root `frame`. */
  protocolHierarchy: ProtocolNode[];
  /** In the order and with the numbers of `tcp.stream`. */
  tcpStreams: TcpStream[];
  tcpTotals: TcpTotals;
  /** All of them are counted; those with most bytes are told. */
  udpStreams: { count: number; busiest?: UdpStreamSummary[] };
  destinations: { ipv4: Destinations; ipv6: Destinations };
  conversations: { ipv4: Conversation[]; ipv6: Conversation[] };
  /** Names that the capture itself shows, most frequent first. */
  names: { dns: NameCount[]; http: NameCount[]; tls: NameCount[] };
  /** By address, most bytes first: the sums of the conversations. */
  endpoints: { ethernet: EndpointCount[]; ipv4: EndpointCount[]; ipv6: EndpointCount[] };
  ethernetConversations: Conversation[];
  timeSeries: TimeSeries;
  dns: DnsSummary;
  http: HttpSummary;
  credentials: CredentialSighting[];
  tls: TlsSummary;
  tcpHealth: TcpHealth;
  /** By server, port and protocol, most bytes first. */
  services: ServiceUse[];
  portScans: PortScan[];
  beacons: Beacon[];
  /** What all of it supports, gravest first. */
  findings: Finding[];
  /** What changed at the moment that was asked about; absent when none was. */
  change?: ChangeAnswer;
  /** Which processes held its sockets; absent where nothing was recorded of that. */
  owners?: InspectedOwners;
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
  /** What was recorded from, in the order of the file; a pcap file has one, without a name. */
  interfaces: InterfaceSummary[];
  /** Comments of a pcapng file and of its first commented packets. */
  comments?: CaptureComment[];
  /** True when the file ends inside a record or a block cannot be read: see `problem`. */
  truncated: boolean;
  /** Where (byte offset) and why reading stopped early. */
  problem?: { offset: number; reason: string };
}

export interface InterfaceSummary {
  name: string | null;
  linkType: number;
  /** Packets of it in the file. */
  packets: number;
  /** Packets that the recorder says it got and lost there; absent where the file does not say. */
  received?: number;
  dropped?: number;
}

export interface CaptureComment {
  /** The packet's number; null for a comment on the whole file. */
  frame: number | null;
  text: string;
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
  /** When it was seen: absent only beyond the bounds. */
  firstFrame?: number;
  /** `tcp.completeness`: 1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 RST. */
  completeness?: number;
  retransmissions?: number;
  outOfOrder?: number;
  lostSegments?: number;
  duplicateAcks?: number;
  zeroWindows?: number;
  firstTime?: string;
  lastTime?: string;
  duration?: string;
  /** Wireshark's name of what it carries, or `stratum`; null when nothing was. */
  protocol?: string | null;
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

/** What one address sent and received. */
export interface EndpointCount {
  address: string;
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
}

/** Packets and bytes in equal buckets from the first packet on. */
export interface TimeSeries {
  bucketNanoseconds: string;
  bucketCount: number;
  /** The address in most packets, as of a host that recorded itself; null when there is none. */
  home: string | null;
  /** `tcp`, `udp`, `icmp`, `otherIp` or `nonIp`; without a home every packet is `other`. */
  families: {
    family: string;
    sent: SeriesColumns;
    received: SeriesColumns;
    other: SeriesColumns;
  }[];
}

export interface SeriesColumns {
  packets: number[];
  bytes: number[];
}

/** One question and what came back; `responseCode` is null when nothing did. */
export interface DnsExchange {
  name: string;
  server: string;
  responseCode: string | null;
  queryFrame: number | null;
  responseFrame: number | null;
  time: string | null;
}

export interface DnsServer {
  address: string;
  queries: number;
  answered: number;
  failures: number;
  unanswered: number;
  medianTime: string | null;
  slowestTime: string | null;
}

/** DNS over UDP and TCP, port 53; lists are bounded. */
export interface DnsSummary {
  queries: number;
  /** Of these, asked again with the same id before an answer came. */
  repeatedQueries: number;
  responses: number;
  /** Asked at least a second before the capture ended, and never answered. */
  unanswered: number;
  responseCodes: Record<string, number>;
  medianTime: string | null;
  p95Time: string | null;
  slowest: DnsExchange[];
  /** Server failures, refusals and silence; a name that does not exist is an answer. */
  failures: DnsExchange[];
  failedNames: NameCount[];
  servers: DnsServer[];
  /** Questions beyond the bounds, which were only counted. */
  notFollowed: number;
}

/** One HTTP/1 request and its response, by their first frames. */
export interface HttpExchange {
  stream: number;
  method: string | null;
  host: string | null;
  /** Without its query, which may hold secrets. */
  path: string | null;
  status: number;
  requestFrame: number | null;
  responseFrame: number;
  /** From the request's end to the response's first byte. */
  timeToFirstByte: string | null;
}

export interface HttpHost {
  host: string;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  medianTimeToFirstByte: string | null;
}

/** HTTP/1 in clear text; lists are bounded. */
export interface HttpSummary {
  requests: number;
  responses: number;
  unanswered: number;
  methods: Record<string, number>;
  statuses: Record<string, number>;
  medianTimeToFirstByte: string | null;
  p95TimeToFirstByte: string | null;
  slowest: HttpExchange[];
  /** Responses of 500 and above. */
  failures: HttpExchange[];
  hosts: HttpHost[];
  notFollowed: number;
}

/** A login in clear text. The secret is in no answer. */
export interface CredentialSighting {
  protocol: string;
  method: string;
  user: string | null;
  client: string;
  server: string;
  port: number;
  stream: number | null;
  /** The first of them. */
  frame: number;
  count: number;
}

/** Handshakes of TLS, DTLS and QUIC, in the order of their first messages. */
export interface TlsSummary {
  handshakes: TlsHandshake[];
  /** Handshakes beyond the bound, which were only counted. */
  overflow: number;
}

/** One handshake, as far as it can be read without its keys; null is what was not seen. */
export interface TlsHandshake {
  protocol: "tls" | "dtls" | "quic";
  /** Number of the stream: `tcp.stream` of tls, `udp.stream` of dtls and quic. */
  stream: number;
  /** Of the ClientHello; of the ServerHello where that is missing. */
  frame: number;
  time: string;
  client: Endpoint;
  server: Endpoint;
  /** The name asked for (SNI). */
  serverName: string | null;
  /** The newest version that the client offers. */
  offeredVersion: string | null;
  offeredAlpn: string[];
  /** FoxIO's fingerprint of the client. */
  ja4: string | null;
  /** Chosen by the server: `TLS 1.2`, `DTLS 1.2`. */
  version: string | null;
  /** `TLS_AES_128_GCM_SHA256`; a number in hexadecimal when it is not registered. */
  cipherSuite: string | null;
  /** Chosen by the server; encrypted in TLS 1.3. */
  alpn: string | null;
  /** The server's own; encrypted in TLS 1.3. */
  certificate: TlsCertificate | null;
  /** ClientHello to ServerHello. */
  serverHelloDelay: string | null;
  /** ClientHello to the first application data, as far as it can be told from what is encrypted. */
  applicationDataDelay: string | null;
  /** The first alert in clear text that is more than a goodbye. */
  alert: { from: "client" | "server"; isFatal: boolean; description: string } | null;
  weaknesses: TlsWeakness[];
}

export interface TlsCertificate {
  commonName: string | null;
  /** Host names and addresses that it is for. */
  alternativeNames: string[];
  issuer: string | null;
  notBefore: string | null;
  notAfter: string | null;
}

/** Stable names: rules and reports depend on them. */
export type TlsWeakness =
  | "oldVersion"
  | "nullCipher"
  | "exportCipher"
  | "anonymousCipher"
  | "rc4Cipher"
  | "desCipher"
  | "certificateExpired"
  | "certificateNotYetValid"
  | "selfSignedCertificate";

/** A segment that says that something is wrong. */
export interface SegmentSample {
  frame: number;
  stream: number;
}

/** Segments sent again close together. */
export interface LossBurst {
  /** When it began: nanoseconds after the capture's first packet. */
  afterNanoseconds: number;
  count: number;
  firstFrame: number;
  lastFrame: number;
  /** Some of the streams. */
  streams: number[];
}

/** Where TCP's troubles are: the first segments of each kind, and the greatest bursts of repeats. */
export interface TcpHealth {
  retransmissions: SegmentSample[];
  outOfOrder: SegmentSample[];
  zeroWindows: SegmentSample[];
  resets: SegmentSample[];
  bursts: LossBurst[];
}

/** One source that tried many ports of a host, or many hosts at a port. */
export interface PortScan {
  kind: "vertical" | "horizontal";
  transport: "tcp" | "udp";
  source: string;
  /** The host of a vertical scan. */
  target: string | null;
  /** The port of a horizontal scan. */
  port: number | null;
  /** Ports, or hosts, that were tried. */
  targetCount: number;
  /** Some of its TCP streams, and of its frames. */
  streams: number[];
  frames: number[];
}

/** Small exchanges at regular intervals. */
export interface Beacon {
  transport: "tcp" | "udp";
  source: string;
  destination: string;
  port: number;
  protocol: string | null;
  exchanges: number;
  intervalNanoseconds: number;
  /** Spread of the intervals, as a share of them. */
  jitter: number;
  bytesEach: number;
  streams: number[];
  frames: number[];
}

/** One UDP stream, told for those with most bytes. */
export interface UdpStreamSummary {
  stream: number;
  a: Endpoint;
  b: Endpoint;
  framesAToB: number;
  bytesAToB: number;
  framesBToA: number;
  bytesBToA: number;
  firstFrame: number;
  firstTime: string;
  lastTime: string;
  duration: string;
  protocol: string | null;
}

/** The processes of the host that recorded, from what its agent kept of their sockets. */
export interface InspectedOwners {
  /** Most bytes first. A host that talks to itself has one at each end of a stream. */
  processes: ProcessUse[];
  /** Streams of which a process is known, and all that were looked at. */
  streams: { tcp: OwnerCount; udp: OwnerCount };
  /** Sockets of that time that came and went unseen; null where the record of owners has no end. */
  missedSockets: number | null;
  /** False: there may have been more of them. */
  countsMissed: boolean;
  overflow: { processes: number; streams: number; lines: number };
}

export interface OwnerCount {
  owned: number;
  all: number;
}

/** What one process sent and received. Null is what is not known of it. */
export interface ProcessUse {
  /** `curl (pid 4312, alice, backup.service)`; safe to show. */
  name: string;
  pid: number | null;
  executable: string | null;
  commandLine: string | null;
  uid: number | null;
  user: string | null;
  cgroup: string | null;
  unit: string | null;
  container: string | null;
  bytesSent: number;
  bytesReceived: number;
  tcpStreamCount: number;
  udpStreamCount: number;
  tcpStreams: OwnedStream[];
  udpStreams: OwnedStream[];
}

/** A stream, the end of it that the process held, and how sure that is: see `OwnerMatchKind`. */
export interface OwnedStream {
  stream: number;
  end: "a" | "b";
  by: "socket" | "listener" | "port" | "sibling";
}

/** One service that was used: the flows to one port of one server, by what they carried. */
export interface ServiceUse {
  transport: "tcp" | "udp";
  server: string;
  port: number;
  protocol: string | null;
  flows: number;
  bytes: number;
  /** Some of those who used it, of its TCP streams, and of its frames. */
  clients: string[];
  streams: number[];
  frames: number[];
}
