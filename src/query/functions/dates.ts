import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { asMoment, momentOf, ticksOf, ticksPer } from "../conversion/ticks.ts";
import { sqlString } from "../sql-text.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { datetimeFormat, timespanFormat } from "./time-formats.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const datetimeValue = (ticks: bigint): SqlValue => ({
  sql: momentOf(String(ticks)),
  type: "datetime",
  constant: ticks,
  nullable: false,
});

/** The query's own time, the same wherever it is asked for, moved by a span. */
function nowPlus(span: SqlValue | undefined, sign: 1n | -1n, call: FunctionCall): SqlValue {
  const { nowTicks } = call.translator;
  if (!span) return datetimeValue(nowTicks);
  if (typeof span.constant === "bigint") return datetimeValue(nowTicks + sign * span.constant);
  const ticks = convert(span, "timespan").sql;
  return { sql: momentOf(`${nowTicks} ${sign > 0n ? "+" : "-"} ${ticks}`), type: "datetime" };
}

const fromUnix =
  (ticksPerUnit: number): Translate =>
  (args, call) => {
    const value = argument(args, 0, call);
    if (value.type === "long" || value.type === "int")
      return {
        sql: momentOf(
          ticksPerUnit >= 1
            ? `${value.sql} * ${ticksPerUnit}`
            : `intDiv(${value.sql}, ${1 / ticksPerUnit})`,
        ),
        type: "datetime",
      };
    return {
      sql: momentOf(`round(${convert(value, "real").sql} * ${ticksPerUnit})`),
      type: "datetime",
    };
  };

/** A moment from its parts, null where a part is out of its range. */
const makeDatetime: Translate = (args, call) => {
  if (args.length === 1) return convert(argument(args, 0, call), "datetime");
  const whole = (index: number): string =>
    args[index] ? convert(argument(args, index, call), "long").sql : "0";
  const [year, month, day, hour, minute] = [0, 1, 2, 3, 4].map(whole);
  const seconds = args[5] ? convert(args[5], "real").sql : "0";
  const isValid = [
    `${year} BETWEEN 1900 AND 2299`,
    `${month} BETWEEN 1 AND 12`,
    `${day} BETWEEN 1 AND 31`,
    `${hour} BETWEEN 0 AND 23`,
    `${minute} BETWEEN 0 AND 59`,
    `${seconds} >= 0 AND ${seconds} < 60`,
  ].join(" AND ");
  const start = `makeDateTime64(${year}, ${month}, ${day}, ${hour}, ${minute}, 0, 0, 7, 'UTC')`;
  const sql = momentOf(`${ticksOf(start)} + toInt64(round(${seconds} * ${ticksPer.second}))`);
  const falls = bind(sql, (moment) => `if(toDayOfMonth(${moment}) = ${day}, ${moment}, NULL)`);
  return { sql: `if(${isValid}, ${falls}, NULL)`, type: "datetime" };
};

const makeTimespan: Translate = (args, call) => {
  if (args.length === 1) return convert(argument(args, 0, call), "timespan");
  const at = (index: number): string =>
    args[index] ? convert(argument(args, index, call), "real").sql : "0";
  const first = args.length === 4 ? 1 : 0;
  const days = first ? at(0) : "0";
  return {
    sql: `toInt64(round(${days} * ${ticksPer.day} + ${at(first)} * ${ticksPer.hour} + ${at(first + 1)} * ${ticksPer.minute} + ${at(first + 2)} * ${ticksPer.second}))`,
    type: "timespan",
  };
};

/** A time zone that the runtime knows: ClickHouse wants its name in the query. */
function zoneOf(arg: SqlValue | undefined, call: FunctionCall): string {
  const zone = String(constantOf(arg, "the time zone", call));
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    return call.fail(`there is no time zone "${zone}"`);
  }
  return sqlString(zone);
}

export const dateFunctions: ScalarFunctions = {
  now: (args, call) => nowPlus(args[0], 1n, call),
  ago: (args, call) => nowPlus(argument(args, 0, call), -1n, call),
  unixtime_seconds_todatetime: fromUnix(1e7),
  unixtime_milliseconds_todatetime: fromUnix(1e4),
  unixtime_microseconds_todatetime: fromUnix(10),
  unixtime_nanoseconds_todatetime: fromUnix(0.01),
  make_datetime: makeDatetime,
  make_timespan: makeTimespan,
  datetime_utc_to_local: (args, call) => ({
    sql: `toDateTime64(toString(toTimeZone(${asMoment(argument(args, 0, call).sql)}, ${zoneOf(args[1], call)})), 7, 'UTC')`,
    type: "datetime",
  }),
  datetime_local_to_utc: (args, call) => ({
    sql: `toTimeZone(toDateTime64(toString(${asMoment(argument(args, 0, call).sql)}), 7, ${zoneOf(args[1], call)}), 'UTC')`,
    type: "datetime",
  }),
  format_datetime: (args, call) => {
    const moment = convert(argument(args, 0, call), "datetime").sql;
    return {
      sql: `ifNull(${datetimeFormat(moment, String(constantOf(args[1], "the format", call)), call)}, '')`,
      type: "string",
    };
  },
  format_timespan: (args, call) => {
    const span = convert(argument(args, 0, call), "timespan").sql;
    return {
      sql: `ifNull(${timespanFormat(span, String(constantOf(args[1], "the format", call)), call)}, '')`,
      type: "string",
    };
  },
  totime: define("timespan", ["timespan"], (span) => span),
};
