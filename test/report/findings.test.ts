import { expect, test } from "vitest";
import { reportDocument } from "../../src/report/document.ts";
import type { ReportInput } from "../../src/report/report-input.ts";
import {
  capture,
  emptyInspection,
  inspected,
  noTotals,
  sample,
  stream,
  uploadInspection,
} from "./sample-report.ts";

const lines = (input: ReportInput): string[] =>
  reportDocument(input).findings.map(({ severity, id, title }) => `${severity} ${id}: ${title}`);
const file = uploadInspection.file;
const rest = { protocolHierarchy: [], conversations: { ipv4: [], ipv6: [] } };
const eth = (protocol: string, frames: number, children: unknown[] = []) => ({
  protocol,
  frames,
  bytes: frames * 100,
  children: children as never[],
});

test("a quiet upload has one finding, with its evidence", () => {
  expect(reportDocument(sample()).findings).toMatchInlineSnapshot(`
    [
      {
        "advice": "Nothing, when this is where the traffic should go.",
        "confidence": {
          "level": "certain",
          "reason": "the packets show it",
        },
        "evidence": {
          "addresses": [
            "203.0.113.9",
          ],
          "displayFilter": "ip.dst == 203.0.113.9",
          "facts": {
            "bytes": 27000,
            "bytesOnWire": 28900,
          },
          "frames": [],
          "streams": [],
        },
        "id": "destination-dominates",
        "remedies": [],
        "severity": "note",
        "title": "93 % of all bytes (27 kB) went to 203.0.113.9",
      },
    ]
  `);
});

test("an empty capture with a filter blames the filter, one without says that nothing was recorded", () => {
  const everything = { ...capture, filter: "" };
  expect([
    ...lines(sample({ inspection: emptyInspection })),
    ...lines(sample({ inspection: emptyInspection, capture: everything })),
  ]).toMatchInlineSnapshot(`
    [
      "problem capture-filter-matched-nothing: The filter matched no packets: TCP, remote port 443",
      "problem capture-empty: No packets were recorded",
    ]
  `);
});

test("drops are a warning under one percent and a problem from there on", () => {
  const drop = (packetsDropped: number): string[] =>
    lines({
      ...inspected({ ...rest, file: { ...file, packets: 990 } }),
      capture: { ...capture, packetsDropped },
    });
  expect([...drop(2), ...drop(10)]).toMatchInlineSnapshot(`
    [
      "warning capture-packets-dropped: 2 packets dropped while recording (0.2 % of those that arrived): what follows has holes",
      "problem capture-packets-dropped: 10 packets dropped while recording (1 % of those that arrived): what follows has holes",
    ]
  `);
});

test("a damaged file is said to be damaged, and is not called empty", () => {
  const problem = { offset: 24_012, reason: "packet of 99,999,999 bytes" };
  const damaged = { ...file, truncated: true, problem };
  const unreadable = { ...emptyInspection.file, truncated: true };
  expect([
    ...lines(inspected({ ...rest, file: damaged })),
    ...lines(sample({ inspection: { ...emptyInspection, file: unreadable } })),
  ]).toMatchInlineSnapshot(`
    [
      "problem capture-file-truncated: The file is damaged at byte 24,012 (packet of 99,999,999 bytes): only the 49 packets before it could be read",
      "problem capture-file-truncated: The file is damaged inside a packet: only the 0 packets before it could be read",
    ]
  `);
});

test("how a recording ended matters when it was not asked to end so", () => {
  const ended = (stopReason: string): string[] =>
    lines({ ...inspected(rest), capture: { ...capture, stopReason } });
  const reasons = ["Manual", "TimeExceeded", "SizeExceeded", "InterfaceGone", "DiskFull", "new"];
  expect(reasons.flatMap(ended)).toMatchInlineSnapshot(`
    [
      "note capture-size-limit: The recording ended at its size limit of 1 MB: what came after is not in it",
      "problem capture-ended-early: The recording ended early: the interface disappeared",
      "problem capture-ended-early: The recording ended early: the disk was full",
    ]
  `);
});

test("cut packets and an inspection at its bounds are said", () => {
  const cut = { ...file, bytesCaptured: 5_000 };
  const overflow = { tcpStreams: 12_000, conversations: 0, destinations: 7, names: 0 };
  expect(lines(inspected({ ...rest, file: cut, overflow }))).toMatchInlineSnapshot(`
    [
      "warning inspection-bounded: More than the inspection keeps: 12,000 TCP streams, 7 destinations are not listed here, and shares are of what is",
      "note capture-packets-cut: Packets were cut when recorded: 5 kB of 28.9 kB are in the file",
    ]
  `);
});

test("TCP in trouble: loss, refusals, waiting, reordering, unseen packets", () => {
  const tcpTotals = {
    ...noTotals,
    retransmission: 2_000,
    outOfOrder: 900,
    zeroWindow: 1,
    rst: 40,
    ackLostSegment: 1,
  };
  const protocolHierarchy = [eth("ip", 50_000, [eth("tcp", 50_000)])];
  expect(lines(inspected({ ...rest, tcpTotals, protocolHierarchy }))).toMatchInlineSnapshot(`
    [
      "warning tcp-retransmissions: 2,000 segments were sent again (4 % of TCP segments): packets or their acknowledgements were lost or late",
      "warning tcp-zero-window: A receiver said stop 1 time (zero window): its program reads slower than data arrives",
      "warning tcp-resets: 40 resets (RST) in 3 TCP streams: connections were refused or broken off",
      "note tcp-out-of-order: 900 segments arrived out of order (1.8 % of TCP segments)",
      "note tcp-unseen-segments: 1 acknowledgement is for data that is not in the capture: those packets arrived, but the recording missed them",
    ]
  `);
});

test("TCP below every threshold says nothing", () => {
  const tcpTotals = { ...noTotals, retransmission: 99, outOfOrder: 99, rst: 0, duplicateAck: 400 };
  const protocolHierarchy = [eth("ip", 10_000, [eth("tcp", 10_000)])];
  expect(lines(inspected({ ...rest, tcpTotals, protocolHierarchy }))).toEqual([]);
});

test("headers that an ICMP error quotes are not TCP segments", () => {
  const tcpTotals = { ...noTotals, retransmission: 3 };
  const quoted = eth("icmp", 10_000, [eth("ip", 10_000, [eth("tcp", 10_000)])]);
  const protocolHierarchy = [eth("ip", 10_010, [eth("tcp", 10), quoted])];
  expect(lines(inspected({ ...rest, tcpTotals, protocolHierarchy }))).toMatchInlineSnapshot(`
    [
      "problem tcp-retransmissions: 3 segments were sent again (30 % of TCP segments): packets or their acknowledgements were lost or late",
    ]
  `);
});

test("slow, repeated and unanswered handshakes name the slowest stream", () => {
  const b = { address: "2001:db8::a", port: 443 };
  const tcpStreams = [
    stream(0),
    stream(3, { b, initialRtt: "512000000", synAckRtt: "511000000" }),
    stream(4, { initialRtt: "21000000", synAckRtt: "3020000000" }),
    ...[5, 6, 7].map((at) => stream(at, { framesBToA: 0, initialRtt: null, synAckRtt: null })),
  ];
  expect(lines(inspected({ ...rest, tcpStreams }))).toMatchInlineSnapshot(`
    [
      "warning tcp-one-way: 3 of 6 TCP streams show packets one way only, first to 203.0.113.9:443: no answer, or it took another path",
      "warning initial-rtt-slow: 1 TCP connection opened slowly: worst initial RTT 512 ms to [2001:db8::a]:443 (stream 3), median 21 ms",
      "warning syn-repeated: 1 TCP connection needed more than one SYN: the slowest answer, from 203.0.113.9:443, took 3.02 s (stream 4)",
    ]
  `);
});

test("cleartext is told from what is inside of TLS", () => {
  const inTls = eth("tcp", 50, [eth("tls", 50, [eth("http", 50)])]);
  const plain = eth("tcp", 50, [eth("http", 1), eth("telnet", 30)]);
  expect([
    ...lines(inspected({ ...rest, protocolHierarchy: [inTls] })),
    ...lines(inspected({ ...rest, protocolHierarchy: [plain] })),
  ]).toMatchInlineSnapshot(`
    [
      "warning protocol-cleartext: Unencrypted: http (1 frame), telnet (30 frames): whoever carries these packets can read them",
    ]
  `);
});

test("payload that nothing knows names the port only when there is one", () => {
  const protocolHierarchy = [eth("tcp", 50, [eth("data", 20)]), eth("udp", 50, [eth("data", 1)])];
  const several = [stream(0), stream(1, { b: { address: "203.0.113.9", port: 5201 } })];
  expect([
    ...lines(inspected({ ...rest, protocolHierarchy })),
    ...lines(inspected({ ...rest, protocolHierarchy, tcpStreams: several })),
  ]).toMatchInlineSnapshot(`
    [
      "note protocol-unknown: 20 TCP frames (40 %) carry a protocol that no dissector knows, on port 443",
      "note protocol-unknown: 20 TCP frames (40 %) carry a protocol that no dissector knows",
    ]
  `);
});
