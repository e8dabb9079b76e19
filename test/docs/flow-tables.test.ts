import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { destinationDaysMax } from "../../src/flowstore/destinations/destination-table.ts";
import { destinationsTable } from "../../src/flowstore/destinations/destination-view.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";

const page = readFileSync("docs/reference/flow-tables.md", "utf8");

test("the page has each table of ours but that of tuples, which is on the page of alerts", () => {
  const ours = kustoTables().map(({ name }) => name);
  const missing = ours.filter((name) => name !== "NightcapFlows" && !page.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test("the page has each column of NightcapDestinations, and how long rows stay", () => {
  const section = page.slice(page.indexOf("## Destinations"), page.indexOf("## Topology"));
  const missing = destinationsTable.columns.filter(({ name }) => !section.includes(`\`${name}\``));
  expect(missing).toEqual([]);
  expect(section).toContain(`${destinationDaysMax} days after \`LastSeen\``);
});
