import { bind } from "../bind.ts";
import { argument, constantOf } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { numbersOf, realSeries, seriesAt } from "./series-values.ts";

/** Longest filter: each place of a series is computed from that many others. */
const coefficientCountMax = 500;

/** The coefficients, which are the same for all rows. */
function coefficientsOf(...[args, index, call]: [...Parameters<typeof seriesAt>]): number[] {
  const text = String(constantOf(args[index], "the filter", call));
  const list: unknown = text === "" ? null : JSON.parse(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > coefficientCountMax)
    return call.fail(`a filter of 1 to ${coefficientCountMax} numbers is needed`);
  return list.map(Number);
}

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
  return realSeries(
    bind(zeroed(numbersOf(argument(args, 0, call))), (series) => filtered(series, scaled, shift)),
  );
};

const zeroed = (series: string): string => `arrayMap(e -> ifNull(e, 0), ${series})`;

/** One array for each coefficient, moved by its place: what a lambda reads from outside is copied for each element. */
function filtered(series: string, filter: readonly number[], shift: number): string {
  const moved = filter.map((_, place) => movedBy(series, place - shift));
  const names = filter.map((_, place) => `x${place}`);
  const sum = filter.map((factor, place) => `toFloat64(${factor}) * x${place}`).join(" + ");
  return `arrayMap((${names.join(", ")}) -> ${sum}, ${moved.join(", ")})`;
}

/** The series so many places later, or earlier where negative, with zeros where nothing is. */
function movedBy(series: string, places: number): string {
  if (places === 0) return series;
  const size = `length(${series})`;
  return places > 0
    ? `arrayResize(arrayConcat(arrayWithConstant(${places}, toFloat64(0)), ${series}), ${size})`
    : `arrayResize(arraySlice(${series}, ${1 - places}), ${size}, toFloat64(0))`;
}

/**
 * Each number from those that came in (numerators) and from those that went out before (denominators, of which the
 * first divides all): learn.microsoft.com/kusto/query/series-iir-function.
 */
const iir: Translate = (args, call) => {
  const [numerators, denominators] = [coefficientsOf(args, 1, call), coefficientsOf(args, 2, call)];
  const [first = 0, ...before] = denominators;
  if (first === 0) return call.fail("the first denominator must not be 0");
  const sql = bind(zeroed(seriesAt(args, 0, call)), (series) => {
    const incoming = `arrayMap(x -> x / ${first}, ${filtered(series, numerators, 0)})`;
    if (before.every((number) => number === 0)) return incoming;
    if (before.length === 1 && before[0] === -first) return `arrayCumSum(${incoming})`;
    const past = before
      .map(
        (number, place) =>
          `toFloat64(${number / first}) * if(length(acc) > ${place}, acc[-${place + 1}], 0)`,
      )
      .join(" + ");
    return `arrayFold((acc, x) -> arrayPushBack(acc, x - (${past})), ${incoming}, emptyArrayFloat64())`;
  });
  return realSeries(sql);
};

export const filterFunctions: ScalarFunctions = { series_fir: fir, series_iir: iir };
