// Samples in, numbers out, with the real archive between.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createIngest } from "../../src/metric/ingest.ts";
import { createMetricQuery, type DimensionFilter } from "../../src/metric/query.ts";
import type { HostSample } from "../../src/metric/sample.ts";
import {
  metricArchiveSettings,
  openMetricArchive,
  type MetricArchive,
} from "../../src/state/metric-archive.ts";
import { sampleOf } from "./sample-of.ts";

const start = 1_700_000_040;
const clock: Clock = { now: () => (start + 30) * 1_000, sleep: () => new Promise(() => {}) };
let directory: string;
let archive: MetricArchive;
const open = (folder = "metrics"): MetricArchive =>
  openMetricArchive({
    path: join(directory, folder, "metrics.db"),
    settings: metricArchiveSettings.parse({ flushIntervalSeconds: 60 }),
    clock,
    log: silentLog,
  });
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "nightcap-ingest-"));
  archive = open();
});
afterEach(async () => {
  await archive.close();
  rmSync(directory, { recursive: true });
});

/** 100 bytes a second out of eth0, 10 out of eth1. */
const sample = (second: number): HostSample =>
  sampleOf(start + second, { interfaces: { eth0: [0, second * 100], eth1: [0, second * 10] } });
const samples = (from: number, to: number): HostSample[] =>
  Array.from({ length: to - from }, (_, index) => sample(from + index));

const window = (metricName: string, dimensions: DimensionFilter[] = []) =>
  createMetricQuery(archive)
    .window({ hostId: "h", metricName, dimensions, fromSecond: start, toSecond: start + 30 })
    .map((result) => [
      result.dimensions[0]?.value ?? "",
      result.aggregate?.sum,
      result.aggregate?.count,
    ]);

test("samples that come twice count once", () => {
  const ingest = createIngest({ archive });
  ingest.accept("h", samples(0, 6));
  ingest.accept("h", samples(3, 11));
  expect(window("Network Out Total")).toEqual([["", 1_100, 10]]);
  expect(window("Network Out")).toEqual([["", 1_100, 10]]);
});

test("after kill -9 no byte is lost or counted twice", async () => {
  createIngest({ archive }).accept("h", samples(0, 6));
  archive.flush();
  createIngest({ archive }).accept("h", samples(6, 9)); // never written
  cpSync(join(directory, "metrics"), join(directory, "after"), { recursive: true });
  await archive.close();
  archive = open("after");
  createIngest({ archive }).accept("h", samples(8, 11));
  expect(window("Network Out Total")).toEqual([["", 1_100, 10]]);
});

test("a dimension filter chooses interfaces; without one they are taken together", () => {
  createIngest({ archive }).accept("h", samples(0, 11));
  const filter = (operator: "Include" | "Exclude", ...values: string[]): DimensionFilter[] => [
    { name: "interface", operator, values },
  ];
  const metric = "Interface Bytes Out";
  expect(window(metric)).toEqual([["", 1_100, 20]]);
  expect(window(metric, filter("Include", "*"))).toEqual([
    ["eth0", 1_000, 10],
    ["eth1", 100, 10],
  ]);
  expect(window(metric, filter("Exclude", "ETH0"))).toEqual([["eth1", 100, 10]]);
  expect(window(metric, filter("Include", "eth9"))).toEqual([]);
});

test("an unknown metric or dimension is an error that says what there is", () => {
  expect(() => window("Inbound Flows")).toThrow(
    'no metric "Inbound Flows" (there are: Percentage CPU',
  );
  const lun: DimensionFilter[] = [{ name: "LUN", operator: "Include", values: ["0"] }];
  expect(() => window("Network Out Total", lun)).toThrow('has no dimension "LUN" (it has: none)');
});

test("buckets of seconds and of minutes hold the same sums", () => {
  createIngest({ archive }).accept("h", samples(0, 31));
  const sums = (intervalSeconds: number): (number | undefined)[] =>
    createMetricQuery(archive)
      .buckets({
        hostId: "h",
        metricName: "Network Out Total",
        dimensions: [],
        fromSecond: start,
        toSecond: start + 60,
        intervalSeconds,
      })
      .flatMap(({ data }) => data.map(({ aggregate }) => aggregate?.sum));
  expect(sums(60)).toEqual([3_300]);
  expect(sums(15)).toEqual([1_650, 1_650, undefined, undefined]);
});
