import { asMoment, ticksOf, ticksPer } from "../conversion/ticks.ts";
import { sqlString } from "../sql-text.ts";
import type { FunctionCall } from "../translator.ts";

type Part = (sql: string) => string;

const padded = (number: string, width: number): string =>
  width === 1 ? `toString(${number})` : `leftPad(toString(${number}), ${width}, '0')`;

const number =
  (part: Part, width: number): Part =>
  (sql) =>
    padded(part(sql), width);

/** `fff` are the first three digits of the fraction; `FFF` the same without zeros at the end. */
const fraction =
  (ticks: Part, width: number, trims: boolean): Part =>
  (sql) => {
    const digits = `leftPad(toString(intDiv(positiveModulo(${ticks(sql)}, ${ticksPer.second}), ${10 ** (7 - width)})), ${width}, '0')`;
    return trims ? `trimRight(${digits}, '0')` : digits;
  };

const hour12 = (moment: string): string => `(toHour(${moment}) + 11) % 12 + 1`;

/** What each run of letters means (learn.microsoft.com/kusto/query/format-datetime-function). */
const momentParts: Readonly<Record<string, Part>> = {
  d: number((at) => `toDayOfMonth(${at})`, 1),
  dd: number((at) => `toDayOfMonth(${at})`, 2),
  h: number(hour12, 1),
  hh: number(hour12, 2),
  H: number((at) => `toHour(${at})`, 1),
  HH: number((at) => `toHour(${at})`, 2),
  m: number((at) => `toMinute(${at})`, 1),
  mm: number((at) => `toMinute(${at})`, 2),
  M: number((at) => `toMonth(${at})`, 1),
  MM: number((at) => `toMonth(${at})`, 2),
  s: number((at) => `toSecond(${at})`, 1),
  ss: number((at) => `toSecond(${at})`, 2),
  y: number((at) => `toYear(${at}) % 100`, 1),
  yy: number((at) => `toYear(${at}) % 100`, 2),
  yyyy: number((at) => `toYear(${at})`, 4),
  tt: (at) => `if(toHour(${at}) < 12, 'AM', 'PM')`,
};

const spanPart =
  (unit: bigint, modulus: bigint | null): Part =>
  (ticks) => {
    const count = `intDiv(abs(${ticks}), ${unit})`;
    return modulus === null ? count : `${count} % ${modulus}`;
  };

/** Days take as many digits as there are letters; the sign is not written. */
const spanParts: Readonly<Record<string, Part>> = {
  h: number(spanPart(ticksPer.hour, 24n), 1),
  hh: number(spanPart(ticksPer.hour, 24n), 2),
  H: number(spanPart(ticksPer.hour, 24n), 1),
  HH: number(spanPart(ticksPer.hour, 24n), 2),
  m: number(spanPart(ticksPer.minute, 60n), 1),
  mm: number(spanPart(ticksPer.minute, 60n), 2),
  s: number(spanPart(ticksPer.second, 60n), 1),
  ss: number(spanPart(ticksPer.second, 60n), 2),
};

const delimiters = new Set(" /-:,._[]T");

function formatted(
  sql: string,
  format: string,
  partOf: (run: string) => Part | undefined,
  call: FunctionCall,
): string {
  const pieces = [...format.matchAll(/([A-Za-z])\1*|[^A-Za-z]/g)].map(([run]) => {
    const part = partOf(run);
    if (part) return part(sql);
    return delimiters.has(run)
      ? sqlString(run)
      : call.fail(`the format has "${run}", which means nothing`);
  });
  return `concat('', ${pieces.join(", ")})`;
}

/** A moment in a format that is known when the query is translated. */
export const datetimeFormat = (sql: string, format: string, call: FunctionCall): string =>
  formatted(
    asMoment(sql),
    format,
    (run) =>
      momentParts[run] ??
      (/^[fF]{1,7}$/.test(run) ? fraction(ticksOf, run.length, run.startsWith("F")) : undefined),
    call,
  );

/** A time span in a format. */
export const timespanFormat = (sql: string, format: string, call: FunctionCall): string =>
  formatted(
    sql,
    format,
    (run) => {
      if (/^d{1,8}$/.test(run)) return number(spanPart(ticksPer.day, null), run.length);
      return (
        spanParts[run] ??
        (/^[fF]{1,7}$/.test(run)
          ? fraction((ticks) => `abs(${ticks})`, run.length, run.startsWith("F"))
          : undefined)
      );
    },
    call,
  );
