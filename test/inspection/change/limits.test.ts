import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ChangeAnswer, ChangeMetric } from "../../../src/inspection/change/change-answer.ts";
import type { ChangeOptions } from "../../../src/inspection/change/change-options.ts";
import { explainChange } from "../../../src/inspection/change/explain-change.ts";
import { SliceLog } from "../../../src/inspection/change/slice-log.ts";
import { inspect } from "../../../src/inspection/inspect.ts";
import { chunksOf, fixture, fixtureNames } from "../captures.ts";
import { changeMetrics, checkAnswer } from "./check-answer.ts";
import { background, connection, filler, lookUp, probe } from "./conversations.ts";
import { host, moment, numbers, Traffic, type End } from "./traffic.ts";

const ask = (
  bytes: Uint8Array,
  metric: ChangeMetric,
  options: Partial<ChangeOptions> = {},
): Promise<ChangeAnswer> => explainChange(chunksOf(bytes), { moment, metric, ...options });

const toServer = (traffic: Traffic, address: string): { client: End; server: End } => ({
  client: { address: host, port: traffic.port() },
  server: { address, port: 443 },
});

test("without a before it says so, and shares are of all traffic", async () => {
  const traffic = new Traffic();
  background(traffic, 1_000, 9_000);
  connection(traffic, 2_000, toServer(traffic, "203.0.113.7"), [
    { from: "client", bytes: filler(900_000), after: 1 },
  ]);
  const answer = await ask(traffic.pcap(), "bytesOut");
  checkAnswer(answer);
  expect(answer).toMatchObject({
    kind: "exfiltration",
    confidence: { level: "possible" },
    before: null,
    increase: null,
  });
  expect(answer.sentence).toMatch(
    /^Possibly an exfiltration to [0-9.:]+: nothing was recorded from before the alert, so this tells of all traffic since 01:58:16 UTC/,
  );
  expect(answer.caveats[0]).toContain("shares are of all traffic");
});

test("without a before the flow tables stand in for it", async () => {
  const traffic = new Traffic();
  background(traffic, 1_000, 9_000);
  connection(traffic, 2_000, toServer(traffic, "203.0.113.7"), [
    { from: "client", bytes: filler(900_000), after: 1 },
  ]);
  const totals = Object.fromEntries(changeMetrics.map((metric) => [metric, null])) as Record<
    ChangeMetric,
    number | null
  >;
  const hour = { from: moment - 7_200_000, to: moment - 3_600_000 };
  const answer = await ask(traffic.pcap(), "bytesOut", {
    baselines: [
      {
        when: "hourEarlier",
        ...hour,
        totals: { ...totals, bytesOut: 3_600_000 },
        destinations: [{ address: "192.0.2.80", bytesOut: 3_600_000, bytesIn: 0 }],
      },
    ],
  });
  checkAnswer(answer);
  expect(answer.comparisons).toEqual([
    {
      when: "hourEarlier",
      value: 1_000,
      destinations: [{ address: "192.0.2.80", bytesOutPerSecond: 1_000, bytesInPerSecond: 0 }],
    },
  ]);
  expect(answer.sentence).toContain(
    "By the flow tables this host had 1 kB/s an hour earlier (most with 192.0.2.80).",
  );
  const peers = answer.parts[0]?.rows.map(({ address }) => address);
  expect(peers?.[0]).toBe("203.0.113.7");
  // What the web server got is no more than it got an hour earlier.
  expect(peers).not.toContain("192.0.2.80");
});

test("without an increase it says so", async () => {
  const traffic = new Traffic();
  background(traffic, -10_000, 10_000);
  const answer = await ask(traffic.pcap(), "bytesOut");
  checkAnswer(answer);
  expect(answer.kind).toBe("none");
  expect(answer.sentence).toMatch(/^Bytes out did not increase: .*before the alert.*after\.$/);
});

test("a capture that ends before the moment, one packet, and none at all are answered", async () => {
  const early = new Traffic();
  background(early, -20_000, -9_000);
  const one = new Traffic();
  lookUp(one, 5, "one.example");
  for (const traffic of [early, one, new Traffic()])
    for (const metric of changeMetrics) {
      const answer = await ask(traffic.pcap(), metric);
      checkAnswer(answer);
      if (traffic === early) expect(answer.kind).toBe("none");
    }
});

test("a clock that was set spoils neither rates nor parts", async () => {
  const traffic = new Traffic();
  background(traffic, -10_000, 10_000);
  connection(traffic, 500, toServer(traffic, "203.0.113.7"), [
    { from: "client", bytes: filler(500_000), after: 1 },
  ]);
  const straight = await ask(traffic.pcap(), "bytesOut");
  // A day back, as a host whose clock was wrong at its start.
  lookUp(traffic, -86_400_000, "early.example");
  lookUp(traffic, 40_000_000, "late.example");
  const stepped = await ask(traffic.unsortedPcap(), "bytesOut");
  checkAnswer(stepped);
  expect(stepped.kind).toBe("exfiltration");
  expect(stepped.after.value).toBe(straight.after.value);
  expect(stepped.parts[0]?.rows[0]).toEqual(straight.parts[0]?.rows[0]);
  expect(stepped.caveats.join()).toContain("4 packets lie hours away from the moment");
});

test("IPv6 is answered like IPv4, the host's address found in the packets or told", async () => {
  const self = "2001:db8::5";
  const traffic = new Traffic();
  const ends = {
    client: { address: self, port: 50_000 },
    server: { address: "2001:db8:1::7", port: 443 },
  };
  const idle = {
    client: { address: self, port: 50_001 },
    server: { address: "2001:db8:1::8", port: 80 },
  };
  for (let time = -9_000; time < 9_000; time += 500) connection(traffic, time, idle, []);
  connection(traffic, 500, ends, [{ from: "client", bytes: filler(500_000), after: 1 }]);
  for (const localAddresses of [[], [self]]) {
    const answer = await ask(traffic.pcap(), "bytesOut", { localAddresses });
    checkAnswer(answer);
    expect(answer.kind).toBe("exfiltration");
    expect(answer.parts[0]?.rows[0]?.name).toBe("[2001:db8:1::7]:443");
  }
});

test("packets outside of the bounds are left out, and bounds are the length of the parts", async () => {
  const traffic = new Traffic();
  background(traffic, -10_000, 10_000);
  connection(traffic, -9_000, toServer(traffic, "203.0.113.7"), [
    { from: "client", bytes: filler(500_000), after: 1 },
  ]);
  const answer = await ask(traffic.pcap(), "bytesOut", {
    from: moment - 4_000,
    to: moment + 6_000,
  });
  checkAnswer(answer);
  expect(answer.kind).toBe("none");
  expect(answer.before?.seconds).toBe(4);
  expect(answer.after.seconds).toBeCloseTo(6, 0);
});

test("whatever the packets are, nothing is thrown and shares never pass the whole", async () => {
  const addresses = [host, "203.0.113.1", "203.0.113.2", "10.0.0.9", "2001:db8::1", "2001:db8::2"];
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(...changeMetrics), async (seed, metric) => {
      const random = numbers(seed);
      const traffic = new Traffic();
      const count = random(120);
      for (let index = 0; index < count; index++) randomPacket(traffic, random, addresses);
      checkAnswer(await ask(traffic.pcap(), metric, random(2) ? { localAddresses: [host] } : {}));
    }),
    { numRuns: 150 },
  );
});

function randomPacket(
  traffic: Traffic,
  random: (limit: number) => number,
  addresses: readonly string[],
): void {
  const time = random(2_000_000) / 100 - 10_000;
  const isV6 = random(4) === 0;
  const some = addresses.filter((address) => address.includes(":") === isV6);
  const end = (): End => ({
    address: some[random(some.length)] ?? host,
    port: [53, 80, 443, 1 + random(65_535)][random(4)] ?? 1,
  });
  const payload = Uint8Array.from({ length: random(60) }, () => random(256));
  if (random(2)) traffic.udp(time, end(), end(), payload);
  else
    traffic.tcp(time, end(), end(), {
      sequence: random(5) * 1_000,
      ack: random(5) * 1_000,
      flags: random(64),
      payload,
    });
}

test("sums of both parts are those of the inspection's own tables", async () => {
  let compared = 0;
  for (const name of fixtureNames) {
    const bytes = fixture(name);
    const whole = await inspect(chunksOf(bytes));
    const { home } = whole.timeSeries;
    const first = Number(BigInt(whole.file.firstTime ?? "0") / 1_000_000n);
    if (home === null) continue;
    const middle = (first + Number(BigInt(whole.file.lastTime ?? "0") / 1_000_000n)) / 2;
    const endpoint = [...whole.endpoints.ipv4, ...whole.endpoints.ipv6].find(
      ({ address }) => address === home,
    );
    for (const [metric, expected] of [
      ["bytesOut", endpoint?.bytesSent],
      ["packetsOut", endpoint?.packetsSent],
    ] as const) {
      // A quiet time at the front, because of less than a second nothing is told as before.
      const asked = { moment: middle, localAddresses: [home], from: first - 5_000 };
      const answer = await ask(bytes, metric, asked);
      const total = (answer.before?.total ?? 0) + answer.after.total;
      compared++;
      expect([name, metric, total]).toEqual([name, metric, expected]);
    }
  }
  expect(compared).toBeGreaterThan(10);
});

test("when entries are used up slices become wider, and the moment stays between two of them", () => {
  const log = new SliceLog({
    shape: { counts: 1, sums: 1 },
    entryCountMax: 64,
    sliceMilliseconds: 100,
  });
  const expected = { before: 0, after: 0 };
  for (let step = 0; step < 2_000; step++) {
    const time = (step - 700) * 37.5;
    const entry = log.entryAt(step % 3, time);
    expect(entry).toBeGreaterThanOrEqual(0);
    log.counts[entry] = (log.counts[entry] ?? 0) + 1;
    log.sums[entry] = (log.sums[entry] ?? 0) + step;
    if (time < 0) expected.before++;
    else expected.after++;
  }
  const found = { before: 0, after: 0 };
  for (let owner = 0; owner < 3; owner++)
    for (let at = log.newestOf(owner); at > 0; at = log.previous[at - 1] ?? 0)
      found[(log.slices[at - 1] ?? 0) < 0 ? "before" : "after"] += log.counts[at - 1] ?? 0;
  expect(found).toEqual(expected);
  expect(log.count).toBeLessThanOrEqual(64);
  expect(log.sums.subarray(0, log.count).reduce((all, one) => all + one, 0)).toBe(1_999_000);
  expect(log.overflow).toBe(0);
});

test("what finds no room is counted", () => {
  const log = new SliceLog({
    shape: { counts: 1, sums: 1 },
    entryCountMax: 8,
    sliceMilliseconds: 100,
  });
  const entries = Array.from({ length: 20 }, (_, owner) => log.entryAt(owner, 0));
  expect(entries.filter((entry) => entry >= 0)).toHaveLength(8);
  expect(log.overflow).toBe(12);
});

test("a probe in each direction does not make the host its own peer", async () => {
  const traffic = new Traffic();
  background(traffic, -5_000, 5_000);
  const self = { address: host, port: 7 };
  for (let index = 0; index < 60; index++)
    probe(
      traffic,
      100 + index * 40,
      { client: { address: host, port: 30_000 + index }, server: self },
      "reset",
    );
  checkAnswer(await ask(traffic.pcap(), "connections"));
});
