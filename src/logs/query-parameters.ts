import { NightcapError } from "../common/errors.ts";
import { parseTimespan } from "./azure/timespan.ts";

/**
 * Puts values in the places of Azure Monitor's `{name}` and `{name:format}`
 * (https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-parameters). A value is never more than a literal:
 * between quotes it is escaped for them; elsewhere a number, a boolean, a timespan, a datetime or a list of literals
 * stays what it is, an ISO 8601 timespan becomes the time that it means, and all else a string.
 */
export function fillParameters(
  text: string,
  values: ReadonlyMap<string, string>,
  nowMs: number,
): string {
  return text.replaceAll(tokens, (token: string) => {
    if (token.startsWith("//")) return token;
    if (!token.startsWith("{")) return fillQuoted(token, values, nowMs);
    const [, name = "", format = ""] = placeholder.exec(token) ?? [];
    const value = values.get(name);
    if (value === undefined) throw missing(token, name);
    return literalOf(value, { format: format.toLowerCase(), nowMs, token });
  });
}

/** Comments, strings of every kind, and the places that are between them. */
const tokens =
  /\/\/[^\n]*|```[\s\S]*?```|~~~[\s\S]*?~~~|@"(?:[^"\n]|"")*"|@'(?:[^'\n]|'')*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\{[A-Za-z_]\w{0,63}(?::[A-Za-z]{1,32})?\}/g;
const placeholder = /^\{(\w+)(?::(\w+))?\}$/;
const placeholders = /\{([A-Za-z_]\w{0,63})(?::([A-Za-z]{1,32}))?\}/g;

/** Between quotes a name without a value stays as it is: there it may be no parameter at all. */
function fillQuoted(quoted: string, values: ReadonlyMap<string, string>, nowMs: number): string {
  const escape = escapeFor(quoted);
  return quoted.replaceAll(placeholders, (token: string, name: string, format = "") => {
    const value = values.get(name);
    return value === undefined ? token : escape(textIn(value, String(format).toLowerCase(), nowMs));
  });
}

/** Between quotes a moment of a timespan is its text. */
function textIn(value: string, format: string, nowMs: number): string {
  const edge = /^(start|end)(iso)?$/.exec(format)?.[1];
  const range = edge === undefined ? null : rangeOf(value, nowMs);
  if (!range) return value;
  return new Date(edge === "start" ? range.startMs : range.endMs).toISOString();
}

function escapeFor(quoted: string): (value: string) => string {
  const mark = quoted.slice(0, 3);
  if (mark === "```" || mark === "~~~") return (value) => value.replaceAll(mark, "");
  const line = (value: string): string => value.replaceAll(/[\r\n]+/g, " ");
  if (quoted.startsWith("@")) {
    const quote = quoted[1] ?? "";
    return (value) => line(value).replaceAll(quote, quote + quote);
  }
  const quote = quoted[0] ?? "";
  return (value) => escaped(value).replaceAll(quote, `\\${quote}`);
}

const escaped = (value: string): string =>
  value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);

const plain = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|-?\d+(?:\.\d+)?(?:d|h|m|s|ms|microsecond|tick)s?|true|false`;
const called = String.raw`(?:datetime|timespan|time|guid|int|long|real|bool|decimal)\([\w:.+-]+(?: [\w:.+-]+)?\)`;
const string = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"`;
const one = `(?:${plain}|${called}|${string})`;
const literals = new RegExp(`^\\s*${one}(?:\\s*,\\s*${one})*\\s*$`, "i");

interface Place {
  readonly format: string;
  readonly nowMs: number;
  readonly token: string;
}

function literalOf(value: string, place: Place): string {
  const range = /^P|\//i.test(value) ? rangeOf(value, place.nowMs) : null;
  if (range) return timeOf(range, value, place);
  if (place.format !== "" && !["value", "label", "escape"].includes(place.format))
    throw unknownFormat(place.token);
  return literals.test(value) ? value : `'${escaped(value).replaceAll("'", String.raw`\'`)}'`;
}

interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

/** Null for text that is no timespan, such as a path. */
function rangeOf(value: string, nowMs: number): Range | null {
  try {
    const { startMs, endMs } = parseTimespan(value, nowMs);
    return { startMs: startMs ?? 0, endMs: endMs ?? nowMs };
  } catch (error) {
    if (error instanceof NightcapError) return null;
    throw error;
  }
}

function timeOf({ startMs, endMs }: Range, value: string, { format, token }: Place): string {
  const moment = (ms: number): string => `datetime(${new Date(ms).toISOString()})`;
  switch (format) {
    case "":
    case "query":
      // Of a duration, workbooks leave the end open.
      return value.includes("/")
        ? `between (${moment(startMs)} .. ${moment(endMs)})`
        : `> ${moment(startMs)}`;
    case "start":
      return moment(startMs);
    case "end":
      return moment(endMs);
    case "startiso":
      return new Date(startMs).toISOString();
    case "endiso":
      return new Date(endMs).toISOString();
    case "seconds":
      return String(Math.round((endMs - startMs) / 1_000));
    case "grain":
      return grainOf((endMs - startMs) / 1_000);
    case "value":
    case "label":
      return `'${value}'`;
    default:
      throw unknownFormat(token);
  }
}

/** Lengths of a bar in a chart over time, and how many bars are wanted at most. */
const grains: readonly (readonly [string, number])[] = [
  ["1s", 1],
  ["10s", 10],
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1_800],
  ["1h", 3_600],
  ["6h", 21_600],
  ["1d", 86_400],
];
const barCountMax = 120;

const grainOf = (seconds: number): string =>
  grains.find(([, length]) => seconds / length <= barCountMax)?.[0] ?? "7d";

const missing = (token: string, name: string): NightcapError =>
  new NightcapError("InvalidParameter", `${token} has no value: give --param ${name}=VALUE`);

const unknownFormat = (token: string): NightcapError =>
  new NightcapError(
    "InvalidParameter",
    `${token} is no format of that value: a timespan has start, end, startISO, endISO, query, seconds and grain, all else has value`,
  );
