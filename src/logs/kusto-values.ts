import type { KustoType } from "../query/sql-value.ts";
import type { LogValue } from "./log-query.ts";

/** Settings under which ClickHouse writes values as the functions below read them. */
export const valueSettings: Readonly<Record<string, string | number>> = {
  date_time_output_format: "iso",
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
};

/** What makes a value of the answer out of one that ClickHouse wrote, for a column of that type. */
export function valueReader(type: KustoType): (value: unknown) => LogValue {
  const read = readers[type];
  return (value) => (value === null || value === undefined ? null : read(value));
}

const readers: Readonly<Record<KustoType, (value: unknown) => LogValue>> = {
  string: String,
  guid: String,
  decimal: String,
  int: Number,
  long: readLong,
  real: readReal,
  bool: (value) => value === true || value === 1 || value === "1" || value === "true",
  datetime: (value) => datetimeText(String(value)),
  timespan: (value) => timespanText(BigInt(String(value))),
  dynamic: (value) => dynamicText(String(value)),
};

function readLong(value: unknown): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(String(value));
}

function readReal(value: unknown): number {
  if (value === "inf") return Number.POSITIVE_INFINITY;
  if (value === "-inf") return Number.NEGATIVE_INFINITY;
  return Number(value);
}

/** ISO 8601 in UTC; of the seven digits of a second those that end it in zeros are left out, as Azure does. */
function datetimeText(value: string): string {
  const text = value.replace(" ", "T").replace(/Z$/, "");
  return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text}Z`;
}

const ticksPerSecond = 10_000_000n;
const two = (value: bigint): string => value.toString().padStart(2, "0");

/** Ticks as Kusto writes a timespan: `[-][days.]hh:mm:ss[.fffffff]`. */
export function timespanText(ticks: bigint): string {
  const sign = ticks < 0n ? "-" : "";
  const total = ticks < 0n ? -ticks : ticks;
  const seconds = total / ticksPerSecond;
  const fraction = total % ticksPerSecond;
  const days = seconds / 86_400n;
  const clock = [(seconds / 3_600n) % 24n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(":");
  const tail = fraction === 0n ? "" : `.${fraction.toString().padStart(7, "0")}`;
  return `${sign}${days === 0n ? "" : `${days}.`}${clock}${tail}`;
}

/** Objects and arrays stay JSON text; a string in a dynamic value is told without its quotes. */
function dynamicText(json: string): string | null {
  if (json === "" || json === "null") return null;
  if (!json.startsWith('"')) return json;
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}
