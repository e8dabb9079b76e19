import { bind } from "../bind.ts";
import { argument, constantOf } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { numbersOf, realSeries, seriesAt } from "./series-values.ts";

/** Longest filter: each place of a series is computed from that many others. */
const coefficientCountMax = 1_000;

/** The coefficients, which are the same for all rows. */
function coefficientsOf(...[args, index, call]: [...Parameters<typeof seriesAt>]): number[] {
  const text = String(constantOf(args[index], "the filter", call));
  const list: unknown = text === "" ? null : JSON.parse(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > coefficientCountMax)
    return call.fail(`a filter of 1 to ${coefficientCountMax} numbers is needed`);
  return list.map(Number);
}

const listed = (numbers: readonly number[]): string =>
  `[${numbers.map((number) => `toFloat64(${number})`).join(", ")}]`;

/**
 * The sum of the newest numbers, each times its coefficient; before the series all is 0
 * (learn.microsoft.com/kusto/query/series-fir-function). A centered filter sees as many later numbers as earlier ones.
 */
const fir: Translate = (args, call) => {
  const filter = coefficientsOf(args, 1, call);
  const isNormal = args[2]
    ? constantOf(args[2], "normalize", call) === true
    : filter.every((number) => number >= 0);
  const isCentered = args[3] ? constantOf(args[3], "center", call) === true : false;
  const total = filter.reduce((sum, number) => sum + number, 0);
  const scaled = isNormal ? filter.map((number) => number / total) : filter;
  const shift = isCentered ? Math.floor(filter.length / 2) : 0;
  const sql = bind(
    `arrayMap(e -> ifNull(e, 0), ${numbersOf(argument(args, 0, call))})`,
    (series) =>
      `arrayMap(i -> arraySum(arrayMap((f, k) -> f * if(i + ${shift} - k BETWEEN 0 AND length(${series}) - 1, ${series}[i + ${shift} - k + 1], 0), ${listed(scaled)}, range(${filter.length}))), range(length(${series})))`,
  );
  return realSeries(sql);
};

/**
 * Each number from those that came in (numerators) and from those that went out before (denominators, of which the
 * first divides all): learn.microsoft.com/kusto/query/series-iir-function.
 */
const iir: Translate = (args, call) => {
  const [numerators, denominators] = [coefficientsOf(args, 1, call), coefficientsOf(args, 2, call)];
  const [first = 0, ...before] = denominators;
  if (first === 0) return call.fail("the first denominator must not be 0");
  const sql = bind(`arrayMap(e -> ifNull(e, 0), ${seriesAt(args, 0, call)})`, (series) => {
    const incoming = `arrayMap(i -> arraySum(arrayMap((f, k) -> f * if(i - k >= 0, ${series}[i - k + 1], 0), ${listed(numerators)}, range(${numerators.length}))), range(length(${series})))`;
    if (before.length === 0) return `arrayMap(x -> x / ${first}, ${incoming})`;
    const past = `arraySum(arrayMap((f, k) -> f * if(length(acc) >= k, acc[-k], 0), ${listed(before)}, range(1, ${before.length + 1})))`;
    return `arrayFold((acc, x) -> arrayPushBack(acc, (x - ${past}) / ${first}), ${incoming}, emptyArrayFloat64())`;
  });
  return realSeries(sql);
};

export const filterFunctions: ScalarFunctions = { series_fir: fir, series_iir: iir };
