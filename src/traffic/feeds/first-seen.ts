import { join } from "node:path";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import { formatPrefix, type PrefixList } from "../prefix/prefix-list.ts";
import { linesOf } from "./plain-list.ts";

/** An entry that was away for less than this keeps the time of its first coming: lists flap. */
const forgetAfterSeconds = 90 * 86_400;
const rememberedCountMax = 2_000_000;

/**
 * When each entry was first seen by us, Unix seconds, by entry; kept in a file beside the list's copy,
 * with a line `entry first last` for each. `now` is the time of the copy.
 */
export async function rememberFirstSeen(
  directory: string,
  name: string,
  { prefixes, now }: { prefixes: PrefixList; now: number },
): Promise<Uint32Array> {
  const path = join(directory, `${name}.seen`);
  const before = (await readTextIfExists(path)) ?? "";
  const seen = readSeen(before, now);
  const firstSeen = new Uint32Array(prefixes.count);
  for (let index = 0; index < prefixes.count; index++) {
    const entry = formatPrefix(prefixes, index);
    const first = seen.get(entry)?.first ?? now;
    firstSeen[index] = first;
    seen.set(entry, { first, last: now });
  }
  const text = writtenSeen(seen, now);
  // The same copy again, such as at a start: nothing to write, also where nothing may be written.
  if (text !== before) await writeFileAtomic(path, text);
  return firstSeen;
}

interface Seen {
  readonly first: number;
  readonly last: number;
}

function readSeen(text: string, now: number): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const line of linesOf(text)) {
    const [entry = "", first = "", last = ""] = line.split(" ");
    const isWhole = /^\d{1,10}$/.test(first) && /^\d{1,10}$/.test(last);
    if (isWhole && now - Number(last) < forgetAfterSeconds)
      seen.set(entry, { first: Number(first), last: Number(last) });
  }
  return seen;
}

/** With too many entries those that are away go first. */
function writtenSeen(seen: ReadonlyMap<string, Seen>, now: number): string {
  const present = [...seen].filter(([, { last }]) => last === now);
  const away = [...seen].filter(([, { last }]) => last !== now);
  return [...present, ...away]
    .slice(0, rememberedCountMax)
    .map(([entry, { first, last }]) => `${entry} ${first} ${last}\n`)
    .join("");
}
