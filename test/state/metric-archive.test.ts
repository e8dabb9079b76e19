import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import {
  metricArchiveSettings,
  openMetricArchive,
  type MetricArchive,
} from "../../src/state/metric-archive.ts";
import { packMinute, summarize, unpackMinute } from "../../src/state/metric-minute.ts";

const start = 1_700_000_040; // a whole minute
let now = start;
const clock: Clock = { now: () => now * 1_000, sleep: () => new Promise(() => {}) };
let directory: string;
let archive: MetricArchive;

const open = (settings: object = {}, folder = "metrics"): MetricArchive =>
  openMetricArchive({
    path: join(directory, folder, "metrics.db"),
    settings: metricArchiveSettings.parse({ flushIntervalSeconds: 60, ...settings }),
    clock,
    log: silentLog,
  });
beforeEach(() => {
  now = start;
  directory = mkdtempSync(join(tmpdir(), "nightcap-metrics-"));
  archive = open();
});
afterEach(async () => {
  await archive.close();
  rmSync(directory, { recursive: true });
});

/** `values` from `second` on. */
const put = (second: number, values: number[], series = "s") =>
  archive.append(
    "host",
    values.map((value, index) => ({ series, second: second + index, value })),
  );
const read = (from: number, to: number): number[] =>
  archive.query("host", "s", from, to).map(({ value }) => value);
const total = (from: number, to: number): number =>
  archive.aggregates("host", "s", from, to).reduce((sum, part) => sum + part.sum, 0);

test("gives what was appended at once, cut to the range, and after a restart", async () => {
  put(start + 58, [1, 2, 3, 4]);
  now = start + 62;
  const check = (): void => {
    expect(archive.query("host", "s", start + 59, start + 61)).toEqual([
      { second: start + 59, value: 2 },
      { second: start + 60, value: 3 },
    ]);
    expect(archive.aggregates("host", "s", start, start + 61)).toEqual([
      { second: start, sum: 3, count: 2, minimum: 1, maximum: 2 },
      { second: start + 60, sum: 3, count: 1, minimum: 3, maximum: 3 },
    ]);
  };
  check();
  await archive.close();
  archive = open();
  check();
  expect(archive.series("host")).toEqual(["s"]);
  expect(statSync(join(directory, "metrics", "metrics.db")).mode & 0o777).toBe(0o600);
});

test("a replay changes nothing, and a late second joins its written minute", async () => {
  put(start, [1, 2, 3]);
  put(start, [1, 2, 3]);
  archive.flush();
  await archive.close();
  now = start + 1_200; // far beyond the tail in memory
  archive = open();
  put(start + 3, [4]);
  put(start + 1, [2]);
  archive.flush();
  expect(read(start, start + 60)).toEqual([1, 2, 3, 4]);
  expect(total(start, start + 60)).toBe(10);
});

test("what was not written is gone after a crash, with the note that belongs to it", async () => {
  const series = (value: number) => [{ series: "s", second: start + value, value }];
  archive.append("host", series(1), "one");
  archive.flush();
  archive.append("host", series(2), "two");
  expect(archive.note("host")).toBe("two");
  // What a process would find after kill -9.
  cpSync(join(directory, "metrics"), join(directory, "after"), { recursive: true });
  const second = open({}, "after");
  expect(second.note("host")).toBe("one");
  expect(second.query("host", "s", start, start + 9)).toHaveLength(1);
  await second.close();
});

test("drops and counts what is too old, too far ahead, not a number, or over a limit", async () => {
  expect(put(start - 86_401, [1])).toEqual({ dropped: 1 });
  expect(put(start + 301, [1])).toEqual({ dropped: 1 });
  expect(put(start, [Number.NaN, Number.POSITIVE_INFINITY])).toEqual({ dropped: 2 });
  await archive.close();
  archive = open({ hostCountMax: 1, seriesCountMax: 1 });
  expect(put(start, [1, 2])).toEqual({ dropped: 0 });
  expect(put(start, [1, 2], "other")).toEqual({ dropped: 2 });
  expect(archive.append("other", [{ series: "s", second: start, value: 1 }])).toEqual({
    dropped: 1,
  });
});

test("keeps seconds for a day and minutes for 93, and then nothing", () => {
  put(start, [1, 2, 3]);
  archive.flush();
  now += 86_400 + 120;
  archive.flush();
  archive.prune();
  expect(read(start, start + 60)).toEqual([]);
  expect(archive.aggregates("host", "s", start, start + 60)).toEqual([
    { second: start, sum: 6, count: 3, minimum: 1, maximum: 3 },
  ]);
  expect(archive.aggregates("host", "s", start + 1, start + 60)).toEqual([]);
  now += 93 * 86_400;
  archive.prune();
  expect(total(start, start + 60)).toBe(0);
  expect(archive.series("host")).toEqual([]);
});

test("above its size the oldest minutes go first", async () => {
  await archive.close();
  archive = open({ sizeBytesMax: 1 << 20 });
  for (let minute = 0; minute < 200; minute++) {
    now = start + minute * 60;
    for (let series = 0; series < 20; series++) {
      put(
        now,
        Array.from({ length: 60 }, (_, i) => i + 0.5),
        series === 0 ? "s" : `s${series}`,
      );
    }
  }
  archive.flush();
  expect(total(start, start + 60)).toBeGreaterThan(0);
  archive.prune();
  expect(total(start, start + 60)).toBe(0);
  expect(total(now, now + 60)).toBe(60 * 30);
});

test("forgets a host", () => {
  put(start, [1]);
  archive.flush();
  archive.forget("host");
  expect(archive.series("host")).toEqual([]);
  expect(put(start, [5])).toEqual({ dropped: 0 });
  expect(read(start, start + 1)).toEqual([5]);
});

const minute = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), {
  minLength: 60,
  maxLength: 60,
});

test("a minute survives packing, and an idle one is small", () => {
  fc.assert(
    fc.property(minute, (values) => {
      const seconds = Float64Array.from(values, (value) =>
        value === null ? Number.NaN : value + 0,
      );
      expect(unpackMinute(packMinute(seconds))).toEqual(seconds);
    }),
  );
  expect(packMinute(new Float64Array(60))).toHaveLength(16);
});

test("damaged bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(summarize(unpackMinute(bytes)).count).toBeLessThanOrEqual(60);
    }),
  );
});
