import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorStatus } from "../../src/common/errors.ts";

const page = readFileSync("docs/reference/errors.md", "utf8");
/** Code, status and the paragraph behind it, in the page's order. */
const sections = Array.from(
  page.matchAll(/^### (\w+)\n\n(\d{3})\. ([^#]+)/gm),
  ([, code = "", status = "", paragraph = ""]) => ({ code, status: Number(status), paragraph }),
);

test("every error code has its section, in the order of the table, with its status", () => {
  expect(sections.map(({ code, status }) => [code, status])).toEqual(Object.entries(errorStatus));
});

test("every section says more than the code does", () => {
  expect(sections.filter(({ paragraph }) => paragraph.trim().length < 40)).toEqual([]);
});

test("no heading of a code lacks a status line", () => {
  expect(page.match(/^### .+$/gm)?.length).toBe(sections.length);
});
