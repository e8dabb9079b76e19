import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { aggregateFunctions } from "../../src/query/aggregates/aggregate-functions.ts";
import { scalarFunctions } from "../../src/query/functions/scalar-functions.ts";
import { tabularOperators } from "../../src/query/operators/tabular-operators.ts";
import { coreFunctions } from "../../src/query/scalar/core-functions.ts";

const page = readFileSync("docs/reference/kql.md", "utf8");
const tests = globSync("test/{query,logs}/**/*.test.ts")
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

const section = (title: string): string =>
  page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const namesIn = (text: string): string[] =>
  Array.from(text.matchAll(/`(\w+)`/g), ([, name]) => name ?? "");
const refusedIn = (title: string): string[] =>
  namesIn(section(title).split("Not supported:")[1] ?? "");
const rows = section("Scalar functions")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("`"))
  .map((line) => line.split("|"));
const paragraph = (title: string, start: string): string =>
  section(title)
    .split("\n")
    .find((line) => line.startsWith(start)) ?? "";

test("the page lists every scalar function of the translator, and no other", () => {
  const listed = rows.flatMap((cells) => namesIn(`${cells[2]}${cells[3]}`));
  expect(listed.toSorted()).toEqual(
    [...new Set([...scalarFunctions.keys(), ...coreFunctions.keys()])].toSorted(),
  );
  expect(refusedIn("Scalar functions").filter((name) => scalarFunctions.has(name))).toEqual([]);
});

test("the page lists every aggregate of the translator, and no other", () => {
  const listed = namesIn(
    paragraph("Aggregates", "Supported and") + paragraph("Aggregates", "Supported, no"),
  );
  expect(listed.toSorted()).toEqual([...aggregateFunctions.keys()].toSorted());
  expect(refusedIn("Aggregates").filter((name) => aggregateFunctions.has(name))).toEqual([]);
});

test("what the page calls tested is called in a test", () => {
  const claimed = [
    ...rows.flatMap((cells) => namesIn(cells[2] ?? "")),
    ...namesIn(paragraph("Aggregates", "Supported and")),
  ];
  expect(claimed.length).toBeGreaterThan(100);
  expect(claimed.filter((name) => !new RegExp(`\\b${name}\\(`).test(tests))).toEqual([]);
});

test("the page lists every operator by its node", () => {
  const nodes = Array.from(
    section("Operators").matchAll(/\| (\w+Operator) \|/g),
    ([, kind]) => kind ?? "",
  );
  expect(nodes.toSorted()).toEqual([...tabularOperators.keys()].toSorted());
});
