import { expect, test } from "vitest";
import { formatsOf } from "../../src/web/words/moments.ts";

const now = Date.parse("2026-11-21T02:00:00Z");

test("times are told as long ago, in the largest unit that is whole", () => {
  const { ago } = formatsOf("en");
  expect(ago(now - 90_000, now)).toBe("1 minute ago");
  expect(ago(now - 3 * 3_600_000, now)).toBe("3 hours ago");
  expect(ago(now, now)).toBe("now");
  expect(formatsOf("fr").ago(now - 120_000, now)).toBe("il y a 2 minutes");
});

test("bytes are powers of 1,000, with one digit where it says something", () => {
  const { bytes } = formatsOf("en");
  expect([0, 1, 999, 1_500, 150_000, 2_500_000_000].map(bytes)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1.5 kB",
    "150 kB",
    "2.5 GB",
  ]);
});

test("UTC says so", () => {
  expect(formatsOf("en").utc("2026-11-21T02:00:12Z")).toMatch(/Nov 21, 02:00:12 UTC/);
});
