// The page's own JSON is read by the programs it is for.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alertSourceSettings } from "../../src/responder/doors/settings.ts";
import { sourceNames } from "../../src/alert/sources/source.ts";
import { only, parse } from "../alert/sources/bodies.ts";

const page = readFileSync("docs/reference/alert-sources.md", "utf8");
const blocks = Array.from(
  page.matchAll(/```json\n([^`]*)```/g),
  ([, text = ""]) => JSON.parse(text) as Record<string, unknown>,
);

test("the examples of the generic form are alerts", () => {
  const alerts = blocks.filter((block) => "rule" in block).map((block) => only(parse(block)));
  expect(alerts.map(({ ruleName }) => ruleName)).toEqual([
    "nightly-transfer",
    "transfer-to-unknown",
  ]);
});

test("the example of the settings is right, and every source has its path", () => {
  const { alertSources } = blocks.find((block) => "alertSources" in block) ?? {};
  expect(alertSourceSettings.safeParse(alertSources).error?.issues).toBeUndefined();
  for (const name of sourceNames) expect(page).toContain(`\`/api/responder/${name}\``);
});
