import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { dynamicArray, elementsOf, jsonOf, numberJson } from "../conversion/to-dynamic.ts";
import type { SqlValue } from "../sql-value.ts";
import { argument, constantOf } from "./scalar-function.ts";
import { filterFunctions } from "./series-filters.ts";
import { dynamicSeriesFunctions } from "./series-statistics.ts";
import { numbersOf, realSeries, seriesAt } from "./series-values.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

/**
 * How a result is written: sums of whole numbers stay whole, quotients and what is measured do not
 * (the examples of learn.microsoft.com/kusto/query/series-add-function and series-divide-function).
 */
type Kind = "real" | "bool" | "as given";

/** Whether a series or number has a point or an exponent anywhere. */
const hasReals = (value: SqlValue): string =>
  value.type === "dynamic" ? `match(${value.sql}, '[.eE]')` : String(value.type === "real");

function elementJson(sql: string, kind: Kind, sources: readonly SqlValue[]): string {
  if (kind !== "as given") return jsonOf(sql, kind);
  const plain = numberJson(sql);
  return `if(${sources.map(hasReals).join(" OR ")}, ${jsonOf(sql, "real")}, ${plain})`;
}

/** Element by element; a plain number stands for a series of that number, and the longer series is cut to null. */
const both =
  (body: (left: string, right: string) => string, kind: Kind = "real"): Translate =>
  (args, call) => {
    const [left, right] = [argument(args, 0, call), argument(args, 1, call)];
    const size = [left, right].find(({ type }) => type === "dynamic");
    if (!size) return call.fail(`a series is needed`);
    const length = `JSONLength(${size.sql})`;
    const total =
      left.type === "dynamic" && right.type === "dynamic"
        ? `greatest(JSONLength(${left.sql}), JSONLength(${right.sql}))`
        : length;
    const element = (value: SqlValue): string =>
      value.type === "dynamic"
        ? bind(numbersOf(value), (list) => `arrayResize(${list}, ${total}, NULL)`)
        : `arrayWithConstant(${total}, ${convert(value, "real").sql})`;
    const lists = `${element(left)}, ${element(right)}`;
    return dynamicArray(
      `arrayMap((a, b) -> ${elementJson(body("a", "b"), kind, [left, right])}, ${lists})`,
    );
  };

const each =
  (body: (element: string) => string, kind: Kind = "real"): Translate =>
  (args, call) => {
    const value = argument(args, 0, call);
    return dynamicArray(
      `arrayMap(e -> ${elementJson(body("e"), kind, [value])}, ${numbersOf(value)})`,
    );
  };

const compared = (operator: string): Translate =>
  both((a, b) => `CAST(${a} ${operator} ${b}, 'Nullable(Bool)')`, "bool");

/** Elements that count as missing: nulls, or those equal to what the query says is missing. */
const isMissing = (args: readonly SqlValue[], index: number): string => {
  const placeholder = args[index];
  if (!placeholder || placeholder.constant === null) return "e = 'null'";
  return `(e = 'null' OR e = ${jsonOf(placeholder.sql, placeholder.type)})`;
};

const fillConst: Translate = (args, call) => {
  const filler = args[1] ? jsonOf(args[1].sql, args[1].type) : "'0'";
  return dynamicArray(
    `arrayMap(e -> if(${isMissing(args, 2)}, ${filler}, e), ${elementsOf(argument(args, 0, call))})`,
  );
};

/** The nearest element on one side that is not missing; where there is none the element stays. */
const fillFrom =
  (direction: "forward" | "backward"): Translate =>
  (args, call) => {
    const missing = isMissing(args, 1);
    const list = elementsOf(argument(args, 0, call));
    const ordered = direction === "forward" ? list : `arrayReverse(${list})`;
    const sql = bind(ordered, (all) => {
      const filled = `arrayFill(e -> NOT (${missing}), ${all})`;
      return direction === "forward" ? filled : `arrayReverse(${filled})`;
    });
    return dynamicArray(sql);
  };

/** A straight line between the neighbours that are there; the edges take the nearest value. */
const fillLinear: Translate = (args, call) => {
  if (args.length > 2 && constantOf(args[2], "fill_edges", call) !== true)
    return call.unsupported("series_fill_linear without its edges");
  if (args[1] && args[1].constant !== null)
    return call.unsupported("series_fill_linear with a placeholder");
  const sql = bind(seriesAt(args, 0, call), (list) => {
    // Each place gets its neighbours by arrays that are filled once, so that the time grows with the length only.
    const places = `arrayMap((x, i) -> if(isNull(x), 0, i), ${list}, arrayEnumerate(${list}))`;
    const isThere = (array: string, test: string): string => `arrayFill(x -> ${test}, ${array})`;
    const after = (array: string, test: string): string =>
      `arrayReverse(${isThere(`arrayReverse(${array})`, test)})`;
    const values = [isThere(list, "isNotNull(x)"), after(list, "isNotNull(x)")];
    const indexes = [isThere(places, "x != 0"), after(places, "x != 0")];
    const line = "b + (a - b) * (i - bi) / (ai - bi)";
    return `arrayMap((x, b, a, bi, ai, i) -> multiIf(isNotNull(x), x, isNull(b), a, isNull(a), b, ${line}), ${[list, ...values, ...indexes].join(", ")}, arrayEnumerate(${list}))`;
  });
  return realSeries(sql);
};

const reduced =
  (body: (list: string) => string): Translate =>
  (args, call) => ({ sql: body(seriesAt(args, 0, call)), type: "real" });

const dot: Translate = (args, call) => ({
  sql: `arraySum(arrayMap((a, b) -> ifNull(a * b, 0), ${seriesAt(args, 0, call)}, arrayResize(${seriesAt(args, 1, call)}, length(${seriesAt(args, 0, call)}), NULL)))`,
  type: "real",
});

const magnitude = (list: string): string =>
  `sqrt(arraySum(arrayMap(e -> ifNull(e * e, 0), ${list})))`;

const maths = ["exp", "sin", "asin", "cos", "acos", "tan", "atan", "log"];
const wholeMaths = ["sign", "abs", "floor"];

export const seriesFunctions: ScalarFunctions = {
  series_add: both((a, b) => `${a} + ${b}`, "as given"),
  series_subtract: both((a, b) => `${a} - ${b}`, "as given"),
  series_multiply: both((a, b) => `${a} * ${b}`, "as given"),
  series_divide: both((a, b) => `${a} / ${b}`),
  series_pow: both((a, b) => `pow(${a}, ${b})`),
  series_greater: compared(">"),
  series_greater_equals: compared(">="),
  series_less: compared("<"),
  series_less_equals: compared("<="),
  series_equals: compared("="),
  series_not_equals: compared("!="),
  ...Object.fromEntries(maths.map((name) => [`series_${name}`, each((e) => `${name}(${e})`)])),
  ...Object.fromEntries(
    wholeMaths.map((name) => [`series_${name}`, each((e) => `${name}(${e})`, "as given")]),
  ),
  series_ceiling: each((e) => `ceil(${e})`, "as given"),
  series_fill_const: fillConst,
  series_fill_forward: fillFrom("forward"),
  series_fill_backward: fillFrom("backward"),
  series_fill_linear: fillLinear,
  ...dynamicSeriesFunctions,
  ...filterFunctions,
  series_sum: reduced((list) => `arraySum(arrayMap(e -> ifNull(e, 0), ${list}))`),
  series_product: reduced((list) => `arrayProduct(arrayMap(e -> ifNull(e, 1), ${list}))`),
  series_magnitude: reduced(magnitude),
  series_dot_product: dot,
  series_cosine_similarity: (args, call) => ({
    sql: `${dot(args, call).sql} / (${magnitude(seriesAt(args, 0, call))} * ${magnitude(seriesAt(args, 1, call))})`,
    type: "real",
  }),
  series_pearson_correlation: (args, call) => ({
    sql: `arrayReduce('corr', ${seriesAt(args, 0, call)}, ${seriesAt(args, 1, call)})`,
    type: "real",
  }),
};
