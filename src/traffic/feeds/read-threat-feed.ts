import { NightcapError } from "../../common/errors.ts";
import type { PrefixTable } from "../prefix/prefix-table.ts";
import { readCsvList } from "./csv-list.ts";
import { createFeedEntries, type FeedEntries } from "./feed-entries.ts";
import type { ThreatListSettings } from "./feed-settings.ts";
import { linesOf, readPlainList } from "./plain-list.ts";
import { readStixBundle } from "./stix-bundle.ts";

/** How much of a text may be unreadable before it is taken for something else than a list. */
const unreadableShareMax = 0.5;

/** Reads a list of any format; throws when it is none, so that the last good one stays. */
export function readThreatFeed(
  text: string,
  settings: ThreatListSettings,
  { allowed, now }: { allowed: PrefixTable | null; now: number },
): FeedEntries {
  const entries = createFeedEntries(settings.entryCountMax, allowed);
  const format = settings.format === "detect" ? detectFormat(text, settings) : settings.format;
  if (format === "stix") readStixBundle(entries, parseJson(text), now);
  else if (format === "csv") readCsvList(entries, text, settings);
  else readPlainList(entries, text, settings.scoreMin);
  refuseNonsense(entries);
  return entries;
}

function detectFormat(
  text: string,
  { columns, delimiter }: ThreatListSettings,
): "plain" | "csv" | "stix" {
  if (/^\u{feff}?\s*[{[]/u.test(text.slice(0, 1_000))) return "stix";
  if (columns.address !== undefined) return "csv";
  for (const line of linesOf(text))
    if (line !== "" && !line.startsWith("#") && !line.startsWith(";"))
      return line.replace(/#.*$/, "").includes(delimiter) ? "csv" : "plain";
  return "plain";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\u{feff}/u, ""));
  } catch (cause) {
    throw new NightcapError("InvalidParameter", "the list is not JSON", { cause });
  }
}

/** A page that says "try again later" must not pass for an empty list. */
function refuseNonsense({ prefixes, skipped }: FeedEntries): void {
  const all = prefixes.count + Object.values(skipped).reduce((sum, count) => sum + count, 0);
  if (all === 0) throw new NightcapError("InvalidParameter", "the list is empty");
  if (skipped.unreadable > all * unreadableShareMax)
    throw new NightcapError(
      "InvalidParameter",
      `${skipped.unreadable} of ${all} entries are no addresses: this is not a list of them`,
    );
}
