import { convert } from "../conversion/convert.ts";
import { jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import type { Column, Relation, Source } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { aggregateColumns } from "./summarize.ts";
import { uniquelyNamed } from "../relation/define-columns.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "MakeSeriesOperator", translate: makeSeries },
];

/** More places than this in one series end the query, as they do in Kusto. */
const seriesLengthMax = 1_048_576;

/** Everything on the axis is a number here: ticks of a moment or of a time span, or the number itself. */
interface Axis {
  readonly type: KustoType;
  readonly name: string;
  readonly at: string;
  readonly step: string;
  readonly from: string | null;
  readonly to: string | null;
  /** `in range(a, b, step)` has b itself too. */
  readonly isInclusive: boolean;
}

/**
 * One row for each combination of the keys, with an array for each aggregate and one for the axis
 * (learn.microsoft.com/kusto/query/make-series-operator): first a group for each bin that has rows, then
 * the bins of a series put in their places, the default where there is none.
 */
function makeSeries(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const axis = axisOf(node, input, context);
  const by = optionalChildOf(node, "ByClause");
  const keys = (by ? listOf(by, "Expressions") : []).map((item) => ({
    name: translator.nameOf(item, scope),
    value: translator.scalar(item, scope),
  }));
  const items = listOf(node, "Aggregates");
  const results = items.flatMap((item) =>
    aggregateColumns(childOf(item, "Expression"), scope, translator),
  );
  const defaults = items.map((item) => defaultOf(item, context));
  const named = uniquelyNamed([
    ...keys,
    ...results,
    { name: axis.name, value: { sql: "", type: "dynamic" as const } },
  ]);
  const columns = named.map(({ name, value }, index) =>
    translator.freshColumn(name, index < keys.length ? value.type : "dynamic"),
  );
  const ids = columns.slice(0, keys.length).map(({ id }) => id);
  const [at, low, high, from, to, place] = [
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
  ];
  const rawIds = ids.map(() => translator.freshId());
  const keyed: Source = {
    kind: "select",
    from: input.source,
    passes: true,
    define: new Map([
      ...keys.map(({ value }, index): [string, string] => [rawIds[index] ?? "", value.sql]),
      [at, axis.at],
    ]),
  };
  const bounded = boundedRows(keyed, axis, { at, from: low, to: high, ids: rawIds });
  const binned: Source = {
    kind: "select",
    from: bounded,
    passes: false,
    define: new Map([
      ...ids.map((id, index): [string, string] => [id, rawIds[index] ?? ""]),
      ...results.map(({ value }, index): [string, string] => [
        `${columns[keys.length + index]?.id}`,
        jsonOf(value.sql, value.type),
      ]),
      [from, low],
      [to, high],
      [place, `toInt64(floor((${at} - ${low}) / ${axis.step}))`],
    ]),
    groupBy: [...ids, from, to, place],
  };
  return seriesRows(binned, axis, {
    columns,
    keyCount: keys.length,
    defaults,
    from,
    to,
    place,
    context,
  });
}

const seriesNumber = (value: SqlValue): string => {
  if (value.type === "datetime") return ticksOf(value.sql);
  return value.type === "dynamic" || value.type === "string"
    ? convert(value, "real").sql
    : value.sql;
};

function axisOf(node: SyntaxNode, input: Relation, context: OperatorContext): Axis {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const on = childOf(childOf(node, "OnClause"), "Expression");
  const value = translator.scalar(on, scope);
  const range = childOf(node, "RangeClause");
  const number = (item: SyntaxNode | undefined): string | null =>
    item ? seriesNumber(translator.scalar(item, { row: null, names })) : null;
  const part = (name: string): SyntaxNode | undefined => {
    const clause = optionalChildOf(range, name);
    return clause && childOf(clause, "Expression");
  };
  const listed = optionalChildOf(range, "Arguments");
  const [first, last, width] = listed ? listOf(listed, "Expressions") : [];
  const step = number(width ?? part("MakeSeriesStepClause"));
  if (step === null) return translator.fail(range, "a step is needed here");
  return {
    type: value.type,
    name: translator.nameOf(on, scope) ?? "Column1",
    at: seriesNumber(value),
    step,
    from: number(first ?? part("MakeSeriesFromClause")),
    to: number(last ?? part("MakeSeriesToClause")),
    isInclusive: listed !== undefined,
  };
}

function defaultOf(item: SyntaxNode, { names, translator }: OperatorContext): string {
  const clause = optionalChildOf(item, "DefaultExpression");
  if (!clause) return "'0'";
  const value = translator.scalar(childOf(clause, "Expression"), { row: null, names });
  return jsonOf(value.sql, value.type);
}

interface Bounds {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly ids: readonly string[];
}

/** The rows within the range; where the query names no end, that of the first or last bin of the series. */
function boundedRows(keyed: Source, axis: Axis, { at, from, to, ids }: Bounds): Source {
  const partition = ids.length > 0 ? `PARTITION BY ${ids.join(", ")}` : "";
  const low =
    axis.from ?? `min(intDiv(${at} - positiveModulo(${at}, ${axis.step}), 1)) OVER (${partition})`;
  const high = axis.to ?? `max(${at}) OVER (${partition})`;
  const ends: Source = {
    kind: "select",
    from: keyed,
    passes: true,
    define: new Map([
      [from, low],
      [to, high],
    ]),
    where: [`isNotNull(${at})`],
  };
  const isInclusive = axis.isInclusive || axis.to === null;
  return {
    kind: "select",
    from: ends,
    define: new Map(),
    passes: true,
    where: [`${at} >= ${from}`, `${at} ${isInclusive ? "<=" : "<"} ${to}`],
  };
}

interface SeriesParts {
  readonly columns: readonly Column[];
  readonly keyCount: number;
  readonly defaults: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly place: string;
  readonly context: OperatorContext;
}

function seriesRows(binned: Source, axis: Axis, parts: SeriesParts): Relation {
  const { keyCount, from, to, place, context } = parts;
  const { translator } = context;
  const columns = parts.columns.map((column) => translator.freshColumn(column.name, column.type));
  const isInclusive = axis.isInclusive || axis.to === null;
  const steps = `(any(${to}) - any(${from})) / ${axis.step}`;
  const wanted = isInclusive ? `floor(${steps}) + 1` : `ceil(${steps})`;
  const count = `toUInt64(least(greatest(${wanted}, 0), ${seriesLengthMax}))`;
  const define = new Map<string, string>();
  columns.forEach(({ id }, index) => {
    const old = parts.columns[index]?.id ?? "";
    if (index < keyCount) define.set(id, old);
    else if (index < columns.length - 1)
      define.set(
        id,
        jsonArray(placed(old, place, count, parts.defaults[index - keyCount] ?? "'0'")),
      );
    else define.set(id, jsonArray(`arrayMap(i -> ${axisValue(axis, from)}, range(${count}))`));
  });
  const source: Source = {
    kind: "select",
    from: binned,
    passes: false,
    define,
    groupBy: columns.slice(0, keyCount).map(({ id }) => id),
  };
  const filled: Source = keyCount > 0 ? source : { ...source, having: ["count() > 0"] };
  return { columns, source: filled, order: [] };
}

/** The values in the places of a series: those that are there in order, the rest the default. */
function placed(value: string, place: string, count: string, absent: string): string {
  const found = `mapFromArrays(groupArray(${place}), groupArray(${value}))`;
  return `arrayMap(i -> if(mapContains(${found}, toInt64(i)), ${found}[toInt64(i)], ${absent}), range(${count}))`;
}

function axisValue(axis: Axis, from: string): string {
  const at = `any(${from}) + i * ${axis.step}`;
  if (axis.type === "datetime") return jsonOf(momentOf(at), "datetime");
  return jsonOf(
    axis.type === "timespan" ? `toInt64(${at})` : `(${at})`,
    axis.type === "timespan" ? "timespan" : "real",
  );
}
