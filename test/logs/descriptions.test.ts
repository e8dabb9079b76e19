import { expect, test } from "vitest";
import { describeColumn } from "../../src/logs/descriptions/column-descriptions.ts";
import { tableDescriptions } from "../../src/logs/descriptions/table-descriptions.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";

test("every table is described, and none that is not there", () => {
  expect(Object.keys(tableDescriptions).toSorted()).toEqual(
    kustoTables()
      .map(({ name }) => name)
      .toSorted(),
  );
});

test("columns are described under both schemas' names", () => {
  expect(describeColumn("SrcIp")).toMatch(/Address of the source/);
  expect(describeColumn("DestPublicIPs_s")).toMatch(/Public destinations/);
  expect(describeColumn("VM1_s")).toBe("Machine of the source, group/name");
  expect(describeColumn("Nonsense")).toBeUndefined();
});

test("most columns of our own tables are described", () => {
  const own = kustoTables().filter(({ name }) => name.startsWith("Nightcap"));
  const columns = own.flatMap((table) => table.columns.map(({ name }) => name));
  const missing = [...new Set(columns.filter((name) => describeColumn(name) === undefined))];
  expect(missing).toEqual([]);
});
