import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createCpuBudget } from "../../src/owner/cpu-budget.ts";

const burstMilliseconds = 250;

test("over any time no more is used than the share of it, a burst and one piece of work", () => {
  const costs = fc.array(fc.double({ min: 0.1, max: 300, noNaN: true }), {
    minLength: 1,
    maxLength: 60,
  });
  const share = fc.double({ min: 0.01, max: 0.5, noNaN: true });
  const pause = fc.double({ min: 1, max: 400, noNaN: true });
  fc.assert(
    fc.property(costs, share, pause, (pieces, portion, rest) => {
      let used = 0;
      let now = 0;
      const budget = createCpuBudget(
        portion,
        () => used,
        () => now,
      );
      const marks = [{ now, used }];
      for (const cost of pieces) {
        while (!budget.mayWork()) now += Math.min(rest, budget.waitMilliseconds());
        used += cost;
        now += cost;
        marks.push({ now, used });
        now += rest;
      }
      const greatest = Math.max(...pieces);
      for (const [at, end] of marks.entries())
        for (const begin of marks.slice(0, at)) {
          const allowed = portion * (end.now - begin.now) + burstMilliseconds + greatest;
          expect(end.used - begin.used).toBeLessThanOrEqual(allowed + 0.001);
        }
    }),
    { numRuns: 200 },
  );
});

test("what was used too much is waited for, and a share that changes holds from then on", () => {
  let used = 0;
  let now = 0;
  const budget = createCpuBudget(
    0.02,
    () => used,
    () => now,
  );
  used += 251;
  expect(budget.mayWork()).toBe(false);
  expect(budget.waitMilliseconds()).toBeCloseTo(100, 3);
  budget.setShare(0.1);
  expect(budget.waitMilliseconds()).toBeCloseTo(20, 3);
  now += 20;
  expect(budget.mayWork()).toBe(true);
  expect(budget.usedMilliseconds).toBe(251);
});
