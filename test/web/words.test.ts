import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { languages, roomsOf, roomWords, wordsOf } from "./rooms.ts";

const plural = /_(?:zero|one|two|few|many|other)$/;

const keysOf = (words: Map<string, string>): Set<string> =>
  new Set([...words.keys()].map((key) => key.replace(plural, "")));
/** What is put into the words, in any order; a number may be left to its shown form. */
const placesOf = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").toSorted();

const english = wordsOf("en");

test("there are words in five languages", () => {
  expect(languages.toSorted()).toEqual(["en", "fr", "ja", "ko", "zh-Hans"]);
});

test.each(languages)("%s has the same rooms, and no group is in two of them", (language) => {
  expect(roomsOf(language)).toEqual(roomsOf("en"));
  const groups = roomsOf(language).flatMap((room) => Object.keys(roomWords(language, room)));
  expect(groups.filter((group, at) => groups.indexOf(group) !== at)).toEqual([]);
});

test.each(languages)("%s has every word, none too many, and none that is empty", (language) => {
  const words = wordsOf(language);
  expect([...keysOf(words)].toSorted()).toEqual([...keysOf(english)].toSorted());
  expect([...words].filter(([, text]) => text.trim() === "")).toEqual([]);
});

test.each(languages)("%s has each plural that its language has", (language) => {
  const words = wordsOf(language);
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const counted = new Set(
    [...words.keys()].filter((key) => plural.test(key)).map((key) => key.replace(plural, "")),
  );
  const missing = [...counted].flatMap((key) =>
    forms.map((form) => `${key}_${form}`).filter((form) => !words.has(form)),
  );
  expect(missing).toEqual([]);
});

test.each(languages)("%s puts the same things into its words as English", (language) => {
  const words = wordsOf(language);
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
