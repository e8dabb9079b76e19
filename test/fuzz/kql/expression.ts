// Expressions of KQL by chance.
import type { Random } from "../../../bench/inspection/random.ts";
import { type KustoType, kustoTypes } from "../../../src/query/sql-value.ts";
import type { FuzzFunction } from "./symbols.ts";

export interface FuzzColumn {
  readonly name: string;
  readonly type: KustoType;
}

export interface Ground {
  readonly random: Random;
  readonly columns: readonly FuzzColumn[];
  readonly functions: readonly FuzzFunction[];
}

const literals: Readonly<Record<KustoType, readonly string[]>> = {
  string: [
    '""',
    '"10.0.0.4"',
    "'a|b c/d'",
    '"2026-11-20T10:00:00Z"',
    '"[1,\\"x\\"]"',
    '"7"',
    "'é\\\\\\''",
  ],
  long: ["0", "1", "-1", "42", "long(null)", "9223372036854775807", "1000000"],
  int: ["int(0)", "int(7)", "int(-2147483648)", "int(null)"],
  real: ["0.0", "1.5", "-2.25", "real(null)", "real(nan)", "real(+inf)", "1e300"],
  decimal: ["decimal(0)", "decimal(1.25)", "decimal(null)"],
  bool: ["true", "false", "bool(null)"],
  datetime: [
    "datetime(2026-11-20 13:37:42.5)",
    "datetime(1970-01-01)",
    "now()",
    "ago(1d)",
    "datetime(null)",
  ],
  timespan: ["1h", "0s", "-90m", "1.5d", "1tick", "timespan(null)"],
  guid: ["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(null)"],
  dynamic: [
    "dynamic([1,2,3])",
    'dynamic(["a","10.0.0.0/8"])',
    'dynamic({"a":{"b":[1,null]},"c":"x"})',
    "dynamic(null)",
    "dynamic([])",
    'dynamic("text")',
    "dynamic(3.5)",
  ],
};

const operators: Readonly<Record<KustoType, readonly string[]>> = {
  string: [
    "strcat(#string, #any)",
    "tostring(#any)",
    "iff(#bool, #string, #string)",
    "#dynamic.a.b",
    "case(#bool, #string, #bool, #string, #string)",
    "split(#string, '/')[0]",
  ],
  long: [
    "(#long + #long)",
    "(#long - #int)",
    "(#long * #long)",
    "(#long / #long)",
    "(#long % #long)",
    "tolong(#any)",
    "iff(#bool, #long, #long)",
    "bin(#long, 5)",
    "array_length(#dynamic)",
  ],
  int: ["toint(#any)", "int(3)", "(#int + #int)"],
  real: [
    "(#real + #long)",
    "(#real / #real)",
    "(#timespan / #timespan)",
    "todouble(#any)",
    "round(#real, 2)",
    "(#real * #int)",
  ],
  decimal: ["todecimal(#any)", "(#decimal + #long)"],
  bool: [
    "(#long > #long)",
    "(#string == #string)",
    "(#string has #string)",
    "(#string !contains #string)",
    "(#string in (#string, #string))",
    "(#string =~ #string)",
    "(#bool and #bool)",
    "(#bool or not(#bool))",
    "(#datetime between (#datetime .. #datetime))",
    "(#datetime < #datetime)",
    "isnull(#any)",
    "isempty(#any)",
    "(#dynamic == #string)",
    "(#real >= #long)",
    "(#timespan != #timespan)",
    "(#long in (#dynamic))",
    "(#string startswith #string)",
    "(#string matches regex '^[a-z]+')",
    "(#dynamic has #string)",
    "(#string has_any (#dynamic))",
  ],
  datetime: [
    "(#datetime + #timespan)",
    "bin(#datetime, 1h)",
    "todatetime(#any)",
    "startofday(#datetime)",
    "datetime_add('day', #long, #datetime)",
    "max_of(#datetime, #datetime)",
  ],
  timespan: [
    "(#datetime - #datetime)",
    "(#timespan + #timespan)",
    "(#timespan * #long)",
    "totimespan(#any)",
    "bin(#timespan, 1h)",
  ],
  guid: ["toguid(#any)"],
  dynamic: [
    "todynamic(#string)",
    "pack_array(#any, #any)",
    "pack('a', #any, 'b', #any)",
    "split(#string, ' ')",
    "#dynamic[0]",
    "#dynamic['a']",
    "#dynamic.c",
    "array_concat(#dynamic, #dynamic)",
    "#dynamic[-1]",
    "iff(#bool, #dynamic, #dynamic)",
  ],
};

const functionChance = 3;

/** An expression that should be of this type; the binder says whether it is. */
export function expressionOf(ground: Ground, type: KustoType, depth: number): string {
  const { random, columns, functions } = ground;
  const known = columns.filter((column) => column.type === type);
  if (depth <= 0 || random.below(4) === 0)
    return known.length > 0 && random.below(4) > 0
      ? pick(random, known).name
      : pick(random, literals[type]);
  if (random.below(functionChance) > 0) {
    const fitting = functions.filter(({ returns }) => returns === type || returns === null);
    if (fitting.length > 0) return callOf(ground, pick(random, fitting), depth - 1);
  }
  return filled(ground, pick(random, operators[type]), depth - 1);
}

/** A call with arguments as the function's symbol says. */
export function callOf(ground: Ground, called: FuzzFunction, depth: number): string {
  const { random } = ground;
  const { name, parameters, argumentCountMin, argumentCountMax } = called;
  const count = argumentCountMin + random.below(argumentCountMax - argumentCountMin + 1);
  const values = Array.from({ length: count }, (_, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    if (!parameter) return "1";
    if (parameter.values.length > 0) return `"${pick(random, parameter.values)}"`;
    const type = pick(random, parameter.types);
    return parameter.isConstant ? pick(random, literals[type]) : expressionOf(ground, type, depth);
  });
  return `${name}(${values.join(", ")})`;
}

const isType = (text: string): text is KustoType =>
  (kustoTypes as readonly string[]).includes(text);

/** The pattern with an expression for each `#type`. */
export function filled(ground: Ground, pattern: string, depth: number): string {
  return pattern.replaceAll(/#(\w+)/g, (_, word: string) =>
    expressionOf(ground, isType(word) ? word : pick(ground.random, kustoTypes), depth),
  );
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}
