import { createHash } from "node:crypto";
import type { TableRow } from "../../flowstore/insert-rows.ts";
import { formatPrefix } from "../../traffic/prefix/prefix-list.ts";
import { describeEntry, type ThreatList } from "../../traffic/feeds/threat-list.ts";

/** How long an entry holds without being written again. */
export const indicatorsKeptMilliseconds = 48 * 3_600_000;
/** Of one list. */
const rowCountMax = 1_000_000;

/**
 * The entries of a list that are single addresses, as Sentinel's queries look for them: the table has no column for a
 * prefix. Nobody says how sure a list is, so ConfidenceScore stays 0.
 */
export function indicatorRows(list: ThreatList, now: number): TableRow[] {
  const rows: TableRow[] = [];
  for (let entry = 0; entry < list.prefixes.count && rows.length < rowCountMax; entry++) {
    const address = formatPrefix(list.prefixes, entry);
    if (address.includes("/")) continue;
    const { threatType, description } = describeEntry(list, entry);
    rows.push({
      TimeGenerated: new Date(now),
      ExpirationDateTime: new Date(now + indicatorsKeptMilliseconds),
      IndicatorId: idOf(list.name, address),
      Active: true,
      NetworkIP: address,
      ThreatType: threatType,
      Description: [description, `threat list ${list.name}`]
        .filter((text) => text !== "")
        .join("; "),
    });
  }
  return rows;
}

/** The same entry of the same list has the same id; the table's retention knows ours by their beginning. */
const idOf = (list: string, address: string): string =>
  `nightcap-${createHash("sha256").update(`${list}\0${address}`).digest("hex").slice(0, 32)}`;
