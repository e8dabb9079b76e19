import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the files that are to run first are there, each once", () => {
  const text = readFileSync("scripts/setup/longest-first.mjs", "utf8");
  const named = [...text.matchAll(/^ {2}"(test\/.+)",$/gm)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});
