import { NightcapError } from "../../common/errors.ts";
import { addEntry, type FeedEntries } from "./feed-entries.ts";
import type { ThreatListSettings } from "./feed-settings.ts";
import { linesOf } from "./plain-list.ts";
import type { ThreatNote } from "./threat-list.ts";
import { threatTypeOf } from "./threat-names.ts";

type Field = "address" | "threatType" | "description" | "firstSeen";

/** Names that published lists give their columns. */
const usualNames: Readonly<Record<Field, readonly string[]>> = {
  address: [
    "ip",
    "ip_address",
    "ipaddress",
    "address",
    "dst_ip",
    "src_ip",
    "indicator",
    "cidr",
    "network",
    "prefix",
  ],
  threatType: ["threat_type", "threattype", "type", "category"],
  description: ["description", "malware", "tags", "comment"],
  firstSeen: ["first_seen", "first_seen_utc", "firstseen", "valid_from"],
};

/** From 0 on; -1 for a column that is not there. */
type Columns = Readonly<Record<Field, number>>;

/**
 * Lines of fields, quoted as RFC 4180 says but within one line. The header is the first line, or the
 * last comment before it: abuse.ch writes it so. Columns by number need no header.
 */
export function readCsvList(
  entries: FeedEntries,
  text: string,
  settings: ThreatListSettings,
): void {
  let columns = columnsByNumber(settings);
  let comment = "";
  for (const line of linesOf(text)) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      comment = line.replace(/^#+\s*/, "");
      continue;
    }
    const fields = splitCsvLine(line, settings.delimiter);
    if (columns) {
      addEntry(entries, fields[columns.address] ?? "", noteOf(fields, columns));
      continue;
    }
    columns = columnsByName(fields, settings);
    if (columns) continue;
    columns = columnsByName(splitCsvLine(comment, settings.delimiter), settings);
    if (!columns) throw noColumn(settings);
    addEntry(entries, fields[columns.address] ?? "", noteOf(fields, columns));
  }
}

function noColumn({ columns }: ThreatListSettings): NightcapError {
  const wanted = columns.address ?? usualNames.address.join(", ");
  return new NightcapError("InvalidParameter", `the CSV has no column of addresses (${wanted})`);
}

function columnsByNumber({ columns }: ThreatListSettings): Columns | null {
  if (typeof columns.address !== "number") return null;
  const place = (column: string | number | undefined): number =>
    typeof column === "number" ? column - 1 : -1;
  return {
    address: columns.address - 1,
    threatType: place(columns.threatType),
    description: place(columns.description),
    firstSeen: place(columns.firstSeen),
  };
}

function columnsByName(header: readonly string[], { columns }: ThreatListSettings): Columns | null {
  const names = header.map((name) => name.trim().toLowerCase());
  const place = (field: Field): number => {
    const wanted = columns[field];
    if (typeof wanted === "number") return wanted - 1;
    if (wanted !== undefined) return names.indexOf(wanted.toLowerCase());
    return names.findIndex((name) => usualNames[field].includes(name));
  };
  if (place("address") < 0) return null;
  return {
    address: place("address"),
    threatType: place("threatType"),
    description: place("description"),
    firstSeen: place("firstSeen"),
  };
}

/** A text of the list may be long or no time at all. */
const descriptionLengthMax = 200;

function noteOf(fields: readonly string[], columns: Columns): ThreatNote | null {
  const threatType = threatTypeOf([fields[columns.threatType] ?? ""]);
  const description = (fields[columns.description] ?? "").slice(0, descriptionLengthMax);
  const validFrom = readTime(fields[columns.firstSeen] ?? "");
  if (!threatType && description === "" && validFrom === "") return null;
  return {
    ...(threatType && { threatType }),
    ...(description !== "" && { description }),
    ...(validFrom !== "" && { validFrom }),
  };
}

/** ISO 8601 of a time as lists write it, in UTC where it names no zone; "" for what is none. */
export function readTime(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?\s*(Z|UTC)?$/.exec(
    text.trim(),
  );
  if (!match) return "";
  const time = Date.parse(`${match[1]}T${match[2] ?? "00:00"}Z`);
  return Number.isNaN(time) ? "" : new Date(time).toISOString();
}

/** Fields of one line; a quote that is not closed holds the rest of the line. */
export function splitCsvLine(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= line.length;) {
    const start = skipBlanks(line, at);
    const { field, end } = line[start] === '"' ? quoted(line, start) : { field: "", end: at };
    const next = line.indexOf(delimiter, end);
    const stop = next < 0 ? line.length : next;
    fields.push(line[start] === '"' ? field : line.slice(at, stop).trim());
    at = stop + 1;
  }
  return fields;
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === " ") at++;
  return at;
}

function quoted(line: string, start: number): { field: string; end: number } {
  let field = "";
  let at = start + 1;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote < 0) return { field: field + line.slice(at), end: line.length };
    field += line.slice(at, quote);
    if (line[quote + 1] !== '"') return { field, end: quote + 1 };
    field += '"';
    at = quote + 2;
  }
}
