import { isIP } from "node:net";
import { NightcapError } from "../../common/errors.ts";
import { endFilters, filterNames, filtersOf, splitEnds, takesEnds } from "./filter-kql.ts";
import {
  type FlowView,
  type ViewFilters,
  type ViewRequest,
  type ViewUnit,
  viewUnits,
} from "./flow-view.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const defaultSpanMs = dayMs;
const spanDaysMax = 92;
const binMinutesMax = 7 * 24 * 60;
/** Points of a series. */
const binCountMax = 1_500;
const defaultBinCountMax = 200;
/** Widths of a point that are chosen where none is asked for; records of flow logs are of 10 minutes or an hour. */
const niceBinMinutes = [10, 30, 60, 180, 360, 720, 1_440];
const topDefault = 20;
const topMax = 1_000;
const filterValuesMax = 20;
const filterCharactersMax = 300;

const known: ReadonlySet<string> = new Set([
  "timespan",
  "from",
  "to",
  "unit",
  "bin",
  "top",
  ...filterNames,
]);

/** Reads a question to a view; whatever it does not know, or is out of bounds, is refused. */
export function readViewRequest(
  view: FlowView,
  query: URLSearchParams,
  nowMs: number,
): ViewRequest {
  for (const name of query.keys()) {
    if (!known.has(name)) throw invalid(name, `is none of ${[...known].join(", ")}`);
  }
  const span = readSpan(query, nowMs);
  const filters = readFilters(view, query);
  for (const name of view.needs ?? []) {
    if (filters[name] === undefined) throw invalid(name, `is needed by the view "${view.name}"`);
  }
  return {
    ...span,
    unit: readUnit(query.get("unit")),
    binMinutes: readBin(query.get("bin"), span.endMs - span.startMs),
    top: readWhole("top", query.get("top"), topDefault, topMax),
    filters,
  };
}

const invalid = (name: string, what: string): NightcapError =>
  new NightcapError("InvalidParameter", `parameter "${name.slice(0, 80)}" ${what}`);

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The end is the next whole minute, so that the same question within it is the same text. */
function readSpan(query: URLSearchParams, nowMs: number): Span {
  const timespan = query.get("timespan");
  const [from, to] = [query.get("from"), query.get("to")];
  if (timespan !== null && (from !== null || to !== null))
    throw invalid("timespan", "cannot stand beside from and to");
  const [first = "", second] = (timespan ?? "").split("/");
  const endText = second ?? to;
  const endMs = endText === null ? Math.ceil(nowMs / minuteMs) * minuteMs : readTime("to", endText);
  const startText = second === undefined ? from : first;
  const startMs =
    startText === null
      ? endMs - (timespan === null ? defaultSpanMs : readDuration(first))
      : readTime("from", startText);
  if (startMs >= endMs) throw invalid("from", "is not before the end");
  if (endMs - startMs > spanDaysMax * dayMs)
    throw invalid("timespan", `is over ${spanDaysMax} days`);
  return { startMs, endMs };
}

const timePattern = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

function readTime(name: string, text: string): number {
  const zoned = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`;
  const time = timePattern.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(name, `"${text.slice(0, 40)}" is not ISO 8601`);
  return time;
}

/** `PT6H`, `P1DT12H` as Azure writes it, or `6h`, `30m`, `7d`. */
function readDuration(text: string): number {
  const [, days, hours, minutes] =
    /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?$/.exec(text) ?? [];
  const [, amount, unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const milliseconds =
    amount === undefined
      ? Number(days ?? 0) * dayMs + Number(hours ?? 0) * hourMs + Number(minutes ?? 0) * minuteMs
      : Number(amount) * ({ m: minuteMs, h: hourMs, d: dayMs }[unit] ?? 0);
  if (milliseconds > 0) return milliseconds;
  throw invalid("timespan", `"${text.slice(0, 40)}" is no duration such as PT6H, P1D, 6h or 7d`);
}

function readUnit(text: string | null): ViewUnit {
  const unit = viewUnits.find((each) => each === (text ?? "flows"));
  if (unit === undefined) throw invalid("unit", `is none of ${viewUnits.join(", ")}`);
  return unit;
}

function readBin(text: string | null, spanMs: number): number {
  const spanMinutes = spanMs / minuteMs;
  if (text === null) {
    return niceBinMinutes.find((bin) => spanMinutes / bin <= defaultBinCountMax) ?? 1_440;
  }
  const minutes = readDuration(text) / minuteMs;
  if (minutes > binMinutesMax) throw invalid("bin", `is over ${binMinutesMax} minutes`);
  if (spanMinutes / minutes > binCountMax) throw invalid("bin", `gives over ${binCountMax} points`);
  return minutes;
}

function readWhole(name: string, text: string | null, byDefault: number, max: number): number {
  if (text === null) return byDefault;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > max) throw invalid(name, `is not a whole number from 1 to ${max}`);
  return number;
}

function readFilters(view: FlowView, query: URLSearchParams): ViewFilters {
  const possible = filtersOf(view);
  const filters: Record<string, unknown> = {};
  for (const name of filterNames) {
    const values = query.getAll(name).flatMap((text) => text.split(","));
    if (values.length === 0) continue;
    if (!possible.includes(name)) throw invalid(name, `is no filter of the view "${view.name}"`);
    if (values.length > filterValuesMax) throw invalid(name, `has over ${filterValuesMax} values`);
    const isArrow = endFilters.has(name) && values.some((value) => splitEnds(value) !== null);
    if (isArrow && !takesEnds(view, name))
      throw invalid(name, `takes no A->B in the view "${view.name}"`);
    filters[name] = values.map((value) => readValue(name, value.trim()));
  }
  return filters;
}

const words: Readonly<Partial<Record<keyof ViewFilters, readonly string[]>>> = {
  status: ["Allowed", "Denied"],
  direction: ["Inbound", "Outbound"],
  targetType: ["VirtualNetwork", "Subnet", "NetworkInterface", "NetworkSecurityGroup"],
};

function readValue(name: keyof ViewFilters, value: string): string | number {
  const ends = endFilters.has(name) ? splitEnds(value) : null;
  if (ends === null) return readPlainValue(name, value);
  const given = ends.filter((end) => end !== "");
  if (given.length === 0) throw invalid(name, `has nothing on either side of "->"`);
  for (const end of given) readPlainValue(name, end);
  return ends.join("->");
}

function readPlainValue(name: keyof ViewFilters, value: string): string | number {
  if (value === "" || value.length > filterCharactersMax || /\p{Cc}/u.test(value)) {
    throw invalid(name, `is empty, over ${filterCharactersMax} characters, or no plain text`);
  }
  if (name === "port") {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw invalid(name, "is no port");
    return Number(value);
  }
  if (name === "ip" && isIP(value) === 0) throw invalid(name, `"${value}" is no address`);
  const wanted = words[name]?.find((word) => word.toLowerCase() === value.toLowerCase());
  if (words[name] && wanted === undefined)
    throw invalid(name, `is none of ${words[name].join(", ")}`);
  return wanted ?? value;
}
