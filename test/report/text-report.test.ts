import { expect, test } from "vitest";
import { renderHtmlReport } from "../../src/report/html-report.ts";
import { renderTextReport } from "../../src/report/text-report.ts";
import {
  capture,
  emptyInspection,
  hugeInspection,
  inspected,
  noTotals,
  sample,
  stream,
} from "./sample-report.ts";

test("a fired alert: the answer first, then what it rests on", () => {
  expect(renderTextReport(sample())).toMatchInlineSnapshot(`
    "web-01: 192.0.2.10 sent 27 kB to 203.0.113.9, 93 % of all bytes
    Alert net-out (Sev 3, informational), 2026-11-21 02:06:12.400 UTC: Network Out Total averaged 918 kB over 5 min, above the threshold of 3 B
    49 packets, 28.9 kB in 2.5 s
    2 pairs of hosts talked; 192.0.2.10 and 203.0.113.9 exchanged 28.5 kB
    By bytes: tls 90 %, bare TCP 8.7 %, dns 1.4 %
    TCP connections opened in 12 ms (median of 3); the slowest took 15 ms, to 203.0.113.9:443
    0 TCP segments sent again; 0 packets dropped by the recording
    [i] 93 % of all bytes (27 kB) went to 203.0.113.9
    Names: backup.example.net
    Capture net-out-20261121-020613: on eth0, filter TCP, remote port 443, ended by TimeExceeded
    File: 31.3 kB (31,336 bytes), https://store.example/captures/a.cap
    SHA-256: 9f2c4b1d6a0e8c7f5d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918076e5d4"
  `);
});

test("what was left out on the host is told, by the host or by the file itself", () => {
  const comments = [
    { frame: null, text: "Nightcap packet capture x" },
    { frame: null, text: "Privacy policy headersOnly: headers only" },
    { frame: 3, text: "Privacy policy keepNames: forged" },
  ];
  const ofFile = inspected({ file: { ...emptyInspection.file, comments } });
  expect(renderTextReport(ofFile)).toMatch(/^Privacy policy headersOnly/m);
  expect(renderTextReport(ofFile)).not.toContain("forged");
  const told = sample({ capture: { ...capture, privacy: "Privacy policy keepNames: <b>" } });
  expect(renderTextReport(told)).toMatch(/^Privacy policy keepNames: <b>$/m);
  expect(renderHtmlReport(told)).toContain("Privacy policy keepNames: &lt;b&gt;");
});

test("a file alone has no alert and no recording", () => {
  const unknown = { host: null, sessionId: null, resourceId: null, filter: null, interfaces: [] };
  const times = { startTime: null, endTime: null, stopReason: null, limits: null };
  const fileAlone = {
    ...capture,
    ...unknown,
    ...times,
    packetsDropped: null,
    storedAt: "/tmp/a.cap",
  };
  expect(renderTextReport(sample({ alert: null, capture: fileAlone }))).toMatchInlineSnapshot(`
    "192.0.2.10 sent 27 kB to 203.0.113.9, 93 % of all bytes
    Alert: none
    49 packets, 28.9 kB in 2.5 s
    2 pairs of hosts talked; 192.0.2.10 and 203.0.113.9 exchanged 28.5 kB
    By bytes: tls 90 %, bare TCP 8.7 %, dns 1.4 %
    TCP connections opened in 12 ms (median of 3); the slowest took 15 ms, to 203.0.113.9:443
    0 TCP segments sent again
    [i] 93 % of all bytes (27 kB) went to 203.0.113.9
    Names: backup.example.net
    Capture net-out-20261121-020613: how it was recorded is not known
    File: 31.3 kB (31,336 bytes), /tmp/a.cap
    SHA-256: 9f2c4b1d6a0e8c7f5d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918076e5d4"
  `);
});

test("an empty capture says so in the first line", () => {
  expect(renderTextReport(sample({ inspection: emptyInspection }))).toMatchInlineSnapshot(`
    "web-01: The filter matched no packets
    Alert net-out (Sev 3, informational), 2026-11-21 02:06:12.400 UTC: Network Out Total averaged 918 kB over 5 min, above the threshold of 3 B
    [!!] The filter matched no packets: TCP, remote port 443
    Capture net-out-20261121-020613: on eth0, filter TCP, remote port 443, ended by TimeExceeded
    File: 31.3 kB (31,336 bytes), https://store.example/captures/a.cap
    SHA-256: 9f2c4b1d6a0e8c7f5d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918076e5d4"
  `);
});

test("everything wrong at once stays within fifteen lines", () => {
  const input = inspected({
    tcpTotals: { ...noTotals, retransmission: 30, zeroWindow: 4, rst: 9, outOfOrder: 5 },
    tcpStreams: [stream(0, { initialRtt: "512000000" }), stream(1), stream(2)],
  });
  const text = renderTextReport({ ...input, capture: { ...capture, packetsDropped: 12 } });
  expect(text).toMatchInlineSnapshot(`
    "web-01: 192.0.2.10 sent 27 kB to 203.0.113.9, 93 % of all bytes
    Alert net-out (Sev 3, informational), 2026-11-21 02:06:12.400 UTC: Network Out Total averaged 918 kB over 5 min, above the threshold of 3 B
    49 packets, 28.9 kB in 2.5 s
    2 pairs of hosts talked; 192.0.2.10 and 203.0.113.9 exchanged 28.5 kB
    By bytes: tls 90 %, bare TCP 8.7 %, dns 1.4 %
    TCP connections opened in 12 ms (median of 3); the slowest took 512 ms, to 203.0.113.9:443
    30 TCP segments sent again; 12 packets dropped by the recording
    [!!] 12 packets dropped while recording (20 % of those that arrived): what follows has holes
    [!!] 30 segments were sent again (67 % of TCP segments): packets or their acknowledgements were lost or late
    [!] 1 TCP connection opened slowly: worst initial RTT 512 ms to 203.0.113.9:443 (stream 0), median 12 ms
    ... and 4 more findings in the report
    Names: backup.example.net
    Capture net-out-20261121-020613: on eth0, filter TCP, remote port 443, ended by TimeExceeded
    File: 31.3 kB (31,336 bytes), https://store.example/captures/a.cap
    SHA-256: 9f2c4b1d6a0e8c7f5d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a2918076e5d4"
  `);
  expect(text.split("\n").length).toBeLessThanOrEqual(15);
});

test("ten thousand streams are as short as three", () => {
  const text = renderTextReport(sample({ inspection: hugeInspection(10_000) }));
  expect(text.split("\n").length).toBeLessThanOrEqual(15);
  expect(text.length).toBeLessThan(4_000);
});

test("without one great receiver the first line says who exchanged most, or that nobody did", () => {
  const headline = (...bytes: [number, number][]): string => {
    const ipv4 = bytes.map(([bytesAToB, bytesBToA], at) => ({
      a: "192.0.2.10",
      b: `203.0.113.${at + 1}`,
      framesAToB: 1,
      bytesAToB,
      framesBToA: 1,
      bytesBToA,
    }));
    const input = inspected({ conversations: { ipv4, ipv6: [] } });
    return renderTextReport(input).split("\n")[0] ?? "";
  };
  expect([
    headline([14_000, 14_000]),
    headline([12_000, 12_000], [1_000, 1_000]),
    headline([5_000, 5_000], [4_000, 4_000], [4_900, 4_900]),
    headline([22_000, 0], [0, 6_000]),
    headline(),
  ]).toMatchInlineSnapshot(`
    [
      "web-01: 192.0.2.10 and 203.0.113.1 exchanged 28 kB, 97 % of all bytes",
      "web-01: 192.0.2.10 and 203.0.113.1 exchanged 24 kB, 83 % of all bytes",
      "web-01: Traffic was spread over 3 pairs of hosts; 192.0.2.10 and 203.0.113.1 exchanged most, 10 kB",
      "web-01: 192.0.2.10 sent 22 kB to 203.0.113.1, 76 % of all bytes",
      "web-01: 49 packets and no IP among them",
    ]
  `);
});

test("what a recording does not cover is said with the answer", () => {
  const input = inspected({});
  const coverage = {
    moment: "2026-11-21T02:06:12.400Z",
    asked: { beforeSeconds: 60, afterSeconds: 30 },
    got: { beforeSeconds: 12.5, afterSeconds: 30 },
    warnings: [
      { code: "RingTooShort", message: "interface eth0: 12.5 of 60 s before were in the ring" },
      { code: "PacketsDropped", message: "the recording lost 3 packets" },
    ],
  };
  const covered = { ...input, capture: { ...capture, coverage } };
  expect(renderTextReport(covered).split("\n")).toEqual(
    expect.arrayContaining([
      "Before: 12.5 of 60 s before 2026-11-21 02:06:12.400 UTC",
      "[!] RingTooShort: interface eth0: 12.5 of 60 s before were in the ring",
      "[!] also of the recording: PacketsDropped",
    ]),
  );
  const page = renderHtmlReport(covered);
  expect(page).toContain("<b>12.5 s</b>");
  expect(page).toContain("<b>PacketsDropped</b>: the recording lost 3 packets");
});
