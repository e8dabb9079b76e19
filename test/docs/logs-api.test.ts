// The page on the logs API names every limit with its default.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { logQuerySettings } from "../../src/logs/query-limits.ts";

test("docs/reference/logs-api.md has each setting of queries, with its default", () => {
  const page = readFileSync("docs/reference/logs-api.md", "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+?) \| /gm)].map(([, name, value]) => [
    name,
    value === "1 GiB" ? String(2 ** 30) : value?.replaceAll(",", ""),
  ]);
  const settings = Object.entries(logQuerySettings.parse({}));
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(settings.map(([name, value]) => [name, String(value)])),
  );
});
