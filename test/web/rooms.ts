// The page's words as its files have them: a folder for each language, a file for each room.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Words = { [key: string]: string | Words };
const folder = "src/web/words";

export const languages = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export const roomsOf = (language: string): string[] =>
  readdirSync(join(folder, language)).filter((name) => name.endsWith(".json"));

export const roomWords = (language: string, room: string): Words =>
  JSON.parse(readFileSync(join(folder, language, room), "utf8")) as Words;

/** Each text by its key, `group.name`. */
export const wordsOf = (language: string): Map<string, string> =>
  new Map(roomsOf(language).flatMap((room) => flat(roomWords(language, room))));

function flat(words: Words, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[path + key, value]] : flat(value, `${path}${key}.`),
  );
}
