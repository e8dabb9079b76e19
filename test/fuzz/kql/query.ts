// Stages of queries by chance.
import { callOf, expressionOf, filled, type Ground, pick } from "./expression.ts";
import { type KustoType, kustoTypes } from "../../../src/query/sql-value.ts";
import type { FuzzFunction } from "./symbols.ts";

export const sources = [
  "Flows",
  "Flows | where isnotempty(SrcIp)",
  "Values",
  "datatable(k:string, n:long, d:dynamic, t:datetime)['a', 1, dynamic([1,2]), datetime(2026-11-20), '', long(null), dynamic(null), datetime(null)]",
  "range n from 1 to 5 step 1",
  'print k = "x", n = 1, s = 2h',
  "union withsource = Table Flows, Values",
  "Flows | summarize n = count(), b = sum(Bytes), times = make_list(Start), ips = make_set(SrcIp) by Kind, bin(Start, 1h)",
];

const anyType = (ground: Ground): KustoType => pick(ground.random, kustoTypes);
const any = (ground: Ground): string => expressionOf(ground, anyType(ground), 2);
const column = (ground: Ground): string => pick(ground.random, ground.columns).name;
const columnOf = (ground: Ground, ...types: KustoType[]): string => {
  const known = ground.columns.filter(({ type }) => types.includes(type));
  return known.length > 0
    ? pick(ground.random, known).name
    : expressionOf(ground, pick(ground.random, types), 1);
};

const freshNamesMax = 1_000;
const fresh = ({ random }: Ground): string => `x${random.below(freshNamesMax)}`;
const order = (ground: Ground): string =>
  `${column(ground)} ${pick(ground.random, ["asc", "desc", "", "asc nulls last", "desc nulls first"])}`;

type Stage = (ground: Ground, aggregates: readonly FuzzFunction[]) => string;

const aggregate: (ground: Ground, aggregates: readonly FuzzFunction[]) => string = (
  ground,
  aggregates,
) => callOf(ground, pick(ground.random, aggregates), 1);

const stages: readonly Stage[] = [
  (ground) => `where ${expressionOf(ground, "bool", 3)}`,
  (ground) => `extend ${fresh(ground)} = ${any(ground)}, ${column(ground)} = ${any(ground)}`,
  (ground) => `extend ${any(ground)}`,
  (ground) =>
    `extend ${fresh(ground)} = ${callOf(ground, pick(ground.random, ground.functions), 2)}`,
  (ground) =>
    `extend ${fresh(ground)} = ${callOf(ground, pick(ground.random, ground.functions), 1)}`,
  (ground) => `project ${column(ground)}, ${fresh(ground)} = ${any(ground)}, ${any(ground)}`,
  (ground) => `project-away ${column(ground)}`,
  (ground) => `project-rename ${fresh(ground)} = ${column(ground)}`,
  (ground) => `project-reorder ${column(ground)}, * asc`,
  (ground, aggregates) =>
    `summarize ${aggregate(ground, aggregates)}, ${fresh(ground)} = ${aggregate(ground, aggregates)} by ${column(ground)}, ${fresh(ground)} = ${any(ground)}`,
  (ground, aggregates) =>
    `summarize ${fresh(ground)} = ${aggregate(ground, aggregates)} by bin(${columnOf(ground, "datetime")}, 1h)`,
  (ground, aggregates) => `summarize ${aggregate(ground, aggregates)}`,
  (ground) => `summarize by ${column(ground)}`,
  (ground) => `summarize arg_max(${column(ground)}, *) by ${column(ground)}`,
  (ground) => `distinct ${column(ground)}, ${column(ground)}`,
  () => "distinct *",
  (ground) => `sort by ${order(ground)}, ${order(ground)}`,
  (ground) => `top ${1 + ground.random.below(5)} by ${order(ground)}`,
  () => "take 5",
  () => "count",
  (ground) => `mv-expand ${column(ground)}`,
  (ground) =>
    `mv-expand ${fresh(ground)} = ${columnOf(ground, "dynamic")} to typeof(${pick(ground.random, ["string", "long", "real", "datetime", "dynamic"])})`,
  (ground) => `mv-expand with_itemindex = ${fresh(ground)} ${columnOf(ground, "dynamic")} limit 3`,
  (ground) =>
    `mv-apply ${fresh(ground)} = ${columnOf(ground, "dynamic")} to typeof(string) on (summarize ${fresh(ground)} = count())`,
  joined,
  (ground) =>
    `join kind=leftouter (Values | take 3) on $left.${columnOf(ground, "string")} == $right.s`,
  (ground) =>
    `lookup (Values | project ${columnOf(ground, "string")} = s, v = n) on ${columnOf(ground, "string")}`,
  () => "union (Flows | take 2)",
  () => "union kind=outer Values",
  (ground) =>
    `top-nested 3 of ${column(ground)} by ${fresh(ground)} = count(), top-nested 2 of ${column(ground)} by ${fresh(ground)} = max(${columnOf(ground, "long", "real", "datetime")})`,
  (ground) =>
    `top-nested 2 of ${column(ground)} with others = "rest" by ${fresh(ground)} = sum(${columnOf(ground, "long", "real")})`,
  (ground) =>
    `extend At = ${columnOf(ground, "datetime")} | make-series ${fresh(ground)} = count() default = 0 on At from datetime(2026-11-20) to datetime(2026-11-21) step 3h by ${column(ground)}`,
  (ground) =>
    `serialize ${fresh(ground)} = row_number(), ${fresh(ground)} = prev(${column(ground)}), ${fresh(ground)} = next(${column(ground)}, 2)`,
  (ground) =>
    `parse ${columnOf(ground, "string")} with ${fresh(ground)}:long "|" ${fresh(ground)} "/" *`,
  (ground) => `as ${fresh(ground)}`,
  (ground) => `search ${pick(ground.random, ['"10.0"', '"a" or "b"', 'Kind:"x"'])}`,
  (ground) => `partition by ${column(ground)} (top 1 by ${column(ground)})`,
  () => "getschema",
  (ground) => `evaluate bag_unpack(${columnOf(ground, "dynamic")})`,
  (ground) => filled(ground, "where #bool | extend f = #any", 3),
];

function joined(ground: Ground): string {
  const kind = pick(ground.random, [
    "",
    "inner",
    "innerunique",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftanti",
    "rightanti",
    "leftsemi",
    "rightsemi",
  ]);
  const other = pick(ground.random, [
    "(Flows | take 4)",
    "(Flows | summarize n = count() by SrcIp, Kind)",
    "Flows",
  ]);
  const name = pick(ground.random, ["SrcIp", "Kind", "Port"]);
  return `join ${kind === "" ? "" : `kind=${kind} `}${other} on ${name}`;
}

/** One stage more; whether it fits is the binder's to say. */
export function stageOf(ground: Ground, aggregates: readonly FuzzFunction[]): string {
  return pick(ground.random, stages)(ground, aggregates);
}
