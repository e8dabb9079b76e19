import { expect, test } from "vitest";
import { gather } from "../../src/common/gather.ts";

function counting() {
  const calls: number[][] = [];
  const double = gather(3, async (keys: readonly number[]) => {
    calls.push([...keys]);
    if (keys.includes(13)) throw new Error("thirteen");
    return keys.map((key) => key * 2);
  });
  return { calls, double };
}

test("calls that come at once go together, and each gets its own answer", async () => {
  const { calls, double } = counting();
  expect(await Promise.all([1, 2, 3, 4].map(double))).toEqual([2, 4, 6, 8]);
  expect(calls).toEqual([[1, 2, 3], [4]]);
  expect(await double(5)).toBe(10);
  expect(calls.at(-1)).toEqual([5]);
});

test("a failure is that of all that went together, and of no others", async () => {
  const { double } = counting();
  const settled = await Promise.allSettled([1, 13, 3, 4].map(double));
  expect(settled.map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
});
