import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { ticksOf } from "../conversion/ticks.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const real = (name: string): Translate =>
  define("real", ["real"], (...args) => `${name}(${args.join(", ")})`);

/** The function for whole numbers and for others; the result has the argument's type. */
const sameType =
  (body: (sql: string) => string): Translate =>
  (args, call) => {
    const value = argument(args, 0, call);
    const number =
      value.type === "dynamic" || value.type === "string" ? convert(value, "real") : value;
    return { sql: castTo(body(number.sql), number.type), type: number.type };
  };

const castTo = (sql: string, type: KustoType): string =>
  type === "long" || type === "timespan"
    ? `toInt64(${sql})`
    : type === "int"
      ? `toInt32(${sql})`
      : sql;

/** Halves go away from zero; ClickHouse's own rounds them to even. */
const round = (value: string, precision?: string): string =>
  bind(value, (number) => {
    if (precision === undefined || precision === "toInt64(0)")
      return `sign(${number}) * floor(abs(${number}) + 0.5)`;
    return bind(
      `exp10(${precision})`,
      (scale) => `sign(${number}) * floor(abs(${number}) * ${scale} + 0.5) / ${scale}`,
    );
  });

/** A number keeps its type, whole ones too. */
const roundTyped: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const { type } = value;
  if ((type === "long" || type === "int") && args.length === 1) return value;
  const rounded: SqlValue = roundReal(args, call);
  return type === "long" || type === "int" || type === "decimal" ? convert(rounded, type) : rounded;
};

const roundReal = define("real", ["real", "long"], round);

const absolute = sameType((value) => `abs(${value})`);

const units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"] as const;

/** Bytes in the largest unit that gives at least one (learn.microsoft.com/kusto/query/format-bytes-function). */
const formatBytes: Translate = (args, call) => {
  const size = convert(argument(args, 0, call), "real").sql;
  const precision = args[1] ? convert(args[1], "long").sql : "toInt64(0)";
  const wanted = args[2] ? String(constantOf(args[2], "the unit", call)) : "";
  const inUnit = (value: string, unit: number): string =>
    `concat(toString(${round(`${value} / ${1024 ** unit}`, precision)}), ' ${units[unit]}')`;
  const fixed = units.findIndex((unit) => unit === wanted.toUpperCase());
  const sql = bind(size, (value) => {
    if (fixed >= 0) return inUnit(value, fixed);
    const steps = units
      .slice(1)
      .map((_, index) => `abs(${value}) < ${1024 ** (index + 1)}, ${inUnit(value, index)}`);
    return `multiIf(${steps.join(", ")}, ${inUnit(value, units.length - 1)})`;
  });
  return { sql: `ifNull(${sql}, '')`, type: "string" };
};

const bits = (name: string): Translate =>
  define("long", ["long", "long"], (...args) => `${name}(${args.join(", ")})`);

/** Shifts by more than there are bits give nothing; the shift is counted modulo 64 by Kusto. */
const shift = (name: string): Translate =>
  define("long", ["long", "long"], (value, count) => `${name}(${value}, ${count})`);

const rand: Translate = (args) => {
  const [bound] = args;
  if (!bound) return { sql: "randCanonical()", type: "real", nullable: false };
  return { sql: `toFloat64(floor(randCanonical() * ${convert(bound, "real").sql}))`, type: "real" };
};

const constant = (sql: string, type: KustoType): SqlValue => ({ sql, type, nullable: false });

const around: Translate = (args, call) => {
  const numbers = [0, 1, 2].map((index) => {
    const value = argument(args, index, call);
    return value.type === "datetime" ? ticksOf(value.sql) : value.sql;
  });
  const [value, center, delta] = numbers;
  return { sql: `abs(${value} - ${center}) <= ${delta}`, type: "bool" };
};

export const numberFunctions: ScalarFunctions = {
  abs: (args, call) => {
    const value = argument(args, 0, call);
    return absolute([value.type === "int" ? convert(value, "long") : value], call);
  },
  sign: define("real", ["real"], (value) => `toFloat64(sign(${value}))`),
  ceiling: sameType((value) => `ceil(${value})`),
  round: roundTyped,
  sqrt: define("real", ["real"], (value) => bind(value, (x) => `if(${x} < 0, NULL, sqrt(${x}))`)),
  pow: real("pow"),
  exp: real("exp"),
  exp2: real("exp2"),
  exp10: real("exp10"),
  log: real("log"),
  log2: real("log2"),
  log10: real("log10"),
  loggamma: real("lgamma"),
  gamma: real("tgamma"),
  erf: real("erf"),
  erfc: real("erfc"),
  pi: () => constant("pi()", "real"),
  sin: real("sin"),
  cos: real("cos"),
  tan: real("tan"),
  asin: real("asin"),
  acos: real("acos"),
  atan: real("atan"),
  atan2: real("atan2"),
  cot: define("real", ["real"], (x) => `1 / tan(${x})`),
  degrees: real("degrees"),
  radians: real("radians"),
  isnan: define("bool", ["real"], (x) => `CAST(isNaN(${x}), 'Nullable(Bool)')`),
  isinf: define("bool", ["real"], (x) => `CAST(isInfinite(${x}), 'Nullable(Bool)')`),
  isfinite: define("bool", ["real"], (x) => `CAST(isFinite(${x}), 'Nullable(Bool)')`),
  binary_and: bits("bitAnd"),
  binary_or: bits("bitOr"),
  binary_xor: bits("bitXor"),
  binary_not: bits("bitNot"),
  binary_shift_left: shift("bitShiftLeft"),
  binary_shift_right: shift("bitShiftRight"),
  bitset_count_ones: define("long", ["long"], (x) => `toInt64(bitCount(${x}))`),
  format_bytes: formatBytes,
  around,
  rand,
  new_guid: () => constant("generateUUIDv4()", "guid"),
};
