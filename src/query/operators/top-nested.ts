import { expressionName } from "../column-names.ts";
import { convert } from "../conversion/convert.ts";
import { columnValue, suffixed } from "../relation/define-columns.ts";
import type { Column, Relation, Source } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf, tokenOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "TopNestedOperator", translate: topNested },
];

/** One `top-nested N of x with others = "..." by aggregate`. */
interface Level {
  readonly value: Column;
  readonly valueSql: string;
  readonly result: Column;
  readonly resultSql: string;
  /** Null where all values are kept. */
  readonly count: string | null;
  readonly ascending: boolean;
  /** What stands for the values that are left out; null where those rows are dropped. */
  readonly others: string | null;
  /** How the results of several values are put together into that of the others. */
  readonly combine: string;
}

/**
 * Each level keeps the best values within those of the level above
 * (learn.microsoft.com/kusto/query/top-nested-operator). The table is read once, grouped by the values of
 * the first level, of the first two, and so on; all that follows works on those groups.
 */
function topNested(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const levels = listOf(node, "Clauses").map((clause) => levelOf(clause, input, context));
  const { translator } = context;
  const fresh = (): string => translator.freshId();
  const depth = fresh();
  const grouped = groupedByLevels(input.source, levels, depth);
  const kept = levels.map(fresh);
  const ranked = select(grouped, [[fresh(), "1"], ...rankings(levels, depth, kept)]);
  const chosen = levels.map(fresh);
  const chosenBy = levels.map((_, index): [string, string] => [
    chosen[index] ?? "",
    `maxIf(${kept[index]}, ${depth} = ${index + 1}) OVER (PARTITION BY ${pathOf(levels, index, depth)})`,
  ]);
  const marked = select(ranked, chosenBy);
  const labelPaths = levels.map(fresh);
  const labelled = select(
    marked,
    labelsOf(levels, chosen, labelPaths),
    dropsOf(levels, chosen, depth),
  );
  const taken = new Set<string>();
  const renamed = ({ name, type }: Column): Column => {
    const chosenName = suffixed(name, taken);
    taken.add(chosenName);
    return translator.freshColumn(chosenName, type);
  };
  const pairs = levels.map((level) => [renamed(level.value), renamed(level.result)] as const);
  const values = pairs.map(([value]) => value);
  const results = pairs.map(([, result]) => result);
  const combined = select(labelled, [
    ...levels.map((_, index): [string, string] => [
      values[index]?.id ?? "",
      labelSql(levels, index, chosen),
    ]),
    ...levels.map((level, index): [string, string] => [
      results[index]?.id ?? "",
      resultSql(level, index, { depth, chosen, levels, labelPaths }),
    ]),
  ]);
  const source: Source = {
    kind: "select",
    from: combined,
    define: new Map(),
    passes: true,
    where: [`${depth} = ${levels.length}`],
    limitBy: { count: "1", by: [labelPaths.at(-1) ?? "1"] },
  };
  return { columns: pairs.flat(), source, order: [] };
}

const select = (
  from: Source,
  define: readonly (readonly [string, string])[],
  where: readonly string[] = [],
): Source => ({
  kind: "select",
  from,
  define: new Map(define),
  passes: true,
  ...(where.length > 0 ? { where } : {}),
});

const combinations: Readonly<Record<string, string>> = {
  count: "sum",
  countif: "sum",
  sum: "sum",
  sumif: "sum",
  max: "max",
  maxif: "max",
  min: "min",
  minif: "min",
};

function levelOf(clause: SyntaxNode, input: Relation, context: OperatorContext): Level {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const of = childOf(clause, "OfExpression");
  const value = translator.scalar(of, scope);
  const name = translator.nameOf(of, scope) ?? "Column1";
  const by = childOf(clause, "ByExpression");
  const ordering = by.kind === "OrderedExpression" ? optionalChildOf(by, "Ordering") : undefined;
  const expression = by.kind === "OrderedExpression" ? childOf(by, "Expression") : by;
  const inner =
    expression.kind === "SimpleNamedExpression" ? childOf(expression, "Expression") : expression;
  const [result] = translator.aggregate(inner, scope);
  if (!result) return translator.fail(by, "an aggregate is needed here");
  const given =
    expression.kind === "SimpleNamedExpression" ? expressionName(expression, scope) : null;
  const count = optionalChildOf(clause, "Expression");
  const others = optionalChildOf(clause, "WithOthersClause");
  const combine =
    inner.kind === "FunctionCallExpression"
      ? combinations[childOf(inner, "Name").name ?? ""]
      : undefined;
  if (others && !combine)
    return translator.unsupported(by, "top-nested with others by this aggregate");
  const label =
    others && convert(translator.scalar(childOf(others, "Expression"), scope), value.type).sql;
  return {
    value: translator.freshColumn(name, value.type),
    valueSql: value.sql,
    result: translator.freshColumn(given ?? `aggregated_${name}`, result.value.type),
    resultSql: result.value.sql,
    count: count ? translator.scalar(count, { row: null, names }).sql : null,
    ascending: ordering ? tokenOf(ordering, "AscOrDescKeyword") === "asc" : false,
    others: label ?? null,
    combine: combine ?? "any",
  };
}

function groupedByLevels(from: Source, levels: readonly Level[], depth: string): Source {
  const ids = levels.map(({ value }) => value.id);
  const sets = ids.map((_, index) => `(${ids.slice(0, index + 1).join(", ")})`);
  const level = `toUInt8(${ids.length} - bitCount(grouping(${ids.join(", ")})))`;
  return {
    kind: "select",
    from,
    passes: false,
    define: new Map([
      ...levels.flatMap(
        ({ value, valueSql, result, resultSql: sql }, index): [string, string][] => [
          [value.id, keyOf(valueSql, index)],
          [result.id, sql],
        ],
      ),
      [depth, level],
    ]),
    groupBy: [`GROUPING SETS (${sets.join(", ")})`],
  };
}

/** ClickHouse counts no constant among the keys of its groups, and keys that are the same expression as one. */
const keyOf = (sql: string, index: number): string =>
  `${"materialize(".repeat(index + 1)}${sql}${")".repeat(index + 1)}`;

/** The values from the first level to this one as a text; of rows of a level above only what they have. */
function pathOf(levels: readonly Level[], index: number, depth: string): string {
  const parts = levels.slice(0, index + 1).map(({ value }) => `toJSONString(tuple(${value.id}))`);
  return `if(${depth} > ${index}, concat('', ${parts.join(", ")}), '')`;
}

/** Whether a group of each level is among the best of its parent. */
function rankings(
  levels: readonly Level[],
  depth: string,
  kept: readonly string[],
): [string, string][] {
  return levels.map(({ result, count, ascending }, index) => {
    const parent = index === 0 ? "''" : pathOf(levels, index - 1, depth);
    const order = `ORDER BY ${result.id} ${ascending ? "ASC" : "DESC"} NULLS LAST`;
    const rank = `row_number() OVER (PARTITION BY ${depth}, ${parent} ${order})`;
    const isBest = count === null ? "1" : `${rank} <= ${count}`;
    return [kept[index] ?? "", `toUInt8(${depth} = ${index + 1} AND ${isBest})`];
  });
}

const allChosen = (chosen: readonly string[], index: number): string =>
  chosen
    .slice(0, index + 1)
    .map((id) => `${id} = 1`)
    .join(" AND ");

function labelsOf(
  levels: readonly Level[],
  chosen: readonly string[],
  labelPaths: readonly string[],
): [string, string][] {
  return levels.map((_, index) => {
    const parts = levels
      .slice(0, index + 1)
      .map(
        ({ value }, at) =>
          `if(${allChosen(chosen, at)}, toJSONString(tuple(${value.id})), 'others')`,
      );
    return [labelPaths[index] ?? "", `concat('', ${parts.join(", ',', ")})`];
  });
}

/** Rows go whose first value that is not among the best has no others to go to. */
function dropsOf(levels: readonly Level[], chosen: readonly string[], depth: string): string[] {
  return levels.flatMap(({ others }, index) => {
    if (others !== null) return [];
    const above = index === 0 ? "true" : `(${allChosen(chosen, index - 1)})`;
    return [`NOT (${depth} > ${index} AND ${above} AND ${chosen[index]} = 0)`];
  });
}

function labelSql(levels: readonly Level[], index: number, chosen: readonly string[]): string {
  const level = levels[index];
  if (!level) return "NULL";
  const empty = level.value.type === "string" || level.value.type === "dynamic" ? "''" : "NULL";
  return `if(${allChosen(chosen, index)}, ${columnValue(level.value).sql}, ${level.others ?? empty})`;
}

interface Places {
  readonly depth: string;
  readonly chosen: readonly string[];
  readonly levels: readonly Level[];
  readonly labelPaths: readonly string[];
}

/** The level's result, that of the others put together; null below others that this level does not have. */
function resultSql(level: Level, index: number, { depth, chosen, labelPaths }: Places): string {
  const isText = level.result.type === "string" || level.result.type === "dynamic";
  const nullable = isText ? level.result.id : `toNullable(${level.result.id})`;
  const sql = `${level.combine}If(${nullable}, ${depth} = ${index + 1}) OVER (PARTITION BY ${labelPaths[index]})`;
  return level.others === null
    ? `if(${allChosen(chosen, index)}, ${sql}, ${isText ? "''" : "NULL"})`
    : sql;
}
