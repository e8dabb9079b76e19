// What is learned of series whose pattern is known; rates of false alarms are in docs/reference/dynamic-thresholds.md.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedRange } from "../../../src/alert/dynamic/expected-range.ts";
import { learnBaseline, type Baseline } from "../../../src/alert/dynamic/learn.ts";
import { samplesOf, type Samples } from "../../../src/alert/dynamic/samples.ts";
import { alertSensitivities } from "../../../src/alert/dynamic/sensitivity.ts";
import type { AlertSensitivity } from "../../../src/alert/dynamic/sensitivity.ts";
import { monday, seriesOf, shapes, slice, type ShapeName } from "./synthetic-series.ts";

const day = 86_400;
const hour = 3_600;

function learn(samples: Samples, end: number): Baseline {
  const baseline = learnBaseline(samples, end);
  if (!baseline) throw new Error("not enough history");
  return baseline;
}
const rangeAt = (baseline: Baseline, sensitivity: AlertSensitivity, second: number) => {
  const range = expectedRange(baseline, sensitivity, {
    fromSecond: second,
    toSecond: second + 300,
  });
  if (!range) throw new Error("nothing is expected then");
  return range;
};
const history = (shape: ShapeName, days: number, seed = 7) =>
  seriesOf(shapes[shape], { seed, days });

/** Changes the values of [from, to). */
function change(
  samples: Samples,
  from: number,
  to: number,
  to_: (value: number) => number,
): Samples {
  const values = samples.values.map((value, index) => {
    const start = samples.starts[index] ?? 0;
    return start >= from && start < to ? to_(value) : value;
  });
  return { ...samples, values };
}

describe("the season", () => {
  test.each<[ShapeName, number, string]>([
    ["even noise", 10, "None"],
    ["constant", 10, "None"],
    ["heavy tail", 28, "None"],
    ["job each hour", 10, "Hourly"],
    ["traffic by day", 4, "Daily"],
    ["backup each night", 10, "Daily"],
    ["office traffic by week", 20, "Daily"], // Azure too sees weeks after three of them
    ["office traffic by week", 28, "Weekly"],
  ])("of %s over %i days is %s", (shape, days, season) => {
    const end = monday + days * day;
    expect(learn(history(shape, days), end).season.name).toBe(season);
  });
});

describe("what is expected", () => {
  test("the season's own peak is no anomaly, the same value at night is", () => {
    const baseline = learn(history("traffic by day", 10), monday + 10 * day);
    for (const sensitivity of alertSensitivities) {
      const noon = rangeAt(baseline, sensitivity, monday + 10 * day + 12 * hour);
      const night = rangeAt(baseline, sensitivity, monday + 10 * day + 2 * hour);
      expect(noon.low).toBeLessThan(10e6);
      expect(noon.high).toBeGreaterThan(10e6);
      expect(night.high).toBeLessThan(10e6);
    }
  });

  test("five minutes of backup each night are expected then, and at no other time", () => {
    const baseline = learn(history("backup each night", 10), monday + 10 * day);
    const at = (second: number) => rangeAt(baseline, "High", monday + 10 * day + second);
    expect(at(7_500).high).toBeGreaterThan(51e6);
    expect(at(7_800).high).toBeGreaterThan(51e6); // it may end a little later
    expect(at(9 * hour).high).toBeLessThan(10e6);
  });

  test("a quiet weekend and a busy Monday are expected of an office", () => {
    const baseline = learn(history("office traffic by week", 28), monday + 28 * day);
    const noon = (weekday: number) =>
      rangeAt(baseline, "Medium", monday + (28 + weekday) * day + 12 * hour);
    expect(noon(5).high).toBeLessThan(10e6); // Saturday
    expect(noon(0).low).toBeGreaterThan(500_000);
  });

  test("a higher sensitivity expects less", () => {
    const shape = fc.constantFrom(...(Object.keys(shapes) as ShapeName[]));
    const windows = fc.integer({ min: 0, max: 2_016 });
    fc.assert(
      fc.property(shape, fc.nat(1_000), windows, (name, seed, window) => {
        const baseline = learn(history(name, 10, seed), monday + 10 * day);
        const second = monday + 10 * day + window * 300;
        const [low, medium, high] = alertSensitivities.map((one) => rangeAt(baseline, one, second));
        const widths = [low, medium, high].map((range) => (range?.high ?? 0) - (range?.low ?? 0));
        expect(widths).toEqual(widths.toSorted((a, b) => b - a));
        for (const range of [low, medium, high]) expect(range?.low).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  test("traffic that varies much is still missed when it stops", () => {
    const baseline = learn(history("office traffic by week", 28), monday + 28 * day);
    for (const sensitivity of alertSensitivities) {
      expect(rangeAt(baseline, sensitivity, monday + 28 * day + 12 * hour).low).toBeGreaterThan(0);
    }
  });

  test("of a constant is the constant, give or take its share; silence expects silence", () => {
    const end = monday + 10 * day;
    expect(rangeAt(learn(history("constant", 10), end), "High", end)).toEqual({
      low: 41.58,
      high: 42.42,
    });
    expect(rangeAt(learn(history("silent", 10), end), "Low", end)).toEqual({ low: 0, high: 0 });
  });
});

describe("history that is not as it should be", () => {
  const end = monday + 10 * day;

  test("an outage of a day changes nothing much", () => {
    const whole = history("traffic by day", 10);
    const outage = change(whole, monday + 6 * day, monday + 7 * day, () => 0);
    const surge = change(whole, monday + 6 * day, monday + 7 * day, (value) => value * 50);
    for (const second of [2, 12, 18].map((hours) => end + hours * hour)) {
      const expected = rangeAt(learn(whole, end), "Medium", second);
      for (const damaged of [outage, surge]) {
        const range = rangeAt(learn(damaged, end), "Medium", second);
        expect(range.high / expected.high).toBeGreaterThan(0.5);
        expect(range.high / expected.high).toBeLessThan(2);
      }
    }
  });

  test("newer days count more: a series that doubled is expected to be double after five days", () => {
    const doubled = change(history("even noise", 10), end - 5 * day, end, (value) => value * 2);
    const { low, high } = rangeAt(learn(doubled, end), "High", end);
    expect(low).toBeLessThan(2_000);
    expect(high).toBeGreaterThan(2_000);
  });

  test("gaps are no zeros", () => {
    const whole = history("traffic by day", 10);
    const kept = [...whole.starts.keys()].filter(
      (index) => index % 7 !== 3 && (index / 288) % 3 > 0.5,
    );
    const gaps = {
      ...whole,
      starts: Float64Array.from(kept, (index) => whole.starts[index] ?? 0),
      values: Float64Array.from(kept, (index) => whole.values[index] ?? 0),
    };
    const noon = end + 12 * hour;
    const [range, expected] = [gaps, whole].map((one) => rangeAt(learn(one, end), "Medium", noon));
    expect((range?.low ?? 0) / (expected?.low ?? 1)).toBeGreaterThan(0.5);
  });

  test("nothing is expected at an hour of which nothing is known", () => {
    const days = history("traffic by day", 10);
    const kept = [...days.starts.keys()].filter((index) => index % 288 >= 144);
    const afternoons = {
      ...days,
      starts: Float64Array.from(kept, (index) => days.starts[index] ?? 0),
      values: Float64Array.from(kept, (index) => days.values[index] ?? 0),
    };
    const baseline = learn(afternoons, end);
    const window = { fromSecond: end + 3 * hour, toSecond: end + 3 * hour + 300 };
    expect(baseline.season.name).toBe("Daily");
    expect(expectedRange(baseline, "High", window)).toBeNull();
  });

  test("three days and thirty samples are needed, as in Azure", () => {
    const whole = history("even noise", 10);
    expect(learnBaseline(slice(whole, end - 3 * day + 300, end), end)).toBeNull();
    expect(learnBaseline(slice(whole, end - 3 * day, end), end)).not.toBeNull();
    const few = seriesOf(shapes["even noise"], { seed: 1, days: 10, windowSeconds: 43_200 });
    expect(few.starts.length).toBe(20);
    expect(learnBaseline(few, end)).toBeNull();
    expect(learnBaseline({ ...few, starts: new Float64Array(0) }, end)).toBeNull();
  });

  test("windows that were hardly measured are not learned from", () => {
    const windows = [60, 300, 300, 299, 100, 300].map((count, index) => ({
      second: index * 300,
      sum: count,
      count,
      minimum: 1,
      maximum: 1,
    }));
    expect([...samplesOf(windows, 300, "Total").values]).toEqual([300, 300, 299, 300]);
  });

  test("hostile values never make a bound that is no number", () => {
    const value = fc.oneof(fc.constant(0), fc.double({ noNaN: true, min: -1e300, max: 1e300 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 40, maxLength: 400 }), (values) => {
        const starts = Float64Array.from(values, (_, index) => monday + index * 3 * hour);
        const samples = { windowSeconds: 300, starts, values: Float64Array.from(values) };
        const now = monday + values.length * 3 * hour;
        const range = expectedRange(learn(samples, now), "Low", {
          fromSecond: starts.at(-1) ?? 0,
          toSecond: (starts.at(-1) ?? 0) + 300,
        });
        expect(Number.isNaN(range?.low)).toBe(false);
        expect(Number.isNaN(range?.high)).toBe(false);
      }),
      { numRuns: 100, seed: 9 },
    );
  });
});
