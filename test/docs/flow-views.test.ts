import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { filterNames } from "../../src/logs/views/filter-kql.ts";
import { flowViews } from "../../src/logs/views/view-list.ts";

const read = (path: string): string => readFileSync(path, "utf8");

test("the page of views lists all of them, with the words that the API has", () => {
  const section = read("docs/reference/flow-views.md").split("\n## The views\n")[1] ?? "";
  const rows = Array.from(section.matchAll(/^\| `([\w-]+)` \| (.+?) \| \w+ \|$/gm));
  const listed = rows.map(([, name, text]) => `${name}: ${text?.split("; needs `")[0]}`);
  expect(listed).toEqual(flowViews.map(({ name, description }) => `${name}: ${description}`));
});

test("how many there are is said as it is", () => {
  expect(read("README.md")).toContain(`[${flowViews.length} views](docs/reference/flow-views.md)`);
  const page = read("docs/web-page.md").replaceAll(/\s+/g, " ");
  expect(page).toContain(`any of ${filterNames.length} conditions`);
});
