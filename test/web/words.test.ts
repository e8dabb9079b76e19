import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Words = { [key: string]: string | Words };
const folder = "src/web/words";
const plural = /_(?:zero|one|two|few|many|other)$/;

const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const wordsOf = (file: string): Map<string, string> =>
  new Map(flat(JSON.parse(readFileSync(join(folder, file), "utf8")) as Words));

function flat(words: Words, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[path + key, value]] : flat(value, `${path}${key}.`),
  );
}

const keysOf = (words: Map<string, string>): Set<string> =>
  new Set([...words.keys()].map((key) => key.replace(plural, "")));
/** What is put into the words, in any order; a number may be left to its shown form. */
const placesOf = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").toSorted();

const english = wordsOf("en.json");

test("there are words in five languages", () => {
  expect(files.toSorted()).toEqual(["en.json", "fr.json", "ja.json", "ko.json", "zh-Hans.json"]);
});

test.each(files)("%s has every word, none too many, and none that is empty", (file) => {
  const words = wordsOf(file);
  expect([...keysOf(words)].toSorted()).toEqual([...keysOf(english)].toSorted());
  expect([...words].filter(([, text]) => text.trim() === "")).toEqual([]);
});

test.each(files)("%s has each plural that its language has", (file) => {
  const words = wordsOf(file);
  const forms = new Intl.PluralRules(file.replace(".json", "")).resolvedOptions().pluralCategories;
  const counted = new Set(
    [...words.keys()].filter((key) => plural.test(key)).map((key) => key.replace(plural, "")),
  );
  const missing = [...counted].flatMap((key) =>
    forms.map((form) => `${key}_${form}`).filter((form) => !words.has(form)),
  );
  expect(missing).toEqual([]);
});

test.each(files)("%s puts the same things into its words as English", (file) => {
  const words = wordsOf(file);
  for (const [key, text] of words) {
    const model = english.get(key) ?? english.get(`${key.replace(plural, "")}_other`) ?? "";
    expect({ key, places: placesOf(text) }).toEqual({ key, places: placesOf(model) });
  }
});

test("every word that the page names is there", () => {
  const sources = readdirSync("src/web", { recursive: true, encoding: "utf8" });
  const code = sources
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join("src/web", path), "utf8"))
    .join("\n");
  const named = [...code.matchAll(/\bt\("([\w.]+)"/g)].map((match) => match[1] ?? "");
  const keys = keysOf(english);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((key) => !keys.has(key))).toEqual([]);
});
