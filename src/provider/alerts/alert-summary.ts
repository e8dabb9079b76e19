import { type AlertRecord, userStates } from "../../alert/alert-record.ts";
import { NightcapError } from "../../common/errors.ts";
import { conditions, severities } from "./alert-query.ts";
import { essentialsOf } from "./alert-view.ts";

/** What a summary may be grouped by, and the values that it names although there are none. */
const groupings: Readonly<Record<string, readonly string[]>> = {
  severity: severities,
  alertState: userStates,
  monitorCondition: conditions,
  monitorService: [],
  signalType: [],
  alertRule: [],
};

interface Group {
  name: string;
  count: number;
  groupedby?: string;
  values?: Group[];
}

/** Throws `InvalidParameter` for what Azure cannot group by. */
export function readGroupings(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map(readGrouping);
  if (names.length > 0) return [...new Set(names)];
  throw new NightcapError(
    "InvalidParameter",
    `groupby is missing: one or more of ${Object.keys(groupings).join(", ")}, joined by ",", expected`,
  );
}

function readGrouping(text: string): string {
  const found = Object.keys(groupings).find((name) => name.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new NightcapError(
    "InvalidParameter",
    `groupby "${text.slice(0, 100)}" is not allowed: ${Object.keys(groupings).join(", ")} expected`,
  );
}

/** `properties` of a summary: counts, and counts within them for each further grouping. */
export function summaryOf(
  records: readonly AlertRecord[],
  names: readonly string[],
): { total: number; groupedby?: string; values?: Group[] } {
  const rows = records.map((record) => essentialsOf(record));
  return { total: rows.length, ...group(rows, names) };
}

function group(
  rows: readonly Record<string, unknown>[],
  [name, ...rest]: readonly string[],
): Pick<Group, "groupedby" | "values"> {
  if (name === undefined) return {};
  const found = Map.groupBy(rows, (row) => String(row[name]));
  const values = new Set([...(groupings[name] ?? []), ...[...found.keys()].toSorted()]);
  return {
    groupedby: name,
    values: Array.from(values, (value) => {
      const inside = found.get(value) ?? [];
      return { name: value, count: inside.length, ...group(inside, rest) };
    }),
  };
}
