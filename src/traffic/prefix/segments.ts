import { wordsPerAddress } from "../../flowlog/address-words.ts";
import { type PrefixList, prefixHolds } from "./prefix-list.ts";

/**
 * The addresses cut into stretches that have one answer: stretch `i` begins at `starts[4 * i]` and ends
 * before the next. Its value is the entry of the narrowest prefix over it, or -1.
 */
export interface Segments {
  count: number;
  readonly starts: Uint32Array;
  readonly values: Int32Array;
}

/** Prefixes nest or are apart, never cross: a walk over them in order with those that are open on a stack. */
export function cutSegments(list: PrefixList, order: Uint32Array): Segments {
  const countMax = 2 * order.length + 1;
  const segments: Segments = {
    count: 0,
    starts: new Uint32Array(countMax * wordsPerAddress),
    values: new Int32Array(countMax),
  };
  const open: number[] = [];
  const start = new Uint32Array(wordsPerAddress);
  let before = -1;
  for (const entry of order) {
    if (before >= 0 && isSame(list, before, entry)) continue;
    before = entry;
    const at = entry * wordsPerAddress;
    closeBefore(list, segments, { open, at });
    for (let index = 0; index < wordsPerAddress; index++)
      start[index] = list.words[at + index] ?? 0;
    append(segments, start, entry);
    open.push(entry);
  }
  closeBefore(list, segments, { open, at: -1 });
  return segments;
}

function isSame(list: PrefixList, a: number, b: number): boolean {
  return (
    list.lengths[a] === list.lengths[b] && prefixHolds(list, a, list.words, b * wordsPerAddress)
  );
}

interface Position {
  readonly open: number[];
  /** Where the next prefix begins in the list's words; -1 behind the last. */
  readonly at: number;
}

/** Ends the open prefixes that do not hold the next one: behind each, the one around it goes on. */
function closeBefore(list: PrefixList, segments: Segments, { open, at }: Position): void {
  for (;;) {
    const entry = open.at(-1);
    if (entry === undefined) return;
    const length = list.lengths[entry] ?? 0;
    if (at >= 0 && prefixHolds(list, entry, list.words, at)) return;
    open.pop();
    const next = firstBehind(list.words, entry * wordsPerAddress, length);
    if (next) append(segments, next, open.at(-1) ?? -1);
  }
}

/** The address behind the last of a prefix; null where there is none. */
function firstBehind(words: Uint32Array, at: number, length: number): Uint32Array | null {
  const next = words.slice(at, at + wordsPerAddress);
  for (let bit = length - 1; bit >= 0; bit--) {
    const mask = (0x8000_0000 >>> (bit % 32)) >>> 0;
    const word = next[bit >> 5] ?? 0;
    next[bit >> 5] = word ^ mask;
    if ((word & mask) === 0) return next;
  }
  return null;
}

/** A stretch that begins where the last one did replaces it. */
function append(segments: Segments, start: Uint32Array, value: number): void {
  const last = (segments.count - 1) * wordsPerAddress;
  const isEmpty =
    segments.count > 0 && start.every((word, index) => segments.starts[last + index] === word);
  if (isEmpty) segments.count--;
  segments.starts.set(start, segments.count * wordsPerAddress);
  segments.values[segments.count] = value;
  segments.count++;
}
