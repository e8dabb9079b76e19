import { wordsPerAddress } from "../../flowlog/address-words.ts";
import { isIpv4At } from "./address-text.ts";
import { isIpv4Prefix, type PrefixList } from "./prefix-list.ts";
import { orderPrefixes } from "./prefix-order.ts";
import { cutSegments, type Segments } from "./segments.ts";

/** Bits of the first word that the index is by. */
const stepBits = 16;
/** IPv6 that is in use shares its first bits: a large table needs more of them, for 4 MiB. */
const fineStepBits = 20;
const fineFromCount = 50_000;

/** Sorted stretches of IPv4 addresses, with an index by their first 16 bits. */
export interface Ipv4Table {
  readonly starts: Uint32Array;
  readonly values: Int32Array;
  /** For each 16 bits, how many stretches begin before them. */
  readonly steps: Uint32Array;
}

/** The same for IPv6: a column for each word, because the first one nearly always decides. */
export interface Ipv6Table {
  readonly starts: readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  readonly values: Int32Array;
  readonly steps: Uint32Array;
  /** How far the first word is shifted to be a place in `steps`. */
  readonly stepShift: number;
}

/** Longest match over both versions; never changed once it is made, so that it can be swapped whole. */
export interface PrefixTable {
  readonly ipv4: Ipv4Table;
  readonly ipv6: Ipv6Table;
}

/** The table of a list; of equal prefixes the one that was given first counts. */
export function createPrefixTable(list: PrefixList): PrefixTable {
  const order = orderPrefixes(list);
  const isIpv4 = (entry: number): boolean => isIpv4Prefix(list, entry);
  return {
    ipv4: createIpv4Table(cutSegments(list, order.filter(isIpv4))),
    ipv6: createIpv6Table(
      cutSegments(
        list,
        order.filter((entry) => !isIpv4(entry)),
      ),
    ),
  };
}

function createIpv4Table(segments: Segments): Ipv4Table {
  // What lies behind 255.255.255.255 is IPv6, and belongs to no IPv4 table.
  const isBehind = segments.starts[(segments.count - 1) * wordsPerAddress + 2] !== 0xffff;
  const count = Math.max(0, segments.count - (isBehind ? 1 : 0));
  return ipv4TableOf(column(segments.starts, 3, count), segments.values.slice(0, count));
}

/** A table of stretches that are already sorted and apart. */
export function ipv4TableOf(starts: Uint32Array, values: Int32Array): Ipv4Table {
  return { starts, values, steps: stepsOf(starts, 32 - stepBits) };
}

function createIpv6Table({ starts, values, count }: Segments): Ipv6Table {
  return ipv6TableOf(
    [
      column(starts, 0, count),
      column(starts, 1, count),
      column(starts, 2, count),
      column(starts, 3, count),
    ],
    values.slice(0, count),
  );
}

/** A table of stretches that are already sorted and apart. */
export function ipv6TableOf(starts: Ipv6Table["starts"], values: Int32Array): Ipv6Table {
  const stepShift = 32 - (values.length < fineFromCount ? stepBits : fineStepBits);
  return { starts, values, steps: stepsOf(starts[0], stepShift), stepShift };
}

function column(starts: Uint32Array, word: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let index = 0; index < count; index++)
    values[index] = starts[index * wordsPerAddress + word] ?? 0;
  return values;
}

function stepsOf(firstWords: Uint32Array, shift: number): Uint32Array {
  const stepCount = 2 ** (32 - shift);
  const steps = new Uint32Array(stepCount + 1);
  for (const word of firstWords)
    steps[(word >>> shift) + 1] = (steps[(word >>> shift) + 1] ?? 0) + 1;
  for (let step = 1; step <= stepCount; step++)
    steps[step] = (steps[step] ?? 0) + (steps[step - 1] ?? 0);
  return steps;
}

/** The value of the narrowest prefix over the address at `at`; -1 when there is none. */
export function findPrefix(table: PrefixTable, words: Uint32Array, at: number): number {
  return isIpv4At(words, at)
    ? findIpv4(table.ipv4, words[at + 3] ?? 0)
    : findIpv6(table.ipv6, words, at);
}

export function findIpv4({ starts, values, steps }: Ipv4Table, address: number): number {
  const step = address >>> (32 - stepBits);
  let low = steps[step] ?? 0;
  let high = steps[step + 1] ?? 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (values[low - 1] ?? -1);
}

export function findIpv6(table: Ipv6Table, words: Uint32Array, at: number): number {
  const { starts, values, steps, stepShift } = table;
  const first = words[at] ?? 0;
  const step = first >>> stepShift;
  let low = steps[step] ?? 0;
  let high = steps[step + 1] ?? 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const word = starts[0][middle] ?? 0;
    const isBefore = word === first ? beginsBefore(table, middle, words, at) : word < first;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : (values[low - 1] ?? -1);
}

/** Whether a stretch with the same first word begins at or before the address. */
function beginsBefore(
  { starts }: Ipv6Table,
  index: number,
  words: Uint32Array,
  at: number,
): boolean {
  const second = words[at + 1] ?? 0;
  const startSecond = starts[1][index] ?? 0;
  if (startSecond !== second) return startSecond < second;
  const third = words[at + 2] ?? 0;
  const startThird = starts[2][index] ?? 0;
  if (startThird !== third) return startThird < third;
  return (starts[3][index] ?? 0) <= (words[at + 3] ?? 0);
}
