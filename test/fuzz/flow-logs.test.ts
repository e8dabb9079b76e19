import { expect, test } from "vitest";
import { checkFlowLog } from "./flow-logs.ts";

const inputCount = 1_500;

test("damaged flow logs are read as JSON.parse reads them, in any chunks", () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= inputCount; seed++)
    try {
      checkFlowLog(seed);
    } catch (error) {
      failures.push(`${seed}: ${String(error)}`);
    }
  expect(failures).toEqual([]);
});
