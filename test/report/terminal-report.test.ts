import * as fc from "fast-check";
import { expect, test } from "vitest";
import { renderTerminalReport } from "../../src/report/terminal-report.ts";
import { arbitraryReport } from "./arbitrary-report.ts";
import { emptyInspection, hugeInspection, sample } from "./sample-report.ts";

const plain = { width: 100, isColored: false };

test("a quiet upload: the answer, then findings, latency, protocols, destinations, streams, time line", () => {
  const timeSeries = {
    bucketNanoseconds: "10000000",
    bucketCount: 4,
    home: "192.0.2.10",
    families: [
      {
        family: "tcp",
        sent: { packets: [1, 0, 4, 8], bytes: [100, 0, 400, 800] },
        received: { packets: [0, 1, 1, 1], bytes: [0, 60, 60, 60] },
        other: { packets: [0, 0, 0, 0], bytes: [0, 0, 0, 0] },
      },
    ],
  };
  const { inspection } = sample();
  const input = sample({ inspection: { ...inspection, timeSeries } });
  expect(renderTerminalReport(input, plain)).toMatchInlineSnapshot(`
    "192.0.2.10 sent 27 kB to 203.0.113.9, 93 % of all bytes
    net-out-20261121-020613 (pcapng, from 2026-11-21 02:06:14.218 UTC)
      49 packets, 28.9 kB in 2.5 s
      2 pairs of hosts talked; 192.0.2.10 and 203.0.113.9 exchanged 28.5 kB
      By bytes: tls 90 %, bare TCP 8.7 %, dns 1.4 %
      TCP connections opened in 12 ms (median of 3); the slowest took 15 ms, to 203.0.113.9:443
      0 TCP segments sent again; 0 packets dropped by the recording

    Findings
      [i]  93 % of all bytes (27 kB) went to 203.0.113.9

    Latency
      TCP handshake  median 12 ms  95 of 100 within 15 ms  worst 15 ms, 203.0.113.9:443
      10 ms   █   ▄                              100 ms
              ^ median of 3 handshakes

    Protocols
      eth        49  28.9 kB  100 %  ████████████████
        ip       49  28.9 kB  100 %  ████████████████
          tcp    45  28.5 kB   99 %  ███████████████▊
            tls  20    26 kB   90 %  ██████████████▍
          udp     4    400 B  1.4 %  ▎
            dns   4    400 B  1.4 %  ▎

    Who talked to whom
      192.0.2.10 <-> 203.0.113.9  27 kB ->  <- 1.5 kB  ████████████████
      192.0.2.10 <-> 192.0.2.53   150 B ->   <- 250 B  ▎

    Destinations and ports
      203.0.113.9  443/tcp https  30 packets   61 %  █████████▊
      192.0.2.53   53/udp dns      2 packets  4.1 %  ▋

    Names seen
      asked of DNS: backup.example.net 2
      asked for in TLS: backup.example.net 3

    Streams
      3 TCP streams, 2 UDP streams; most bytes first
      0  192.0.2.10:40000 -> 203.0.113.9:443  -  9.5 kB  -  RTT 12 ms
      1  192.0.2.10:40001 -> 203.0.113.9:443  -  9.5 kB  -  RTT 15 ms
      2  192.0.2.10:40002 -> 203.0.113.9:443  -  9.5 kB  -  RTT 12 ms

    Time line
      sent     ▁ ▄█ max 800 B
      received  ███ max 60 B
      each character is 10 ms, seen from 192.0.2.10
    "
  `);
});

test("an empty capture is a few lines", () => {
  const text = renderTerminalReport(sample({ inspection: emptyInspection }), plain);
  expect(text).toMatchInlineSnapshot(`
    "The filter matched no packets
    net-out-20261121-020613 (pcapng)

    Findings
      [!!] The filter matched no packets: TCP, remote port 443
           certain (the recording itself says so)
           Widen the filter, or record without one for a moment to see what is there.
    "
  `);
});

test("whatever the texts are, no line moves the cursor, and the page is bounded", () => {
  fc.assert(
    fc.property(arbitraryReport, fc.boolean(), (input, isColored) => {
      const text = renderTerminalReport(input, { width: 100, isColored });
      const bare = text.replaceAll(/\p{Cc}\[[\d;]*m/gu, "");
      expect(bare).not.toMatch(/NaN|undefined|Infinity/);
      expect(bare.split("\n").filter((line) => /[\p{Cc}\p{Cs}\u202a-\u202e]/u.test(line))).toEqual(
        [],
      );
      expect(bare.split("\n").length).toBeLessThan(400);
      if (!isColored) expect(text).toBe(bare);
    }),
    { numRuns: 150 },
  );
});

test("ten thousand streams are a page that says how many are left out", () => {
  const text = renderTerminalReport(sample({ inspection: hugeInspection(10_000) }), plain);
  expect(text.split("\n").length).toBeLessThan(120);
  expect(text).toContain("and 9,992 more TCP streams");
});
