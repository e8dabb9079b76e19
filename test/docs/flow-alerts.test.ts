import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { flowRules } from "../../src/alert/logs/flow-rules.ts";
import { tupleTable } from "../../src/flowstore/tuples/tuple-view.ts";
import { alertSettings } from "../../src/server/alerts/settings.ts";

const page = readFileSync("docs/reference/flow-alerts.md", "utf8");
const cells = Array.from(page.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm), ([, name, rest = ""]) => ({
  name,
  rest: rest.split(" | "),
}));

test("the page has each built-in rule with its frequency and the time after which it is over", () => {
  const rows = cells.filter(({ name = "" }) => name.startsWith("nightcap-"));
  expect(rows.map(({ name, rest }) => [name, rest[1], rest[3]])).toEqual(
    flowRules.map(({ name, properties }) => [
      name,
      properties["evaluationFrequency"],
      (properties["ruleResolveConfiguration"] as { timeToResolve: string }).timeToResolve,
    ]),
  );
});

test("the page has each setting with its default", () => {
  const settings = alertSettings.parse({});
  const rows = new Map(cells.map(({ name = "", rest }) => [name, rest[0]]));
  for (const [name, value] of Object.entries(settings)) {
    expect(rows.get(name), name).toBe(Array.isArray(value) ? "none" : String(value));
  }
});

test("the page has each column of NightcapFlows", () => {
  const section = page.slice(page.indexOf("## NightcapFlows"), page.indexOf("## Settings"));
  const named = new Set(Array.from(section.matchAll(/`(\w+)`/g), ([, name]) => name));
  const missing = tupleTable.columns
    .map(({ name }) => name)
    .filter((name) => !named.has(name))
    .filter((name) => !/^(?:Dest|Packets|Bytes)/.test(name));
  expect(missing).toEqual([]);
});
