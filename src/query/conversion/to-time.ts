import { textual } from "./textual.ts";
import { bind } from "../bind.ts";
import type { SqlValue } from "../sql-value.ts";
import { epochTicks, momentOf, ticksOf, ticksPer } from "./ticks.ts";
import { dynamicText } from "./to-string.ts";

/** Bare numbers are no moments to Kusto, except the eight digits of a date. */
const momentPattern = "[-/:, ]|^\\\\s*[0-9]{8}\\\\s*$";

/** Every text form of .NET's that Kusto takes, with the month first as in 8/9/2023. */
const momentOfText = (text: string): string =>
  bind(
    text,
    (value) =>
      `if(match(${value}, '${momentPattern}'), parseDateTime64BestEffortUSOrNull(trimBoth(${value}), 7, 'UTC'), NULL)`,
  );

/** Kusto's todatetime(). */
export function toDatetimeSql(value: SqlValue): string {
  const source = textual(value);
  switch (source.type) {
    case "datetime":
      return source.sql;
    case "string":
      return momentOfText(source.sql);
    case "dynamic":
      return momentOfText(dynamicText(source.sql));
    case "long":
    case "int":
    case "timespan":
      return momentOf(`${source.sql} - ${epochTicks}`);
    case "real":
    case "decimal":
    case "bool":
    case "guid":
      return "CAST(NULL, 'Nullable(DateTime64(7, \\'UTC\\'))')";
  }
}

const unitTicks: Readonly<Record<string, bigint>> = {
  d: ticksPer.day,
  day: ticksPer.day,
  days: ticksPer.day,
  h: ticksPer.hour,
  hr: ticksPer.hour,
  hrs: ticksPer.hour,
  hour: ticksPer.hour,
  hours: ticksPer.hour,
  m: ticksPer.minute,
  min: ticksPer.minute,
  minute: ticksPer.minute,
  minutes: ticksPer.minute,
  s: ticksPer.second,
  sec: ticksPer.second,
  second: ticksPer.second,
  seconds: ticksPer.second,
  ms: ticksPer.millisecond,
  milli: ticksPer.millisecond,
  millis: ticksPer.millisecond,
  millisecond: ticksPer.millisecond,
  milliseconds: ticksPer.millisecond,
  micro: ticksPer.microsecond,
  micros: ticksPer.microsecond,
  microsecond: ticksPer.microsecond,
  microseconds: ticksPer.microsecond,
  tick: 1n,
  ticks: 1n,
};

const spanPattern =
  "^\\\\s*(-)?(?:([0-9]{1,8})[.:])?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\\\\.([0-9]{1,7}))?)?\\\\s*$";
const quantityPattern = "^\\\\s*(-?[0-9]+(?:\\\\.[0-9]+)?)\\\\s*([a-z]+)\\\\s*$";

const clockSpan = (part: string): string =>
  `if(${part}[1] = '-', -1, 1) * (toInt64OrZero(${part}[2]) * ${ticksPer.day} + toInt64OrZero(${part}[3]) * ${ticksPer.hour} + toInt64OrZero(${part}[4]) * ${ticksPer.minute} + toInt64OrZero(${part}[5]) * ${ticksPer.second} + toInt64OrZero(rightPad(${part}[6], 7, '0')))`;

const quantitySpan = (part: string): string => {
  const names = Object.keys(unitTicks).map((unit) => `'${unit}'`);
  const units = `transform(${part}[2], [${names.join(", ")}], [${Object.values(unitTicks).join(", ")}]::Array(Nullable(Int64)), NULL::Nullable(Int64))`;
  return `toInt64(round(toFloat64OrNull(${part}[1]) * ${units}))`;
};

/** `1.02:03:04.5`, `00:10`, and quantities with a unit: `1d`, `2.5h`; a bare number counts days. */
const spanOfText = (text: string): string =>
  bind(
    text,
    (value) =>
      `multiIf(match(${value}, '${spanPattern}'), ${bind(`extractGroups(${value}, '${spanPattern}')`, clockSpan)}, match(${value}, '${quantityPattern}'), ${bind(`extractGroups(${value}, '${quantityPattern}')`, quantitySpan)}, toInt64OrNull(trimBoth(${value})) * ${ticksPer.day})`,
  );

/** Kusto's totimespan(): numbers are ticks. */
export function toTimespanSql(value: SqlValue): string {
  const source = textual(value);
  switch (source.type) {
    case "timespan":
      return source.sql;
    case "string":
      return spanOfText(source.sql);
    case "dynamic":
      return spanOfText(dynamicText(source.sql));
    case "datetime":
      return `${ticksOf(source.sql)} + ${epochTicks}`;
    case "long":
    case "int":
      return `toInt64(${source.sql})`;
    case "real":
    case "decimal":
      return `accurateCastOrNull(trunc(${source.sql}), 'Int64')`;
    case "bool":
    case "guid":
      return "CAST(NULL, 'Nullable(Int64)')";
  }
}
