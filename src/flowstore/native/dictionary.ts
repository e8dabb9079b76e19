import type { DictionaryIndexes } from "./native-writer.ts";

/** Words of a few items, each once, and where each item's word is. */
export interface Dictionary {
  readonly words: readonly string[];
  /** Item -> index into `words`. */
  readonly of: Uint32Array;
}

export function createDictionary<Item>(
  items: readonly Item[],
  wordOf: (item: Item) => string,
): Dictionary {
  const seen = new Map<string, number>();
  const of = new Uint32Array(items.length);
  for (const [index, item] of items.entries()) {
    const word = wordOf(item);
    let at = seen.get(word);
    if (at === undefined) seen.set(word, (at = seen.size));
    of[index] = at;
  }
  return { words: [...seen.keys()], of };
}

/** The index of each row's word, as narrow as the dictionary allows. */
export function indexRows(
  { words, of }: Dictionary,
  items: Uint32Array,
  rowCount: number,
): DictionaryIndexes {
  const rows = createIndexes(words.length, rowCount);
  for (let row = 0; row < rowCount; row++) rows[row] = of[items[row] ?? 0] ?? 0;
  return rows;
}

function createIndexes(wordCount: number, rowCount: number): DictionaryIndexes {
  if (wordCount <= 0x100) return new Uint8Array(rowCount);
  return wordCount <= 0x1_0000 ? new Uint16Array(rowCount) : new Uint32Array(rowCount);
}
