import { expect, test } from "vitest";
import { loadScript } from "./load-script.ts";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  reasons: string[];
}
interface Run {
  report: unknown;
  exitCode: number;
  failedChecks: string[];
  skippingAllowed: boolean;
}
const { addUp, describeTotals } = await loadScript<{
  addUp: (run: Run) => Totals;
  describeTotals: (totals: Totals) => string;
}>("setup/test-totals.mjs");

const file = (statuses: string[], status = "passed") => ({
  name: "a.test.ts",
  status,
  assertionResults: statuses.map((one, index) => ({ status: one, fullName: `test ${index}` })),
});
const lastLine = (change: Partial<Run>, ...files: unknown[]): string => {
  const run = { exitCode: 0, failedChecks: [], skippingAllowed: true, ...change };
  const totals = addUp({ report: { testResults: files }, ...run });
  return describeTotals(totals).split("\n").at(-1) ?? "";
};

test("tests that pass, fail and are skipped are counted apart", () => {
  expect(lastLine({}, file(["passed", "passed"]))).toBe("2 passed, 0 failed");
  expect(lastLine({ exitCode: 1 }, file(["passed", "failed"], "failed"))).toBe(
    "1 passed, 1 failed",
  );
  expect(lastLine({}, file(["passed", "skipped", "todo"]))).toBe("1 passed, 0 failed, 2 skipped");
});

test("a skipped test is a failure where nothing may be skipped", () => {
  expect(lastLine({ skippingAllowed: false }, file(["passed", "pending"]))).toBe(
    "1 passed, 1 failed",
  );
});

test("no test, no report, a file that does not load and a failed check are failures", () => {
  expect(lastLine({})).toBe("0 passed, 1 failed");
  expect(lastLine({ report: null, exitCode: 137 })).toBe("0 passed, 1 failed");
  expect(lastLine({}, file(["skipped"]))).toBe("0 passed, 1 failed, 1 skipped");
  expect(lastLine({ exitCode: 1 }, file([], "failed"), file(["passed"]))).toBe(
    "1 passed, 1 failed",
  );
  expect(lastLine({ failedChecks: ["types"] }, file(["passed"]))).toBe("1 passed, 1 failed");
});

test("an exit code that no test explains is a failure", () => {
  expect(lastLine({ exitCode: 1 }, file(["passed"]))).toBe("1 passed, 1 failed");
});
