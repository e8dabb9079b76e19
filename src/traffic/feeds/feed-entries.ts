import { wordsPerAddress } from "../../flowlog/address-words.ts";
import { mappedBits } from "../prefix/address-text.ts";
import {
  addPrefix,
  createPrefixList,
  isIpv4Prefix,
  type PrefixList,
} from "../prefix/prefix-list.ts";
import { findPrefix, type PrefixTable } from "../prefix/prefix-table.ts";
import { findSpecialNetwork } from "../special-networks.ts";
import type { ThreatNote } from "./threat-list.ts";

/** Wider entries are taken for mistakes: one of them would mark a good part of the Internet. */
const ipv4LengthMin = 8;
const ipv6LengthMin = 19;

/** Why entries of a list were not taken. */
export interface SkippedEntries {
  unreadable: number;
  notPublic: number;
  tooWide: number;
  /** On the list of addresses that no list may mark. */
  allowed: number;
  tooMany: number;
  /** Revoked, outdated, benign, or under the least score. */
  notMeant: number;
}

/** What was read of a list so far. */
export interface FeedEntries {
  readonly prefixes: PrefixList;
  readonly notes: Map<number, ThreatNote>;
  readonly skipped: SkippedEntries;
  readonly countMax: number;
  readonly allowed: PrefixTable | null;
}

export function createFeedEntries(countMax: number, allowed: PrefixTable | null): FeedEntries {
  return {
    prefixes: createPrefixList(),
    notes: new Map(),
    skipped: { unreadable: 0, notPublic: 0, tooWide: 0, allowed: 0, tooMany: 0, notMeant: 0 },
    countMax,
    allowed,
  };
}

/** Takes one entry, or counts why not. */
export function addEntry(entries: FeedEntries, text: string, note: ThreatNote | null = null): void {
  const reason = tryEntry(entries, text);
  if (reason !== null) entries.skipped[reason]++;
  else if (note) entries.notes.set(entries.prefixes.count - 1, note);
}

function tryEntry(
  { prefixes, countMax, allowed }: FeedEntries,
  text: string,
): keyof SkippedEntries | null {
  if (prefixes.count >= countMax) return "tooMany";
  const problem = addPrefix(prefixes, text);
  if (problem) return problem === "too many prefixes" ? "tooMany" : "unreadable";
  const reason = refusal(prefixes, allowed);
  if (reason) prefixes.count--;
  return reason;
}

/** Looks at the entry that was added last. */
function refusal(prefixes: PrefixList, allowed: PrefixTable | null): keyof SkippedEntries | null {
  const index = prefixes.count - 1;
  const length = prefixes.lengths[index] ?? 0;
  const at = index * wordsPerAddress;
  const lengthMin = isIpv4Prefix(prefixes, index) ? mappedBits + ipv4LengthMin : ipv6LengthMin;
  if (findSpecialNetwork(prefixes.words, at)) return "notPublic";
  if (length < lengthMin) return "tooWide";
  // A wider entry than the allowed prefix stays: the look-up asks the allow list again.
  const isSingle = length === 128;
  return isSingle && allowed && findPrefix(allowed, prefixes.words, at) >= 0 ? "allowed" : null;
}
