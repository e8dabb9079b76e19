import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterDelta, deriveMeasurements, gapSecondsMax } from "../../src/metric/counters.ts";
import type { HostSample } from "../../src/metric/sample.ts";
import { sampleOf } from "./sample-of.ts";

/** [second, value] of one series between two samples. */
const values = (from: HostSample, to: HostSample, series: string): [number, number][] =>
  deriveMeasurements(from, to)
    .measurements.filter((measurement) => measurement.series === series)
    .map(({ second, value }) => [second, value]);

describe("a counter", () => {
  test.each([
    ["goes up", 10, 15, false, 5],
    ["stands still", 10, 10, false, 0],
    ["wraps at 2^32", 2 ** 32 - 100, 50, false, 150],
    ["wraps at 2^64", 2 ** 64 - 4096, 4096, false, 8192],
    ["goes down from low in its range: a reset", 1_000_000, 20, false, 20],
    ["goes down a little: a reset", 2 ** 32 - 100, 2 ** 32 - 200, false, 2 ** 32 - 200],
    ["starts again with the machine, also where it is higher than before", 10, 15, true, 15],
  ])("%s", (_, before, after, restarted, expected) => {
    expect(counterDelta(before, after, restarted)).toBe(expected);
  });

  test("never goes back, whatever is read", () => {
    const counter = fc.double({ min: 0, max: 2 ** 65, noNaN: true });
    fc.assert(
      fc.property(counter, counter, fc.boolean(), (before, after, restarted) => {
        expect(counterDelta(before, after, restarted)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("between two samples", () => {
  test("the second before the later one gets the difference, loopback counts in nothing", () => {
    const from = sampleOf(100, {
      interfaces: { lo: [0, 0], eth0: [1_000, 2_000], eth1: [0, 0] },
      cpu: { busyTicks: 100, totalTicks: 1_000 },
    });
    const to = sampleOf(101, {
      interfaces: { lo: [9_999, 9_999], eth0: [1_500, 2_700], eth1: [1, 2] },
      cpu: { busyTicks: 150, totalTicks: 1_200 },
      memoryAvailableBytes: 77,
      disk: { readBytes: 512, writtenBytes: 1_024, readOperations: 1, writeOperations: 2 },
    });
    const { measurements } = deriveMeasurements(from, to);
    expect(new Set(measurements.map(({ second }) => second))).toEqual(new Set([100]));
    const shown = Object.fromEntries(measurements.map(({ series, value }) => [series, value]));
    expect(shown).toMatchInlineSnapshot(`
      {
        "Available Memory Bytes": 77,
        "Disk Read Bytes": 512,
        "Disk Read Operations/Sec": 1,
        "Disk Write Bytes": 1024,
        "Disk Write Operations/Sec": 2,
        "Interface Bytes In|eth0": 500,
        "Interface Bytes In|eth1": 1,
        "Interface Bytes Out|eth0": 700,
        "Interface Bytes Out|eth1": 2,
        "Interface Packets In|eth0": 0,
        "Interface Packets In|eth1": 0,
        "Interface Packets Out|eth0": 0,
        "Interface Packets Out|eth1": 0,
        "Network In Total": 501,
        "Network Out Total": 702,
        "Packets In Total": 0,
        "Packets Out Total": 0,
        "Percentage CPU": 25,
      }
    `);
  });

  test("a gap is spread over its seconds in whole bytes, and no byte is lost", () => {
    const from = sampleOf(10, { interfaces: { eth0: [0, 0] } });
    const to = sampleOf(13, { interfaces: { eth0: [0, 100] } });
    expect(values(from, to, "Network Out Total")).toEqual([
      [10, 33],
      [11, 33],
      [12, 34],
    ]);
  });

  test("operations a second are a rate in each second of a gap", () => {
    const disk = { readBytes: 0, writtenBytes: 0, readOperations: 30, writeOperations: 0 };
    expect(values(sampleOf(10), sampleOf(13, { disk }), "Disk Read Operations/Sec")).toEqual([
      [10, 10],
      [11, 10],
      [12, 10],
    ]);
  });

  test("a gap beyond the bound is unknown, and measuring goes on from there", () => {
    const to = sampleOf(10 + gapSecondsMax + 1, { interfaces: { eth0: [0, 100] } });
    expect(deriveMeasurements(sampleOf(10), to)).toEqual({ measurements: [], base: to });
  });

  test("a replay gives nothing and leaves the base", () => {
    const base = sampleOf(12, { interfaces: { eth0: [0, 100] } });
    const replayed = sampleOf(11, { interfaces: { eth0: [0, 50] } });
    expect(deriveMeasurements(base, replayed)).toEqual({ measurements: [], base });
    expect(deriveMeasurements(base, base)).toEqual({ measurements: [], base });
  });

  test("a second sample within one second is left for the next to cover", () => {
    const base = sampleOf(12, { interfaces: { eth0: [0, 100] } });
    const early = { ...sampleOf(12, { interfaces: { eth0: [0, 150] } }), time: 12_400 };
    expect(deriveMeasurements(base, early).base).toBe(base);
  });

  test("when the clock is set back, measuring starts again from there", () => {
    const base = sampleOf(1_000);
    const back = sampleOf(400, { cpu: { busyTicks: 0, totalTicks: 1_000 * 100 + 100 } });
    expect(deriveMeasurements(base, back)).toEqual({ measurements: [], base: back });
  });

  test("after a reboot everything counted from zero", () => {
    const from = sampleOf(10, { interfaces: { eth0: [500, 500] } });
    const to = sampleOf(11, { bootId: "boot-2", interfaces: { eth0: [7, 600] } });
    expect(values(from, to, "Network In Total")).toEqual([[10, 7]]);
    expect(values(from, to, "Network Out Total")).toEqual([[10, 600]]);
  });

  test("an interface that appears counts from zero, one that disappears stops, the total goes on", () => {
    const from = sampleOf(10, { interfaces: { eth0: [0, 100], old0: [0, 9_000] } });
    const to = sampleOf(11, { interfaces: { eth0: [0, 130], new0: [0, 5] } });
    expect(values(from, to, "Network Out Total")).toEqual([[10, 35]]);
    expect(values(from, to, "Interface Bytes Out|new0")).toEqual([[10, 5]]);
    expect(values(from, to, "Interface Bytes Out|old0")).toEqual([]);
  });

  test("an interface that comes with a history (from another namespace) makes no burst", () => {
    const to = sampleOf(11, { interfaces: { moved0: [1e12, 1e12] } });
    expect(values(sampleOf(10), to, "Network Out Total")).toEqual([[10, 0]]);
  });

  test("a disk that is taken out makes no burst", () => {
    const disk = (readBytes: number): HostSample["disk"] => ({
      readBytes,
      writtenBytes: 0,
      readOperations: 0,
      writeOperations: 0,
    });
    const from = sampleOf(10, { disk: disk(5_000) });
    expect(values(from, sampleOf(11, { disk: disk(3_000) }), "Disk Read Bytes")).toEqual([[10, 0]]);
  });
});

test("a counter's measurements add up to its whole way, however the samples fall", () => {
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: 1, max: 5_000 }), bytes: fc.nat(1e9) }),
    { maxLength: 50 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      let base = sampleOf(1_000, { interfaces: { eth0: [0, 0] } });
      let [time, bytes, total, basedOn] = [1_000_000, 0, 0, 0];
      for (const step of list) {
        time += step.wait;
        bytes += step.bytes;
        const sample = sampleOf(time / 1_000, { interfaces: { eth0: [0, bytes] } });
        const derived = deriveMeasurements(base, sample);
        if (derived.base === sample) basedOn = bytes;
        base = derived.base;
        for (const { series, value } of derived.measurements) {
          expect(value).toBeGreaterThanOrEqual(0);
          if (series === "Network Out Total") total += value;
        }
      }
      expect(total).toBe(basedOn);
    }),
  );
});
