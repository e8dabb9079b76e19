// Holds the list of fields to the tables that filters read; NIGHTCAP_WRITE_DOCS=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalog } from "../../src/inspection/filter/catalog.ts";
import { withFieldReference } from "../../src/inspection/filter/field-reference.ts";

const path = join(import.meta.dirname, "../../docs/reference/display-filters.md");

test("the reference of display filters lists every field", () => {
  const page = readFileSync(path, "utf8");
  const wanted = withFieldReference(page, catalog());
  if (process.env["NIGHTCAP_WRITE_DOCS"]) writeFileSync(path, wanted);
  else expect(page).toBe(wanted);
});

test("every field says what it is", () => {
  const silent = catalog()
    .names()
    .filter((name) => catalog().field(name)?.description === "");
  expect(silent).toEqual([]);
});
