import { findingsOf } from "../../src/inspection/findings/findings.ts";
import { digestStreams, type StreamDigest } from "../../src/inspection/summary/stream-digest.ts";
import { synRepeatNanosecondsMin } from "../../src/inspection/findings/thresholds.ts";
import { defaultPolicy } from "../../src/inspection/findings/policy.ts";
import { endpointsOf } from "../../src/inspection/analysis/endpoints.ts";
import type {
  Inspection,
  ServiceUse,
  TcpStream,
  TcpTotals,
} from "../../src/inspection/inspection.ts";
import type { FiredAlert, ReportedCapture, ReportInput } from "../../src/report/report-input.ts";

export const noTotals: TcpTotals = {
  retransmission: 0,
  fastRetransmission: 0,
  spuriousRetransmission: 0,
  outOfOrder: 0,
  lostSegment: 0,
  ackLostSegment: 0,
  duplicateAck: 0,
  zeroWindow: 0,
  zeroWindowProbe: 0,
  zeroWindowProbeAck: 0,
  windowFull: 0,
  windowUpdate: 0,
  keepAlive: 0,
  keepAliveAck: 0,
  reusedPorts: 0,
  rst: 0,
  syn: 0,
  synAck: 0,
  fin: 0,
};

export const emptyInspection: Inspection = {
  depth: "all",
  file: {
    format: "pcapng",
    packets: 0,
    bytesOnWire: 0,
    bytesCaptured: 0,
    firstTime: null,
    lastTime: null,
    linkTypes: [1],
    interfaces: [],
    truncated: false,
  },
  protocolHierarchy: [],
  tcpStreams: [],
  tcpTotals: noTotals,
  udpStreams: { count: 0 },
  destinations: { ipv4: {}, ipv6: {} },
  conversations: { ipv4: [], ipv6: [] },
  names: { dns: [], http: [], tls: [] },
  endpoints: { ethernet: [], ipv4: [], ipv6: [] },
  ethernetConversations: [],
  timeSeries: { bucketNanoseconds: "1000000", bucketCount: 0, home: null, families: [] },
  dns: {
    queries: 0,
    repeatedQueries: 0,
    responses: 0,
    unanswered: 0,
    responseCodes: {},
    medianTime: null,
    p95Time: null,
    slowest: [],
    failures: [],
    failedNames: [],
    servers: [],
    notFollowed: 0,
  },
  http: {
    requests: 0,
    responses: 0,
    unanswered: 0,
    methods: {},
    statuses: {},
    medianTimeToFirstByte: null,
    p95TimeToFirstByte: null,
    slowest: [],
    failures: [],
    hosts: [],
    notFollowed: 0,
  },
  credentials: [],
  tls: { handshakes: [], overflow: 0 },
  tcpHealth: { retransmissions: [], outOfOrder: [], zeroWindows: [], resets: [], bursts: [] },
  services: [],
  portScans: [],
  beacons: [],
  findings: [],
  overflow: { tcpStreams: 0, conversations: 0, destinations: 0, names: 0 },
};

export const stream = (number: number, changes: Partial<TcpStream> = {}): TcpStream => ({
  stream: number,
  a: { address: "192.0.2.10", port: 40_000 + number },
  b: { address: "203.0.113.9", port: 443 },
  framesAToB: 10,
  bytesAToB: 9_000,
  framesBToA: 5,
  bytesBToA: 500,
  initialRtt: "12000000",
  synAckRtt: "11900000",
  ...changes,
});

const tls = { protocol: "tls", frames: 20, bytes: 26_000, children: [] };
const tcp = { protocol: "tcp", frames: 45, bytes: 28_500, children: [tls] };
const dns = { protocol: "dns", frames: 4, bytes: 400, children: [] };
const udp = { protocol: "udp", frames: 4, bytes: 400, children: [dns] };
const ip = { protocol: "ip", frames: 49, bytes: 28_900, children: [tcp, udp] };

/** Three uploads to one server and a few DNS questions; nothing wrong but where the bytes went. */
export const uploadInspection: Inspection = {
  ...emptyInspection,
  file: {
    ...emptyInspection.file,
    packets: 49,
    bytesOnWire: 28_900,
    bytesCaptured: 28_900,
    firstTime: "1795226774218934112",
    lastTime: "1795226776718934112",
  },
  protocolHierarchy: [{ protocol: "eth", frames: 49, bytes: 28_900, children: [ip] }],
  tcpStreams: [stream(0), stream(1, { initialRtt: "15000000" }), stream(2)],
  tcpTotals: { ...noTotals, syn: 3, synAck: 3, fin: 6 },
  udpStreams: { count: 2 },
  destinations: {
    ipv4: {
      "203.0.113.9": { packets: 30, protocols: { TCP: { packets: 30, ports: { "443": 30 } } } },
      "192.0.2.53": { packets: 2, protocols: { UDP: { packets: 2, ports: { "53": 2 } } } },
    },
    ipv6: {},
  },
  conversations: {
    ipv4: [
      conversation("192.0.2.10", "203.0.113.9", [30, 27_000, 15, 1_500]),
      conversation("192.0.2.10", "192.0.2.53", [2, 150, 2, 250]),
    ],
    ipv6: [],
  },
  names: {
    dns: [{ name: "backup.example.net", count: 2 }],
    http: [],
    tls: [{ name: "backup.example.net", count: 3 }],
  },
};

function conversation(
  a: string,
  b: string,
  [framesAToB, bytesAToB, framesBToA, bytesBToA]: [number, number, number, number],
): Inspection["conversations"]["ipv4"][number] {
  return { a, b, framesAToB, bytesAToB, framesBToA, bytesBToA };
}

export const capture: ReportedCapture = {
  name: "net-out-20261121-020613",
  host: "web-01",
  sessionId: "0d0f6c1e-8f52-4f0b-9c0c-4c1b4a7a2f11",
  resourceId: "/subscriptions/1111/packetCaptures/net-out-20261121-020613",
  filter: "TCP, remote port 443",
  interfaces: ["eth0"],
  startTime: "2026-11-21T02:06:14.201Z",
  endTime: "2026-11-21T02:06:44.214Z",
  stopReason: "TimeExceeded",
  limits: { bytesToCapturePerPacket: 0, totalBytesPerSession: 1_000_000, timeLimitInSeconds: 30 },
  packetsDropped: 0,
  sizeBytes: 31_336,
  sha256: "9f2c4b1d6a0e8c7f5d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918076e5d4",
  storedAt: "https://user:pw@store.example/captures/a.cap?sig=SECRET#x",
};

export const alert: FiredAlert = {
  rule: "net-out",
  description: "Outbound traffic",
  severity: 3,
  firedTime: "2026-11-21T02:06:12.4Z",
  metricName: "Network Out Total",
  operator: "GreaterThan",
  threshold: 3,
  timeAggregation: "Average",
  windowSize: "PT5M",
  metricValue: 918_273.5,
};

export const sample = (changes: Partial<ReportInput> = {}): ReportInput => ({
  capture,
  alert,
  createdAt: "2026-11-21T02:06:46.803Z",
  ...changes,
  inspection: withFindings(changes.inspection ?? uploadInspection),
});

/** What an inspection makes of its tables: endpoints and services of these conversations and streams. */
const withFindings = (tables: Inspection): Inspection => {
  const { conversations, tcpStreams } = tables;
  const inspection = {
    ...tables,
    endpoints: {
      ethernet: [],
      ipv4: endpointsOf(conversations.ipv4),
      ipv6: endpointsOf(conversations.ipv6),
    },
    services: tcpStreams.slice(0, 100).map(serviceOf),
  };
  const streams = digestOf(tcpStreams);
  return { ...inspection, findings: findingsOf({ ...inspection, streams }, defaultPolicy) };
};

const serviceOf = ({ a, b, stream: number }: TcpStream): ServiceUse => ({
  transport: "tcp",
  server: b.address,
  port: b.port,
  protocol: "tls",
  flows: 1,
  bytes: 1_000,
  clients: [a.address],
  streams: [number],
  frames: [],
});

/** The digest of streams that were written by hand. */
export const digestOf = (streams: readonly TcpStream[]): StreamDigest =>
  digestStreams(
    streams.map((one) => ({
      stream: one.stream,
      a: one.a.address,
      b: one.b.address,
      bPort: one.b.port,
      framesAToB: one.framesAToB,
      framesBToA: one.framesBToA,
      completeness: one.completeness ?? null,
      initialRtt: one.initialRtt === null ? null : Number(one.initialRtt),
      synAckRtt: one.synAckRtt === null ? null : Number(one.synAckRtt),
      firstFrame: one.firstFrame ?? null,
      isPending: false,
    })),
    { text: String, isScanner: () => false, synRepeatNanosecondsMin },
  );

/** The same with a changed inspection. */
export const inspected = (changes: Partial<Inspection>): ReportInput =>
  sample({ inspection: { ...uploadInspection, ...changes } });

/** A recording of far more than a page can list. */
export function hugeInspection(streamCount: number): Inspection {
  const address = (at: number): string => `198.51.${Math.trunc(at / 250) % 250}.${at % 250}`;
  const numbers = Array.from({ length: streamCount }, (_, at) => at);
  return {
    ...uploadInspection,
    tcpStreams: numbers.map((at) =>
      stream(at, {
        b: { address: address(at), port: 443 },
        initialRtt: String(1_000_000 + at * 1_000),
      }),
    ),
    conversations: {
      ipv4: numbers.map((at) => conversation("192.0.2.10", address(at), [10, 9_000 + at, 5, 500])),
      ipv6: [],
    },
    destinations: {
      ipv4: Object.fromEntries(
        numbers.map((at) => [
          address(at),
          { packets: 10, protocols: { TCP: { packets: 10, ports: { "443": 10 } } } },
        ]),
      ),
      ipv6: {},
    },
    names: {
      dns: numbers.map((at) => ({ name: `host-${at}.${"long".repeat(60)}.example`, count: 1 })),
      http: [],
      tls: [],
    },
  };
}
