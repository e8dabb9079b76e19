import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalog } from "../../../src/inspection/findings/catalog.ts";

const page = readFileSync("docs/reference/findings.md", "utf8");
const sections = Array.from(
  page.matchAll(/^### (\S+)\n\n([^#]+)/gm),
  ([, id = "", paragraph = ""]) => ({ id, paragraph: paragraph.trim() }),
);

test("every finding has its paragraph, and there is no paragraph without a finding", () => {
  expect(sections.map(({ id }) => id).toSorted()).toEqual(Object.keys(catalog).toSorted());
  expect(sections.filter(({ paragraph }) => paragraph.length < 40)).toEqual([]);
});

test("every finding says what to do, and how sure it is", () => {
  for (const { advice, confidence } of Object.values(catalog)) {
    expect(advice).toMatch(/^[A-Z].*\.$/);
    expect(confidence.reason).not.toBe("");
  }
});
