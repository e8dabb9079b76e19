import * as fc from "fast-check";
import { expect, test } from "vitest";
import { alertSentence } from "../../src/report/alert-sentence.ts";
import { summarizeRtt } from "../../src/inspection/summary/initial-rtt.ts";
import { shellWord, visible, withoutSecrets } from "../../src/inspection/summary/safe-text.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatIsoDuration,
  formatShare,
  isoNanoseconds,
} from "../../src/inspection/summary/units.ts";
import { alert, stream } from "./sample-report.ts";

test("sizes have three digits and decimal units", () => {
  expect([0, 1, 999, 999.6, 1_000, 12_345, 999_949, 999_999, 5.4e18].map(formatBytes)).toEqual([
    "0 B", "1 B", "999 B", "1 kB", "1 kB", "12.3 kB", "1 MB", "1 MB", "5.4 EB",
  ]); // prettier-ignore
});

test("durations have the unit that people read", () => {
  const values = [0, 480, 1_500, 512e6, 1.53e9, 59.9e9, 59.97e9, 125e9, 86_400e9 + 3e9];
  expect(values.map(formatDuration)).toEqual([
    "0 ns", "480 ns", "1.5 µs", "512 ms", "1.53 s", "59.9 s", "1 min", "2 min 5 s", "1 d 3 s",
  ]); // prettier-ignore
});

test("shares never round something to nothing, nor almost all to all", () => {
  const shares: [number, number][] = [
    [0, 5],
    [1, 10_000],
    [4, 100],
    [376, 1_000],
    [9_999, 10_000],
    [5, 5],
    [3, 0],
  ];
  expect(shares.map(([part, whole]) => formatShare(part, whole))).toEqual([
    "0 %", "< 0.1 %", "4 %", "38 %", "> 99.9 %", "100 %", "0 %",
  ]); // prettier-ignore
});

test("instants keep their nanoseconds and refuse what no calendar has", () => {
  expect(isoNanoseconds(1_795_226_774_218_934_112n)).toBe("2026-11-21T02:06:14.218934112Z");
  expect(isoNanoseconds(-1n)).toBe("1969-12-31T23:59:59.999999999Z");
  expect(isoNanoseconds(10n ** 29n)).toBeNull();
  expect(formatInstant("2026-11-21T02:06:12.4Z")).toBe("2026-11-21 02:06:12.400 UTC");
  expect(formatInstant("yesterday")).toBeNull();
});

test("ISO durations are read, anything else is shown as it came", () => {
  expect(["PT5M", "PT1S", "PT1H", "P1D", "soon"].map(formatIsoDuration)).toEqual([
    "5 min",
    "1 s",
    "1 h",
    "1 d",
    "soon",
  ]);
});

test("an alert is one sentence in the metric's own unit", () => {
  const cpu = {
    ...alert,
    metricName: "Percentage CPU",
    timeAggregation: "Maximum",
    operator: "GreaterThanOrEqual",
    threshold: 90,
    metricValue: 97.25,
  };
  const dynamic = { ...alert, threshold: null, metricValue: null };
  const unknown = { ...alert, metricName: "" };
  const odd = { ...alert, timeAggregation: "Median", operator: "Near" };
  const expected = { low: 1_200, high: 250_000, seasonality: "Daily", sampleCount: 2_880 };
  const unexpected = { ...alert, operator: "GreaterOrLessThan", threshold: 250_000, expected };
  const tooLow = { ...unexpected, metricValue: 3, expected: { ...expected, seasonality: "None" } };
  expect([alert, cpu, dynamic, unexpected, tooLow, unknown, odd].map(alertSentence))
    .toMatchInlineSnapshot(`
      [
        "Network Out Total averaged 918 kB over 5 min, above the threshold of 3 B",
        "Percentage CPU peaked at 97.25 % over 5 min, at or above the threshold of 90 %",
        "Network Out Total (Average) crossed its threshold over 5 min, outside of what was expected",
        "Network Out Total averaged 918 kB over 5 min, above the expected 1.2 kB to 250 kB (learned from 2,880 values, which repeat by day)",
        "Network Out Total averaged 3 B over 5 min, below the expected 1.2 kB to 250 kB (learned from 2,880 values)",
        "The rule net-out fired",
        "Network Out Total (Median) was 918 kB over 5 min, Near 3 B",
      ]
    `);
});

test("percentiles are values that were measured", () => {
  const streams = Array.from({ length: 100 }, (_, at) =>
    stream(at, { initialRtt: String((at + 1) * 1_000_000) }),
  );
  const summary = summarizeRtt([...streams, stream(100, { initialRtt: null })]);
  expect(summary).toMatchObject({
    count: 100,
    streamCount: 101,
    medianNanoseconds: 50e6,
    p95Nanoseconds: 95e6,
    worst: { stream: 99, nanoseconds: 100e6 },
  });
  expect(summary?.histogram.bins.reduce((total, count) => total + count, 0)).toBe(100);
});

test("a URL loses its user and its query, a path with a question mark does not", () => {
  expect(withoutSecrets("https://user:pw@store.example/a.cap?sig=SECRET#x")).toBe(
    "https://store.example/a.cap",
  );
  expect(withoutSecrets("/var/captures/what?.cap")).toBe("/var/captures/what?.cap");
});

test("a shell word is quoted, and refused when it cannot be shown whole", () => {
  expect(["a.cap", "a b'; rm -rf ~", "-rf", "a\nb", "", "a\u202eb"].map(shellWord)).toEqual([
    "a.cap", `'a b'\\''; rm -rf ~'`, null, null, null, null,
  ]); // prettier-ignore
});

test("visible text is one bounded line without controls, and stays as it is a second time", () => {
  const text = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 200 }), (input, lengthMax) => {
      const shown = visible(input, lengthMax);
      expect(Array.from(shown).length).toBeLessThanOrEqual(lengthMax);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(visible(shown, lengthMax)).toBe(shown);
    }),
  );
});

test("counts are grouped as Intl groups them", () => {
  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double()), (count) => {
      // Of zeros there is one.
      expect(formatCount(count)).toBe(grouped.format(count + 0));
    }),
  );
});
