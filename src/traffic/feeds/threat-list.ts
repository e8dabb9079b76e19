import { formatPrefix, type PrefixList } from "../prefix/prefix-list.ts";
import { createPrefixTable, findPrefix, type PrefixTable } from "../prefix/prefix-table.ts";
import type { SkippedEntries } from "./feed-entries.ts";
import type { ThreatMatch } from "../classified-flows.ts";

/** Azure's ThreatType (Traffic Analytics schema, NTAIpDetails). */
export const threatTypes = [
  "Botnet",
  "C2",
  "CryptoMining",
  "DarkNet",
  "DDos",
  "MaliciousUrl",
  "Malware",
  "Phishing",
  "Proxy",
  "PUA",
  "WatchList",
] as const;
export type ThreatType = (typeof threatTypes)[number];

/** What a list says of one entry beyond its prefix; what is left out is the list's own. */
export interface ThreatNote {
  readonly threatType?: ThreatType;
  readonly description?: string;
  /** ISO 8601; since when the list itself says that the entry is there. */
  readonly validFrom?: string;
  /** On how many lists of its source it is, or the like. */
  readonly score?: number;
}

/** One list, ready to be asked. */
export interface ThreatList {
  readonly name: string;
  readonly version: string;
  readonly threatType: ThreatType;
  readonly description: string;
  readonly prefixes: PrefixList;
  readonly table: PrefixTable;
  /** By entry; entries without a note are not in it. */
  readonly notes: ReadonlyMap<number, ThreatNote>;
  /** When we saw an entry for the first time, Unix seconds; 0 when nobody knows. */
  readonly firstSeen: Uint32Array;
  readonly skipped: SkippedEntries;
}

/** The list with its table; `firstSeen` is by entry. */
export function createThreatList(list: Omit<ThreatList, "table">): ThreatList {
  return { ...list, table: createPrefixTable(list.prefixes) };
}

/** The narrowest entry over an address; null when the list does not name it. */
export function findThreat(list: ThreatList, words: Uint32Array, at: number): ThreatMatch | null {
  const entry = findPrefix(list.table, words, at);
  return entry < 0 ? null : describeEntry(list, entry);
}

/** What the list says of its entry with that number. */
export function describeEntry(list: ThreatList, entry: number): ThreatMatch {
  const note = list.notes.get(entry);
  const seen = list.firstSeen[entry] ?? 0;
  return {
    list: list.name,
    listVersion: list.version,
    entry: formatPrefix(list.prefixes, entry),
    threatType: note?.threatType ?? list.threatType,
    description: describe(list, note),
    firstSeen: note?.validFrom ?? (seen === 0 ? "" : new Date(seen * 1_000).toISOString()),
  };
}

function describe(list: ThreatList, note: ThreatNote | undefined): string {
  const text = note?.description ?? list.description;
  if (note?.score === undefined) return text;
  return text === "" ? `score ${note.score}` : `${text}, score ${note.score}`;
}
