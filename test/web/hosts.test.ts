// What the pages about hosts make of what the API says.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findMetric, interfaceDimension } from "../../src/metric/names.ts";
import type { HostRow, RecordedInterface } from "../../src/web/api/hosts.ts";
import type { MetricAnswer } from "../../src/web/api/host-metrics.ts";
import { gathered } from "../../src/web/api/gathered.ts";
import {
  hostsWith,
  longestReach,
  troubleOf,
  worstFirst,
} from "../../src/web/pages/hosts/host-order.ts";
import {
  lastOf,
  linesOf,
  type MetricChart,
  metricCharts,
  metricRanges,
} from "../../src/web/pages/hosts/metric-charts.ts";
import { ringPlaces } from "../../src/web/pages/hosts/ring-places.ts";
import { formatsOf } from "../../src/web/words/moments.ts";

const ring = { on: true, off: null, reachSeconds: 60, troubleCount: 0 };
const host = (name: string, over: Partial<HostRow> = {}): HostRow => ({
  name,
  resourceId: `/hosts/${name}`,
  state: "connected",
  since: null,
  lastSeenTime: null,
  agentVersion: "0.1.0",
  hostName: `${name}.example.com`,
  operatingSystem: "Debian",
  interfaces: ["eth0"],
  addresses: ["10.0.0.4"],
  captureCount: 0,
  told: null,
  isTooOld: false,
  ring,
  ...over,
});
const failed = { on: false, off: { code: "failed" as const, message: "no room" } };
const turnedOff = { on: false, off: { code: "turnedOff" as const, message: "" } };

test("what needs somebody comes first; among the well the shortest ring", () => {
  const hosts = [
    host("long", { ring: { ...ring, reachSeconds: 900 } }),
    host("off", { ring: turnedOff }),
    host("never", { state: "waiting", ring: null }),
    host("old", { isTooOld: true, ring: null }),
    host("silent", { ring: null }),
    host("short"),
    host("half", { ring: { ...ring, troubleCount: 1 } }),
    host("failed", { ring: failed }),
    host("away", { state: "away" }),
    host("empty", { ring: { ...ring, reachSeconds: null } }),
  ];
  const expected = "away failed half old silent never off empty short long".split(" ");
  expect(worstFirst(hosts).map(({ name }) => name)).toEqual(expected);
  expect(troubleOf(host("fine"))).toBeNull();
  expect([longestReach(hosts), longestReach([])]).toEqual([900, 0]);
});

test("a host is found by every word of what the list shows", () => {
  const hosts = [host("web-1"), host("db-1", { addresses: ["10.0.0.9"], interfaces: ["bond0"] })];
  const found = (text: string) => hostsWith(hosts, text).map(({ name }) => name);
  expect(found("")).toEqual(["web-1", "db-1"]);
  expect(found(" WEB example ")).toEqual(["web-1"]);
  expect(found("bond0 10.0.0.9")).toEqual(["db-1"]);
  expect(found("bond0 10.0.0.4")).toEqual([]);
});

test("each metric of the page is one that the API has, with the dimension that it is split by", () => {
  for (const { lines, dimension } of metricCharts)
    for (const { name } of lines)
      expect([name, findMetric(name)?.dimensions]).toEqual([
        name,
        dimension === null ? [] : [interfaceDimension],
      ]);
  const hours = { PT1H: 1, PT6H: 6, P1D: 24, P7D: 168, P30D: 720 };
  const points = Object.entries(metricRanges).map(
    ([range, { intervalSeconds }]) =>
      (hours[range as keyof typeof hours] * 3_600) / intervalSeconds,
  );
  expect(points).toEqual([60, 72, 96, 168, 120]);
});

const chartOf = (key: string): MetricChart => {
  const found = metricCharts.find((each) => each.key === key);
  if (!found) throw new Error(key);
  return found;
};
const answerOf = (
  name: string,
  data: MetricAnswer["value"][number]["timeseries"][number]["data"],
  part?: string,
): MetricAnswer => ({
  timespan: "a/b",
  interval: "PT1M",
  value: [
    {
      name: { value: name },
      unit: "Bytes",
      timeseries: [
        {
          ...(part === undefined
            ? {}
            : { metadatavalues: [{ name: { value: "interface" }, value: part }] }),
          data,
        },
      ],
    },
  ],
});
const minute = (count: number): string => new Date(Date.UTC(2026, 10, 22, 2, count)).toISOString();

test("totals become rates: a whole interval by its length, one under way by what has passed of it", () => {
  const now = Date.parse(minute(3)) + 10_000;
  const data = [
    { timeStamp: minute(0) },
    { timeStamp: minute(1), total: 600 },
    { timeStamp: minute(2), total: 1_200 },
    { timeStamp: minute(3), total: 400 },
  ];
  const answer = answerOf("Network In Total", data);
  const [line] = linesOf(chartOf("network"), answer, { intervalSeconds: 60, now });
  expect(line?.points.map(([, value]) => value)).toEqual([null, 10, 20, 40]);
  expect(line && lastOf(line)).toBe(40);
  const early = linesOf(chartOf("network"), answer, { intervalSeconds: 60, now: now - 8_000 });
  expect(early[0]?.points.length).toBe(3);
});

test("averages stay what they are, and an interface gives its lines its name", () => {
  const at = { intervalSeconds: 60, now: Date.parse(minute(9)) };
  const cpu = answerOf("Percentage CPU", [{ timeStamp: minute(1), average: 42 }]);
  expect(linesOf(chartOf("cpu"), cpu, at)).toEqual([
    { words: "cpu", part: null, points: [[Date.parse(minute(1)), 42]] },
  ]);
  const eth0 = answerOf("Interface Bytes In", [{ timeStamp: minute(1), total: 60 }], "eth0");
  expect(linesOf(chartOf("interfaces"), eth0, at)).toMatchObject([{ words: "in", part: "eth0" }]);
});

const recorded = (name: string, reachSeconds: number | null): RecordedInterface => ({
  name,
  isRecorded: true,
  trouble: null,
  isWhole: true,
  missingSeconds: 0,
  sizeBytes: 0,
  packets: 0,
  packetsPerSecond: 0,
  bytesPerSecond: 0,
  drops: null,
  reachesBackTo: null,
  reachSeconds,
});

test("bars are beside the longest, and ticks are round and few, whatever the length", () => {
  const { places, seconds } = ringPlaces([recorded("eth0", 600), recorded("eth1", 150)]);
  expect(seconds).toBe(600);
  expect(places.map(({ from }) => from)).toEqual([0, 0.75]);
  expect(ringPlaces([recorded("eth0", null)])).toMatchObject({
    seconds: 10,
    places: [{ from: 1 }],
  });
  for (const length of [0, 7, 59, 600, 4_000, 90_000, 3_000_000]) {
    const { ticks } = ringPlaces([recorded("eth0", length)]);
    expect(ticks.length).toBeLessThanOrEqual(10);
    expect(ticks.every(({ share }) => share > 0 && share <= 0.8)).toBe(true);
  }
});

test("lengths of time are told in their two largest units, rates in the reader's language", () => {
  const { duration, rate } = formatsOf("en");
  expect([0, 59.9, 60, 61, 3_600, 3_725, 90_000, -5].map(duration)).toEqual([
    "0s",
    "59s",
    "1m",
    "1m 1s",
    "1h",
    "1h 2m",
    "1d 1h",
    "0s",
  ]);
  expect([0, 1_500].map(rate)).toEqual(["0 byte/s", "1.5 kB/s"]);
  expect(formatsOf("ja").duration(125)).toMatch(/^2 ?分 5 ?秒$/);
});

test("a storm of events asks once at its beginning and once at its end, and waits for slow answers", async () => {
  const pending: (() => void)[] = [];
  const { ask, end } = gathered(() => new Promise<void>((resolve) => pending.push(resolve)), 20);
  const answer = (): void => pending.at(-1)?.();
  for (let event = 0; event < 300; event++) ask();
  await sleep(60);
  ask();
  expect(pending.length).toBe(1);
  answer();
  await sleep(60);
  expect(pending.length).toBe(2);
  answer();
  await sleep(60);
  expect(pending.length).toBe(2);
  ask();
  expect(pending.length).toBe(3);
  ask();
  end();
  answer();
  await sleep(60);
  expect(pending.length).toBe(3);
});
