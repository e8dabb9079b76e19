import { bind } from "../bind.ts";
import type { SqlValue } from "../sql-value.ts";
import { asMoment, ticksPer } from "./ticks.ts";

const twoDigits = (sql: string): string => `leftPad(toString(${sql}), 2, '0')`;

/** The constant form "c" of .NET, which Kusto writes time spans in: [-][d.]hh:mm:ss[.fffffff]. */
export const timespanText = (ticks: string): string =>
  bind(ticks, (span) =>
    bind(`abs(${span})`, (size) =>
      [
        `concat(if(${span} < 0, '-', '')`,
        `if(${size} >= ${ticksPer.day}, concat(toString(intDiv(${size}, ${ticksPer.day})), '.'), '')`,
        twoDigits(`intDiv(${size}, ${ticksPer.hour}) % 24`),
        `':'`,
        twoDigits(`intDiv(${size}, ${ticksPer.minute}) % 60`),
        `':'`,
        twoDigits(`intDiv(${size}, ${ticksPer.second}) % 60`),
        `if(${size} % ${ticksPer.second} = 0, '', concat('.', leftPad(toString(${size} % ${ticksPer.second}), 7, '0'))))`,
      ].join(", "),
    ),
  );

/** ISO 8601 with seven digits and Z, as Kusto writes a moment. */
export const datetimeText = (datetime: string): string =>
  `concat(replaceOne(toString(${asMoment(datetime)}), ' ', 'T'), 'Z')`;

/** A real keeps a point, so that it reads back as one: 1.0, not 1; NaN, Infinity as .NET has them. */
export const realText = (real: string): string =>
  bind(real, (value) =>
    bind(
      `toString(${value})`,
      (text) =>
        `multiIf(isNaN(${value}), 'NaN', isInfinite(${value}), if(${value} > 0, '∞', '-∞'), match(${text}, '^-?[0-9]+$'), concat(${text}, '.0'), ${text})`,
    ),
  );

/** The text of a dynamic value: a string's own characters, else its JSON. */
export const dynamicText = (json: string): string =>
  bind(json, (text) => `if(startsWith(${text}, '"'), JSONExtractString(${text}), ${text})`);

function nullableText(value: SqlValue): string {
  if (value.type === "bool") return `if(${value.sql}, 'true', 'false')`;
  if (value.type === "datetime") return datetimeText(value.sql);
  if (value.type === "timespan") return timespanText(value.sql);
  if (value.type === "real") return realText(value.sql);
  return `toString(${value.sql})`;
}

/** Kusto's tostring(): a null gives the empty text. */
export function toStringSql(value: SqlValue): string {
  if (value.type === "string") return value.sql;
  if (value.text !== undefined) return value.text;
  if (value.type === "dynamic") return dynamicText(value.sql);
  if (value.type !== "bool") return `ifNull(${nullableText(value)}, '')`;
  return `multiIf(isNull(${value.sql}), '', ${value.sql}, 'true', 'false')`;
}
