// docs/guide.md and docs/web-page.md speak of the page as it is: its own words, and pictures that are there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricDefinitions } from "../../src/metric/names.ts";

const wordsFolder = "src/web/words/en";
const guide = readFileSync("docs/guide.md", "utf8");

/** Every sentence and label of the page in English; what is filled in stays as `{{name}}`. */
const words = new Set(
  readdirSync(wordsFolder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => leaves(JSON.parse(readFileSync(join(wordsFolder, name), "utf8")))),
);

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

test("each word that the guide prints in bold is a word of the page, or a metric's name", () => {
  const begins = [...words].map((text) => text.split(/ ?\(?\{\{|:/)[0]?.trim());
  const known = new Set([...words, ...begins, ...metricDefinitions.map(({ name }) => name)]);
  const bold = [...guide.matchAll(/\*\*([^*]+)\*\*/g)].map(([, text = ""]) =>
    text.replaceAll(/\s+/g, " "),
  );
  expect(bold.length).toBeGreaterThan(30);
  expect(bold.filter((text) => !known.has(text))).toEqual([]);
});

test.each(["docs/guide.md", "docs/web-page.md", "README.md"])("%s shows pictures that are there", (path) => {
  const pictures = [...readFileSync(path, "utf8").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
  expect(pictures.length).toBeGreaterThan(0);
  const missing = pictures.filter(([, target = ""]) => !existsSync(join(path, "..", target)));
  expect(missing.map(([, target]) => target)).toEqual([]);
});
