import { convert } from "../conversion/convert.ts";
import { isNumber } from "../conversion/to-number.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { argument, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const widths: readonly KustoType[] = ["int", "long", "decimal", "real"];

/** The type that takes both: the wider number, else dynamic over anything, else text. */
function common(a: KustoType, b: KustoType): KustoType {
  if (a === b) return a;
  if (isNumber(a) && isNumber(b))
    return widths[Math.max(widths.indexOf(a), widths.indexOf(b))] ?? "real";
  return a === "dynamic" || b === "dynamic" ? "dynamic" : "string";
}

/** The values as ones of a type that they share. */
export function unified(values: readonly SqlValue[]): readonly SqlValue[] {
  const typed = values.filter((value) => value.constant !== null);
  const [first, ...rest] = (typed.length > 0 ? typed : values).map((value) => value.type);
  const type = rest.reduce(common, first ?? "string");
  return values.map((value) => convert(value, type));
}

const nullableOf = (values: readonly SqlValue[]): { nullable?: boolean } =>
  values.every((value) => value.nullable === false) ? { nullable: false } : {};

const iff: Translate = (args, call) => {
  const test = convert(argument(args, 0, call), "bool").sql;
  const values = unified([argument(args, 1, call), argument(args, 2, call)]);
  const [yes, no] = values as [SqlValue, SqlValue];
  return { sql: `if(${test}, ${yes.sql}, ${no.sql})`, type: yes.type, ...nullableOf(values) };
};

const caseOf: Translate = (args, call) => {
  const last = args.length - 1;
  const values = unified(args.filter((_, index) => index % 2 === 1 || index === last));
  const tests = args.filter((_, index) => index % 2 === 0 && index !== last);
  const parts = tests.map((test, index) => `${convert(test, "bool").sql}, ${values[index]?.sql}`);
  const otherwise = values.at(-1) ?? call.fail("no value");
  return {
    sql: `multiIf(${parts.join(", ")}, ${otherwise.sql})`,
    type: otherwise.type,
    ...nullableOf(values),
  };
};

/** The first that is not null; of texts, the first that is not empty. */
const coalesce: Translate = (args, call) => {
  const values = unified(args);
  const [first] = values;
  if (!first) return call.fail("no value");
  if (first.type !== "string" && first.type !== "dynamic")
    return { sql: `coalesce(${values.map((value) => value.sql).join(", ")})`, type: first.type };
  const parts = values.slice(0, -1).map(({ sql }) => `notEmpty(${sql}), ${sql}`);
  const sql = parts.length > 0 ? `multiIf(${parts.join(", ")}, ${values.at(-1)?.sql})` : first.sql;
  return { sql, type: first.type };
};

const extreme =
  (name: "greatest" | "least"): Translate =>
  (args, call) => {
    const plain = args.map((value) => (value.type === "dynamic" ? convert(value, "real") : value));
    const values = unified(plain);
    const type = values[0]?.type ?? call.fail(`no value`);
    return {
      sql: `${name}(${values.map(({ sql }) => sql).join(", ")})`,
      type,
      ...nullableOf(values),
    };
  };

export const conditionalFunctions: ScalarFunctions = {
  iff,
  iif: iff,
  case: caseOf,
  coalesce,
  max_of: extreme("greatest"),
  min_of: extreme("least"),
  not: define("bool", ["bool"], (test) => `not(${test})`),
};
