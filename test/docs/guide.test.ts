// docs/guide.md and docs/web-page.md speak of the page as it is: its own words, and pictures that are there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricDefinitions } from "../../src/metric/names.ts";
import { wordsOf } from "../web/rooms.ts";

const guide = readFileSync("docs/guide.md", "utf8");

test("each word that the guide prints in bold is a word of the page, or a metric's name", () => {
  const words = [...wordsOf("en").values()];
  const begins = words.map((text) => text.split(/ ?\(?\{\{|:/)[0]?.trim());
  const known = new Set([...words, ...begins, ...metricDefinitions.map(({ name }) => name)]);
  const bold = [...guide.matchAll(/\*\*([^*]+)\*\*/g)].map(([, text = ""]) =>
    text.replaceAll(/\s+/g, " "),
  );
  expect(bold.length).toBeGreaterThan(30);
  expect(bold.filter((text) => !known.has(text))).toEqual([]);
});

test.each(["docs/guide.md", "docs/web-page.md", "README.md"])(
  "%s shows pictures that are there",
  (path) => {
    const pictures = [...readFileSync(path, "utf8").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
    expect(pictures.length).toBeGreaterThan(0);
    const missing = pictures.filter(([, target = ""]) => !existsSync(join(path, "..", target)));
    expect(missing.map(([, target]) => target)).toEqual([]);
  },
);
