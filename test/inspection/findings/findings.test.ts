import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/inspection/findings/catalog.ts";
import { inspect } from "../../../src/inspection/inspect.ts";
import type { Inspection } from "../../../src/inspection/inspection.ts";
import { chunksOf } from "../captures.ts";
import { Wire } from "../wire.ts";
import { cases, logins, secret } from "./cases.ts";

const idsOf = ({ findings }: Inspection): string[] => findings.map(({ id }) => id);

describe.each(cases)("$id", ({ id, shows, doesNot }) => {
  test("is found where it is, with evidence and advice", async () => {
    const found = (await shows.inspect()).findings.filter((one) => one.id === id);
    expect(found.length).toBeGreaterThan(0);
    for (const { title, advice, confidence, evidence } of found) {
      expect(title).not.toMatch(/NaN|undefined|null|\.$/);
      expect(advice).toMatch(/\.$/);
      expect(confidence.reason.length).toBeGreaterThan(10);
      expect(evidence.displayFilter).not.toBe("");
      const named = evidence.frames.length + evidence.streams.length;
      expect(named + Object.keys(evidence.facts).length).toBeGreaterThan(0);
    }
  });

  test("is not found where it is not", async () => {
    expect(idsOf(await doesNot.inspect())).not.toContain(id);
  });
});

test("titles are plain sentences", async () => {
  const titles = await Promise.all(
    cases.map(async ({ id, shows }) => {
      const { findings } = await shows.inspect();
      return `${id}: ${findings.find((one) => one.id === id)?.title ?? "-"}`;
    }),
  );
  expect(titles).toMatchInlineSnapshot(`
    [
      "tcp-refused: 1 of 1 connection was refused: 198.51.100.7:81",
      "tcp-unanswered: 1 of 1 connection got no answer: 198.51.100.7:81",
      "tcp-half-open: 3 of 3 connections stayed half open: 198.51.100.7:81",
      "tcp-resets: 6 resets (RST) in 6 TCP streams: connections were refused or broken off",
      "tcp-retransmissions: 12 segments were sent again (44 % of TCP segments): packets or their acknowledgements were lost or late",
      "tcp-retransmission-burst: 12 segments were sent again within a second after 1 s, in 1 stream",
      "tcp-zero-window: A receiver said stop 1 time (zero window): its program reads slower than data arrives",
      "latency-above-median: 1 connection to 198.51.100.99:443 took up to 300 ms to open, 27 times the capture's own median of 11 ms",
      "initial-rtt-slow: 3 TCP connections opened slowly: worst initial RTT 420 ms to 198.51.100.7:443 (stream 2), median 410 ms",
      "syn-repeated: 1 TCP connection needed more than one SYN: the slowest answer, from 198.51.100.7:80, took 1.01 s (stream 0)",
      "dns-failures: 5 DNS answers of 5 were failures (SERVFAIL 5), first for name.example from 198.51.100.7",
      "dns-unanswered: 5 DNS questions of 5 got no answer, first name.example from 198.51.100.7",
      "dns-names-not-found: 100 % of DNS answers say that the name does not exist (12), most name.example",
      "dns-slow: 198.51.100.7 answers DNS in 400 ms (median of 5)",
      "http-errors: 1 HTTP response (100 %) is a server error, first 503 to GET shop.example/page",
      "http-slow: GET shop.example/page waited 2 s for the first byte of its answer; the median is 2 s",
      "port-scan-vertical: 192.0.2.10 tried 20 TCP ports of 198.51.100.7 and got data from nearly none: a port scan",
      "port-scan-horizontal: 192.0.2.10 tried TCP port 445 of 20 hosts and got data from nearly none: a port scan",
      "beacon: 192.0.2.10 contacts 198.51.100.7:443 (TCP) every 1 min 1 s, 12 times, with 0 % jitter and 388 B each",
      "credentials-cleartext: A password of alice went in clear text by FTP to 198.51.100.7:21",
      "policy-protocol: Telnet was used, which the policy does not expect: 387 B in 1 flow with 198.51.100.7:23",
    ]
  `);
});

test.each(logins)(
  "a login by %s is seen, its user named and its secret nowhere",
  async (protocol, wire, user) => {
    const inspection = await wire.inspect();
    expect(inspection.credentials.map((one) => [one.protocol, one.user])).toEqual([
      [protocol, user],
    ]);
    expect(idsOf(inspection)).toContain("credentials-cleartext");
    const told = JSON.stringify(inspection);
    expect(told).not.toContain(secret);
    expect(told).not.toContain(Buffer.from(secret).toString("base64"));
  },
);

test("frames of 65 kB and unfilled checksums of a host's own capture are no finding", async () => {
  const wire = new Wire().talk(0, "192.0.2.10:4000", "198.51.100.7:443", { closes: false });
  for (let at = 0; at < 20; at++)
    wire.tcp(100 + at, "192.0.2.10:4000", "198.51.100.7:443", {
      flags: ["ack"],
      sequence: 1_001 + at * 65_000,
      ack: 5_001,
      payload: "x".repeat(65_000),
      unfilled: true,
    });
  const found = idsOf(await wire.inspect());
  expect(found.filter((id) => id !== "destination-dominates" && id !== "protocol-unknown")).toEqual(
    [],
  );
});

test("failed connections of a scan are told once, as the scan", async () => {
  const scan = cases.find(({ id }) => id === "port-scan-vertical");
  expect(idsOf((await scan?.shows.inspect()) as Inspection)).not.toContain("tcp-refused");
});

test("whatever the packets hold, findings are made and are bounded", async () => {
  const port = fc.constantFrom(21, 23, 25, 53, 80, 110, 143, 161, 443, 6667, 40_000);
  const packet = fc.record({
    ms: fc.nat({ max: 100_000 }),
    port,
    isUdp: fc.boolean(),
    isAnswer: fc.boolean(),
    flags: fc.subarray(["syn", "ack", "fin", "rst", "push"] as const),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .constantFrom(
          "USER a\r\n",
          "PASS b\r\n",
          "AUTH LOGIN\r\n",
          "Password: ",
          '{"method":"mining.x"}',
        )
        .map((text) => new TextEncoder().encode(text)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 60 }), async (packets) => {
      const wire = new Wire();
      for (const { ms, port: to, isUdp, isAnswer, flags, payload } of packets) {
        const ends: [string, string] = ["192.0.2.10:4000", `198.51.100.7:${to}`];
        if (isAnswer) ends.reverse();
        if (isUdp) wire.udp(ms, ...ends, payload);
        else wire.tcp(ms, ...ends, { flags, payload });
      }
      const { findings } = await inspect(chunksOf(wire.file()));
      for (const { id, title, evidence } of findings) {
        expect(catalog[id]).toBeDefined();
        expect(title).not.toMatch(/NaN|undefined|Infinity/);
        expect(evidence.frames.length).toBeLessThanOrEqual(20);
        expect(evidence.streams.length).toBeLessThanOrEqual(20);
      }
    }),
    { numRuns: 100 },
  );
});
