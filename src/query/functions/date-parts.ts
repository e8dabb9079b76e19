import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { asMoment, momentOf, ticksOf, ticksPer } from "../conversion/ticks.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

type Period = "day" | "week" | "month" | "quarter" | "year";

const dayStart = (moment: string, periodTicks: bigint, shift: bigint): string =>
  bind(
    ticksOf(moment),
    (ticks) => `${ticks} - positiveModulo(${ticks} + ${shift}, ${periodTicks})`,
  );

const firstOfMonth = (moment: string, month: string): string =>
  `makeDateTime64(toYear(${moment}), ${month}, 1, 0, 0, 0, 0, 7, 'UTC')`;

/** 1970 began on a Thursday and Kusto's weeks begin on Sunday. */
const starts: Readonly<Record<Period, (moment: string) => string>> = {
  day: (moment) => momentOf(dayStart(moment, ticksPer.day, 0n)),
  week: (moment) => momentOf(dayStart(moment, 7n * ticksPer.day, 4n * ticksPer.day)),
  month: (moment) => bind(moment, (at) => firstOfMonth(at, `toMonth(${at})`)),
  quarter: (moment) => bind(moment, (at) => firstOfMonth(at, `toQuarter(${at}) * 3 - 2`)),
  year: (moment) => firstOfMonth(moment, "1"),
};

const adders: Readonly<Record<Period, (moment: string, count: string) => string>> = {
  day: (moment, count) => momentOf(`${ticksOf(moment)} + ${count} * ${ticksPer.day}`),
  week: (moment, count) => momentOf(`${ticksOf(moment)} + ${count} * ${7n * ticksPer.day}`),
  month: (moment, count) => `addMonths(${asMoment(moment)}, ${count})`,
  quarter: (moment, count) => `addMonths(${asMoment(moment)}, 3 * ${count})`,
  year: (moment, count) => `addYears(${asMoment(moment)}, ${count})`,
};

const startOf = (period: Period): Translate =>
  define("datetime", ["datetime", "long"], (moment, offset) => {
    const start = starts[period](moment);
    return offset === undefined ? start : adders[period](start, offset);
  });

const endOf = (period: Period): Translate =>
  define("datetime", ["datetime", "long"], (moment, offset = "0") =>
    momentOf(`${ticksOf(adders[period](starts[period](moment), `(${offset} + 1)`))} - 1`),
  );

/** Units of fixed length, by every name that datetime_add and its kind take. */
const fixedTicks: Readonly<Record<string, bigint>> = {
  week: 7n * ticksPer.day,
  day: ticksPer.day,
  hour: ticksPer.hour,
  minute: ticksPer.minute,
  second: ticksPer.second,
  millisecond: ticksPer.millisecond,
  microsecond: ticksPer.microsecond,
};

const isPeriod = (part: string): part is Period => part in adders;

const datetimeAdd: Translate = (args, call) => {
  const part = String(constantOf(args[0], "the part", call)).toLowerCase();
  const count = convert(argument(args, 1, call), "long").sql;
  const moment = convert(argument(args, 2, call), "datetime").sql;
  if (isPeriod(part)) return { sql: adders[part](moment, count), type: "datetime" };
  const ticks = fixedTicks[part];
  if (part === "nanosecond")
    return { sql: momentOf(`${ticksOf(moment)} + intDiv(${count}, 100)`), type: "datetime" };
  if (ticks === undefined) return call.fail(`there is no part "${part}"`);
  return { sql: momentOf(`${ticksOf(moment)} + ${count} * ${ticks}`), type: "datetime" };
};

const monthsSince = (moment: string): string =>
  bind(moment, (at) => `toInt64(toYear(${at})) * 12 + toMonth(${at})`);

/** Which period a moment is in, counted from anywhere: the difference is the number of borders between. */
const placeOf: Readonly<Record<string, (moment: string) => string>> = {
  year: (moment) => `toInt64(toYear(${moment}))`,
  quarter: (moment) => bind(moment, (at) => `toInt64(toYear(${at})) * 4 + toQuarter(${at})`),
  month: monthsSince,
  nanosecond: (moment) => `${ticksOf(moment)} * 100`,
};

const fixedPlace = (moment: string, ticks: bigint): string => {
  const shift = ticks === fixedTicks["week"] ? 4n * ticksPer.day : 0n;
  return bind(
    `${ticksOf(moment)} + ${shift}`,
    (at) => `intDiv(${at} - positiveModulo(${at}, ${ticks}), ${ticks})`,
  );
};

const datetimeDiff: Translate = (args, call) => {
  const part = String(constantOf(args[0], "the part", call)).toLowerCase();
  const ticks = fixedTicks[part];
  const place =
    placeOf[part] ??
    (ticks === undefined ? undefined : (moment: string): string => fixedPlace(moment, ticks));
  if (!place) return call.fail(`there is no part "${part}"`);
  const [later, earlier] = [1, 2].map(
    (index) => convert(argument(args, index, call), "datetime").sql,
  );
  return { sql: `(${place(later ?? "")}) - (${place(earlier ?? "")})`, type: "long" };
};

/** Ticks within the unit above, counted in the smaller unit. */
const within = (moment: string, above: bigint, unit: bigint): string =>
  `intDiv(positiveModulo(${ticksOf(moment)}, ${above}), ${unit})`;

const parts: Readonly<Record<string, (moment: string) => string>> = {
  year: (moment) => `toYear(${moment})`,
  quarter: (moment) => `toQuarter(${moment})`,
  month: (moment) => `toMonth(${moment})`,
  week_of_year: (moment) => `toISOWeek(${moment})`,
  weekofyear: (moment) => `toISOWeek(${moment})`,
  day: (moment) => `toDayOfMonth(${moment})`,
  dayofyear: (moment) => `toDayOfYear(${moment})`,
  hour: (moment) => `toHour(${moment})`,
  minute: (moment) => `toMinute(${moment})`,
  second: (moment) => `toSecond(${moment})`,
  millisecond: (moment) => within(moment, ticksPer.second, ticksPer.millisecond),
  microsecond: (moment) => within(moment, ticksPer.millisecond, ticksPer.microsecond),
  nanosecond: (moment) => `positiveModulo(${ticksOf(moment)}, 10) * 100`,
};

const datetimePart: Translate = (args, call) => {
  const name = String(constantOf(args[0], "the part", call)).toLowerCase();
  const part = parts[name] ?? call.fail(`there is no part "${name}"`);
  return {
    sql: `toInt32(${part(convert(argument(args, 1, call), "datetime").sql)})`,
    type: "int",
  };
};

const partOf = (name: string): Translate =>
  define("int", ["datetime"], (moment) => `toInt32(${parts[name]?.(moment)})`);

export const datePartFunctions: ScalarFunctions = {
  startofday: startOf("day"),
  startofweek: startOf("week"),
  startofmonth: startOf("month"),
  startofyear: startOf("year"),
  endofday: endOf("day"),
  endofweek: endOf("week"),
  endofmonth: endOf("month"),
  endofyear: endOf("year"),
  datetime_add: datetimeAdd,
  datetime_diff: datetimeDiff,
  datetime_part: datetimePart,
  datepart: datetimePart,
  getyear: partOf("year"),
  getmonth: partOf("month"),
  monthofyear: partOf("month"),
  week_of_year: partOf("week_of_year"),
  weekofyear: partOf("week_of_year"),
  dayofmonth: partOf("day"),
  dayofyear: partOf("dayofyear"),
  hourofday: partOf("hour"),
  dayofweek: define(
    "timespan",
    ["datetime"],
    (moment) => `toInt64(toDayOfWeek(${moment}) % 7) * ${ticksPer.day}`,
  ),
};
