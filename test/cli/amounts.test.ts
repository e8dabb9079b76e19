import { expect, test } from "vitest";
import { parseCutTime, parseEvery } from "../../src/cli/amounts.ts";

test("times are ISO 8601 in UTC unless they say so, to the nanosecond, or from the first packet", () => {
  const nanoseconds = (text: string): bigint => parseCutTime(text).nanoseconds;
  expect(nanoseconds("2018-08-16T18:28:59.498106001Z")).toBe(1_534_444_139_498_106_001n);
  expect(nanoseconds("2018-08-16 18:28")).toBe(1_534_444_080_000_000_000n);
  expect(nanoseconds("2018-08-16T20:28:00+02:00")).toBe(1_534_444_080_000_000_000n);
  expect(nanoseconds("2018-08-16")).toBe(1_534_377_600_000_000_000n);
  expect(parseCutTime("+1.5m")).toEqual({ kind: "relative", nanoseconds: 90_000_000_000n });
  expect(() => parseCutTime("2018-13-45")).toThrow("is no time");
});

test("parts hold bytes, time or packets", () => {
  expect(parseEvery("100MB")).toEqual({ kind: "bytes", count: 100_000_000 });
  expect(parseEvery("1.5MiB")).toEqual({ kind: "bytes", count: 1_572_864 });
  expect(parseEvery("60s")).toEqual({ kind: "time", nanoseconds: 60_000_000_000n });
  expect(parseEvery("10000packets")).toEqual({ kind: "packets", count: 10_000 });
  for (const wrong of ["", "0packets", "1.5packets", "5", "-3s", "4 parsecs"])
    expect(() => parseEvery(wrong)).toThrow("is no size of a part");
});
