import { afterAll, beforeAll, expect, test } from "vitest";
import { type KqlFuzzer, openKqlFuzzer } from "./kql/check-query.ts";

const queryCount = 40;

let fuzzer: KqlFuzzer;
beforeAll(async () => {
  fuzzer = await openKqlFuzzer();
});
afterAll(() => fuzzer.close());

test("queries by chance run, and their columns are those of Microsoft's binder", async () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= queryCount; seed++)
    await fuzzer.check(seed).catch((error: unknown) => failures.push(`${seed}: ${String(error)}`));
  expect(failures).toEqual([]);
  expect(fuzzer.counts.stages).toBeGreaterThan(queryCount * 2);
}, 60_000);
