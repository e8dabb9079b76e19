import * as fc from "fast-check";
import { findingsOf } from "../../src/inspection/findings/findings.ts";
import { defaultPolicy } from "../../src/inspection/findings/policy.ts";
import type { Inspection, ProtocolNode } from "../../src/inspection/inspection.ts";
import type { ReportInput } from "../../src/report/report-input.ts";
import { arbitraryChange } from "./arbitrary-change.ts";
import { digestOf, emptyInspection, noTotals } from "./sample-report.ts";

/** What an attacker would put into a name, an address or an alert. */
const attacks = [
  "</script><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "<!--<script>",
  "</title></style><svg/onload=alert(1)>",
  "javascript:alert(1)",
  "\u001b]0;owned\u0007\u001b[2J",
  "a\nb\r\nc\u2028d",
  "\u202egnp.exe",
  "{{constructor}}`${1}`",
  "&lt;script&gt;",
  "constructor",
  "__proto__",
];
const hostile = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(...attacks).map((text) => text.repeat(200)),
);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 6 });
const nanoseconds = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 29n }).map(String);
const endpoint = fc.record({ address: hostile, port: fc.nat({ max: 65_535 }) });
const directions = { framesAToB: count, bytesAToB: count, framesBToA: count, bytesBToA: count };
const names = list(fc.record({ name: hostile, count }));

const protocol = fc.oneof(
  fc.constantFrom("eth", "ip", "tcp", "udp", "data", "http", "icmp"),
  hostile,
);
const treeOf = (depth: number): fc.Arbitrary<ProtocolNode[]> =>
  fc.array(
    fc.record({
      protocol,
      frames: count,
      bytes: count,
      children: depth === 0 ? fc.constant([]) : treeOf(depth - 1),
    }),
    { maxLength: 3 },
  );

const destinations = fc.dictionary(
  hostile,
  fc.record({
    packets: count,
    protocols: fc.dictionary(
      fc.constantFrom("TCP", "UDP", "NONE"),
      fc.record({
        packets: count,
        ports: fc.dictionary(fc.nat({ max: 65_535 }).map(String), count),
      }),
    ),
  }),
  { maxKeys: 4 },
);
const conversations = list(fc.record({ a: hostile, b: hostile, ...directions }));

const file: fc.Arbitrary<Inspection["file"]> = fc.record(
  {
    format: fc.constantFrom<"pcap" | "pcapng">("pcap", "pcapng"),
    packets: count,
    bytesOnWire: count,
    bytesCaptured: count,
    firstTime: nullable(nanoseconds),
    lastTime: nullable(nanoseconds),
    linkTypes: list(count),
    interfaces: list(
      fc.record({ name: nullable(hostile), linkType: count, packets: count, dropped: count }),
    ),
    comments: list(fc.record({ frame: nullable(count), text: hostile })),
    truncated: fc.boolean(),
    problem: fc.record({ offset: count, reason: hostile }),
  },
  {
    requiredKeys: [
      "format",
      "packets",
      "bytesOnWire",
      "bytesCaptured",
      "firstTime",
      "lastTime",
      "linkTypes",
      "interfaces",
      "truncated",
    ],
  },
);

const frameNumber = nullable(count);
const time = nullable(nanoseconds);
const dnsExchange = fc.record({
  name: hostile,
  server: hostile,
  responseCode: nullable(hostile),
  queryFrame: frameNumber,
  responseFrame: frameNumber,
  time,
});
const dns: fc.Arbitrary<Inspection["dns"]> = fc.record({
  queries: count,
  repeatedQueries: count,
  responses: count,
  unanswered: count,
  responseCodes: fc.dictionary(hostile, count, { maxKeys: 3 }),
  medianTime: time,
  p95Time: time,
  slowest: list(dnsExchange),
  failures: list(dnsExchange),
  failedNames: names,
  servers: list(
    fc.record({
      address: hostile,
      queries: count,
      answered: count,
      failures: count,
      unanswered: count,
      medianTime: time,
      slowestTime: time,
    }),
  ),
  notFollowed: count,
});
const httpExchange = fc.record({
  stream: count,
  method: nullable(hostile),
  host: nullable(hostile),
  path: nullable(hostile),
  status: count,
  requestFrame: frameNumber,
  responseFrame: count,
  timeToFirstByte: time,
});
const http: fc.Arbitrary<Inspection["http"]> = fc.record({
  requests: count,
  responses: count,
  unanswered: count,
  methods: fc.dictionary(hostile, count, { maxKeys: 3 }),
  statuses: fc.dictionary(hostile, count, { maxKeys: 3 }),
  medianTimeToFirstByte: time,
  p95TimeToFirstByte: time,
  slowest: list(httpExchange),
  failures: list(httpExchange),
  hosts: list(
    fc.record({
      host: hostile,
      requests: count,
      clientErrors: count,
      serverErrors: count,
      medianTimeToFirstByte: time,
    }),
  ),
  notFollowed: count,
});
const credentials = list(
  fc.record({
    protocol: hostile,
    method: hostile,
    user: nullable(hostile),
    client: hostile,
    server: hostile,
    port: count,
    stream: nullable(count),
    frame: count,
    count,
  }),
);
const tls: fc.Arbitrary<Inspection["tls"]> = fc.record({
  handshakes: list(
    fc.record({
      protocol: fc.constantFrom("tls", "dtls", "quic"),
      stream: count,
      frame: count,
      time: nanoseconds,
      client: endpoint,
      server: endpoint,
      serverName: nullable(hostile),
      offeredVersion: nullable(hostile),
      offeredAlpn: fc.array(hostile, { maxLength: 3 }),
      ja4: nullable(hostile),
      version: nullable(hostile),
      cipherSuite: nullable(hostile),
      alpn: nullable(hostile),
      certificate: nullable(
        fc.record({
          commonName: nullable(hostile),
          alternativeNames: fc.array(hostile, { maxLength: 3 }),
          issuer: nullable(hostile),
          notBefore: time,
          notAfter: time,
        }),
      ),
      serverHelloDelay: time,
      applicationDataDelay: time,
      alert: nullable(
        fc.record({
          from: fc.constantFrom("client", "server"),
          isFatal: fc.boolean(),
          description: hostile,
        }),
      ),
      weaknesses: fc.array(
        fc.constantFrom("oldVersion", "nullCipher", "selfSignedCertificate", "certificateExpired"),
        { maxLength: 3 },
      ),
    }),
  ),
  overflow: count,
});
const endpoints = list(
  fc.record({
    address: hostile,
    packetsSent: count,
    bytesSent: count,
    packetsReceived: count,
    bytesReceived: count,
  }),
);
const columns = fc.record({
  packets: fc.array(count, { minLength: 5, maxLength: 5 }),
  bytes: fc.array(count, { minLength: 5, maxLength: 5 }),
});
const timeSeries: fc.Arbitrary<Inspection["timeSeries"]> = fc.record({
  bucketNanoseconds: fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String),
  bucketCount: fc.constant(5),
  home: nullable(hostile),
  families: list(fc.record({ family: hostile, sent: columns, received: columns, other: columns })),
});

const numbers = list(count);
const transport = fc.constantFrom<"tcp" | "udp">("tcp", "udp");
const services = list(
  fc.record({
    transport,
    server: hostile,
    port: count,
    protocol: nullable(fc.oneof(hostile, fc.constantFrom("telnet", "stratum", "irc", "tls"))),
    flows: count,
    bytes: count,
    clients: list(hostile),
    streams: numbers,
    frames: numbers,
  }),
);
const portScans = list(
  fc.record({
    kind: fc.constantFrom<"vertical" | "horizontal">("vertical", "horizontal"),
    transport,
    source: hostile,
    target: nullable(hostile),
    port: nullable(count),
    targetCount: count,
    streams: numbers,
    frames: numbers,
  }),
);
const beacons = list(
  fc.record({
    transport,
    source: hostile,
    destination: hostile,
    port: count,
    protocol: nullable(hostile),
    exchanges: count,
    intervalNanoseconds: count,
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    bytesEach: count,
    streams: numbers,
    frames: numbers,
  }),
);
const samples = list(fc.record({ frame: count, stream: count }));
const tcpHealth = fc.record({
  retransmissions: samples,
  outOfOrder: samples,
  zeroWindows: samples,
  resets: samples,
  bursts: list(
    fc.record({
      afterNanoseconds: count,
      count,
      firstFrame: count,
      lastFrame: count,
      streams: numbers,
    }),
  ),
});

const bare: fc.Arbitrary<Omit<Inspection, "findings">> = fc.record({
  depth: fc.constantFrom("all", "transport"),
  file,
  protocolHierarchy: treeOf(4),
  tcpStreams: list(
    fc.record({
      stream: count,
      a: endpoint,
      b: endpoint,
      ...directions,
      initialRtt: nullable(nanoseconds),
      synAckRtt: nullable(nanoseconds),
    }),
  ),
  tcpTotals: fc.record({ ...mapValues(noTotals, () => count) }),
  udpStreams: fc.record({ count }),
  destinations: fc.record({ ipv4: destinations, ipv6: destinations }),
  conversations: fc.record({ ipv4: conversations, ipv6: conversations }),
  names: fc.record({ dns: names, http: names, tls: names }),
  endpoints: fc.record({ ethernet: endpoints, ipv4: endpoints, ipv6: endpoints }),
  ethernetConversations: conversations,
  timeSeries,
  dns,
  http,
  credentials,
  tls,
  tcpHealth,
  services,
  portScans,
  beacons,
  overflow: fc.record({ ...mapValues(emptyInspection.overflow, () => count) }),
});

const answer = arbitraryChange(hostile, count);
const inspection: fc.Arbitrary<Inspection> = fc.oneof(
  bare.map(withFindingsOf),
  fc
    .tuple(bare, answer)
    .map(([tables, change]) => Object.assign(withFindingsOf(tables), { change })),
);

function withFindingsOf(tables: Omit<Inspection, "findings">): Inspection {
  const streams = digestOf(tables.tcpStreams);
  return { ...tables, findings: findingsOf({ ...tables, streams }, defaultPolicy) };
}

function mapValues<Key extends string, To>(
  from: Record<Key, number>,
  change: () => To,
): Record<Key, To> {
  return Object.fromEntries(Object.keys(from).map((key) => [key, change()])) as Record<Key, To>;
}

/** Any report at all: every text hostile, every number anything that the type allows. */
export const arbitraryReport: fc.Arbitrary<ReportInput> = fc.record({
  inspection,
  createdAt: hostile,
  capture: fc.record({
    name: hostile,
    host: nullable(hostile),
    sessionId: nullable(hostile),
    resourceId: nullable(hostile),
    filter: nullable(hostile),
    interfaces: list(hostile),
    startTime: nullable(hostile),
    endTime: nullable(hostile),
    stopReason: nullable(hostile),
    limits: nullable(
      fc.record({
        bytesToCapturePerPacket: count,
        totalBytesPerSession: count,
        timeLimitInSeconds: count,
      }),
    ),
    packetsDropped: nullable(count),
    sizeBytes: count,
    sha256: nullable(hostile),
    storedAt: nullable(hostile),
    coverage: fc.record({
      moment: hostile,
      asked: fc.record({ beforeSeconds: count, afterSeconds: count }),
      got: fc.record({ beforeSeconds: count, afterSeconds: count }),
      warnings: list(fc.record({ code: hostile, message: hostile })),
    }),
  }),
  alert: nullable(
    fc.record({
      rule: hostile,
      description: hostile,
      severity: fc.integer(),
      firedTime: hostile,
      metricName: hostile,
      operator: hostile,
      threshold: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
      timeAggregation: hostile,
      windowSize: hostile,
      metricValue: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
    }),
  ),
});
