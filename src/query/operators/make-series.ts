import { convert } from "../conversion/convert.ts";
import { jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { epochTicks, momentOf, ticksOf } from "../conversion/ticks.ts";
import { columnValue, uniquelyNamed } from "../relation/define-columns.ts";
import { grouped } from "../relation/partition.ts";
import { filtered } from "../relation/relation.ts";
import type { Relation, Source } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import {
  childOf,
  listOf,
  optionalChildOf,
  parametersOf,
  parameterText,
} from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { aggregateColumns } from "./summarize.ts";

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
  /** Whether places are counted in whole numbers, without a fraction that could be rounded. */
  readonly isWhole: boolean;
  /** The first place; rows count from `least` on. */
  readonly from: string | null;
  readonly least: string | null;
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
  const axisValue = { name: axis.name, value: { sql: "", type: "dynamic" as const } };
  const named = uniquelyNamed([...keys, ...results, axisValue]);
  const place = { name: "", value: { sql: placeOf(axis), type: "long" as const, nullable: false } };
  const texts = named.slice(keys.length, -1).map(({ name, value }) => ({
    name,
    value: { sql: jsonOf(value.sql, value.type), type: "dynamic" as const },
  }));
  const bins = grouped(
    filtered(input, boundsOf(axis)),
    [...named.slice(0, keys.length), place],
    texts,
    translator,
  );
  const kind = parameterText(parametersOf(node).get("kind"));
  return seriesRows(bins, axis, {
    isNonEmpty: kind === "nonempty" && keys.length === 0 && axis.from !== null && axis.to !== null,
    keyCount: keys.length,
    name: named.at(-1)?.name ?? "",
    defaults: items.map((item) => defaultOf(item, context)),
    context,
  });
}

const seriesNumber = (value: SqlValue): string => {
  if (value.type === "datetime") return ticksOf(value.sql);
  return value.type === "dynamic" || value.type === "string"
    ? convert(value, "real").sql
    : value.sql;
};

const wholeTypes: ReadonlySet<KustoType> = new Set(["datetime", "timespan", "long", "int"]);

function axisOf(node: SyntaxNode, input: Relation, context: OperatorContext): Axis {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const on = childOf(childOf(node, "OnClause"), "Expression");
  const value = translator.scalar(on, scope);
  const range = childOf(node, "RangeClause");
  const read = (item: SyntaxNode | undefined): SqlValue | null =>
    item ? translator.scalar(item, { row: null, names }) : null;
  const part = (name: string): SyntaxNode | undefined => {
    const clause = optionalChildOf(range, name);
    return clause && childOf(clause, "Expression");
  };
  const listed = optionalChildOf(range, "Arguments");
  const [first, last, width] = listed ? listOf(listed, "Expressions") : [];
  const step = read(width ?? part("MakeSeriesStepClause"));
  if (step === null) return translator.fail(range, "a step is needed here");
  const from = read(first ?? part("MakeSeriesFromClause"));
  const to = read(last ?? part("MakeSeriesToClause"));
  const isWhole = [value, step, from ?? value].every(({ type }) => wholeTypes.has(type));
  const least = from && seriesNumber(from);
  const binned = { type: value.type, step: seriesNumber(step), isWhole };
  return {
    ...binned,
    name: translator.nameOf(on, scope) ?? "Column1",
    at: seriesNumber(value),
    least,
    // Its places are those of bin(), so that its beginning may lie between two of them.
    from: least !== null && listed ? binStart(least, binned) : least,
    to: to && seriesNumber(to),
    isInclusive: listed !== undefined,
  };
}

function binStart(at: string, { type, step, isWhole }: Pick<Axis, "type" | "step" | "isWhole">) {
  const since = type === "datetime" ? `(${at} + ${epochTicks})` : at;
  return isWhole
    ? `(${at} - positiveModulo(${since}, ${step}))`
    : `(floor(${at} / ${step}) * ${step})`;
}

function defaultOf(item: SyntaxNode, { names, translator }: OperatorContext): string {
  const clause = optionalChildOf(item, "DefaultExpression");
  if (!clause) return "'0'";
  const value = translator.scalar(childOf(clause, "Expression"), { row: null, names });
  return jsonOf(value.sql, value.type);
}

/** Only rows within the range make bins. */
function boundsOf({ at, least, to, isInclusive }: Axis): string[] {
  return [
    `isNotNull(${at})`,
    ...(least === null ? [] : [`${at} >= ${least}`]),
    ...(to === null ? [] : [`${at} ${isInclusive ? "<=" : "<"} ${to}`]),
  ];
}

/** Where places are counted from: the range's beginning, else where bin() counts from. */
const originOf = ({ from, type }: Axis): string =>
  from ?? (type === "datetime" ? `(-${epochTicks})` : "0");

function placeOf(axis: Axis): string {
  const { at, step, isWhole } = axis;
  const distance = `(${at} - ${originOf(axis)})`;
  return isWhole
    ? `assumeNotNull(intDiv(${distance} - positiveModulo(${distance}, ${step}), ${step}))`
    : `assumeNotNull(toInt64(floor(${distance} / ${step})))`;
}

interface SeriesParts {
  /** Whether there is a series of defaults where there is no row. */
  readonly isNonEmpty: boolean;
  readonly keyCount: number;
  /** Of the column of the axis. */
  readonly name: string;
  readonly defaults: readonly string[];
  readonly context: OperatorContext;
}

/** Puts the bins of each series in their places. */
function seriesRows(bins: Relation, axis: Axis, parts: SeriesParts): Relation {
  const { keyCount, defaults } = parts;
  const { translator } = parts.context;
  const keys = bins.columns.slice(0, keyCount);
  const place = bins.columns[keyCount]?.id ?? "";
  const [low, high] = [translator.freshId(), translator.freshId()];
  const partition = keys.length > 0 ? `PARTITION BY ${keys.map(({ id }) => id).join(", ")}` : "";
  const ends = new Map([
    [low, axis.from === null ? `min(${place}) OVER (${partition})` : "toInt64(0)"],
    [high, axis.to === null ? `max(${place}) OVER (${partition})` : "toInt64(0)"],
  ]);
  const source: Source = { kind: "select", from: bins.source, define: ends, passes: true };
  // Known ends make a constant axis, which is written once for all series.
  const start = axis.from ?? `(${originOf(axis)} + any(${low}) * ${axis.step})`;
  const steps =
    axis.to === null ? `any(${high}) - any(${low})` : `(${axis.to} - ${start}) / ${axis.step}`;
  const isInclusive = axis.isInclusive || axis.to === null;
  const wanted = isInclusive ? `floor(${steps}) + 1` : `ceil(${steps})`;
  const count = `toUInt64(least(greatest(assumeNotNull(${wanted}), 0), ${seriesLengthMax}))`;
  const values = bins.columns.slice(keyCount + 1).map(({ name, id }, index) => {
    const found = `groupArrayInsertAt('')(${id}, toUInt32(least(${place} - ${low}, ${seriesLengthMax})))`;
    const absent = defaults[index] ?? "'0'";
    const all = `arrayMap(v -> if(v = '', ${absent}, v), arrayResize(${found}, ${count}, ''))`;
    return { name, value: { sql: jsonArray(all), type: "dynamic" as const } };
  });
  const places = jsonArray(
    `arrayMap(i -> ${axisJson(axis, "i")}, arrayMap(n -> ${start} + n * ${axis.step}, range(${count})))`,
  );
  const made = grouped(
    { ...bins, source },
    keys.map((column) => ({ name: column.name, value: columnValue(column) })),
    [...values, { name: parts.name, value: { sql: places, type: "dynamic" as const } }],
    translator,
  );
  if (keyCount > 0 || parts.isNonEmpty || made.source.kind !== "select") return made;
  return { ...made, source: { ...made.source, having: ["count() > 0"] } };
}

/** A place of the axis within JSON. */
function axisJson({ type, isWhole }: Axis, at: string): string {
  if (type === "datetime") return jsonOf(momentOf(at), "datetime");
  if (type === "timespan") return jsonOf(`toInt64(${at})`, "timespan");
  return isWhole ? jsonOf(`toInt64(${at})`, "long") : jsonOf(`toFloat64(${at})`, "real");
}
