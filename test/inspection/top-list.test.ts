import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TopList } from "../../src/inspection/analysis/top-list.ts";

test("the greatest are kept, equal ones in the order in which they came", () =>
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { maxLength: 100 }),
      fc.integer({ min: 1, max: 30 }),
      (weights, countMax) => {
        const top = new TopList<{ weight: number; at: number }>(countMax);
        for (const [at, weight] of weights.entries()) top.offer(weight, () => ({ weight, at }));
        const expected = weights
          .map((weight, at) => ({ weight, at }))
          .toSorted((one, other) => other.weight - one.weight)
          .slice(0, countMax);
        expect(top.result()).toEqual(expected);
      },
    ),
  ));
