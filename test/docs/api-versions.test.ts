import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { advertisedVersions, apiVersionsOf } from "../../src/arm/api-version.ts";

const page = readFileSync("docs/reference/api-versions.md", "utf8");
const rows = Array.from(
  page.matchAll(/^\| (\S+\/\S+) \| (\S+) \| (.+) \|$/gm),
  ([, type = "", oldest = "", others = ""]) => ({ type, oldest, others }),
);

test("the page has every resource type with its versions, in the order of the table", () => {
  const table = advertisedVersions().map(([type, versions]) => ({
    type,
    oldest: versions.at(-1),
    others: versions.slice(0, -1).join(", ") || "none",
  }));
  expect(rows).toEqual(table);
});

test("versions are dates, newest first, and none is a preview", () => {
  for (const [type, versions] of advertisedVersions()) {
    expect(versions, type).toEqual([...new Set(versions)].toSorted().toReversed());
    for (const version of versions) expect(version, type).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("a type in any case has its range, and one that is not in the table is a fault of our own", () => {
  expect(apiVersionsOf("microsoft.network/NETWORKWATCHERS")).toEqual({ from: "2016-09-01" });
  expect(() => apiVersionsOf("Microsoft.Web/sites")).toThrow("no line for Microsoft.Web/sites");
});
