import { bind } from "../bind.ts";
import { jsonOf } from "../conversion/to-dynamic.ts";
import type { Translate } from "./scalar-function.ts";
import { seriesAt } from "./series-values.ts";

const present = (list: string): string => `arrayFilter(e -> isNotNull(e) AND isFinite(e), ${list})`;

/** Minimum, maximum, mean, deviation and variance of the sample, and where the extremes are first. */
const statsDynamic: Translate = (args, call) => {
  const sql = bind(seriesAt(args, 0, call), (list) =>
    bind(`arrayMap(e -> assumeNotNull(e), ${present(list)})`, (some) => {
      const variance = `if(length(${some}) > 1, arrayReduce('varSamp', ${some}), 0)`;
      const members: [string, string][] = [
        ["min", `arrayMin(${some})`],
        ["min_idx", `toInt64(indexOf(${list}, arrayMin(${some}))) - 1`],
        ["max", `arrayMax(${some})`],
        ["max_idx", `toInt64(indexOf(${list}, arrayMax(${some}))) - 1`],
        ["avg", `arrayAvg(${some})`],
        ["stdev", `sqrt(${variance})`],
        ["variance", variance],
      ];
      const parts = members.map(
        ([name, value]) =>
          `'"${name}":', ${jsonOf(value, name.endsWith("_idx") ? "long" : "real")}`,
      );
      return `if(empty(${some}), '', concat('{', ${parts.join(", ',', ")}, '}'))`;
    }),
  );
  return { sql, type: "dynamic" };
};

/** Least squares over the places 1, 2, 3, ... (learn.microsoft.com/kusto/query/series-fit-line-function). */
const fitLineDynamic: Translate = (args, call) => {
  const sql = bind(`arrayMap(e -> ifNull(e, 0), ${seriesAt(args, 0, call)})`, (y) => {
    const n = `length(${y})`;
    const x = `arrayMap(i -> toFloat64(i), arrayEnumerate(${y}))`;
    const fit = `arrayReduce('simpleLinearRegression', ${x}, ${y})`;
    return bind(fit, (line) => {
      const fitted = `arrayMap(v -> ${line}.1 * v + ${line}.2, ${x})`;
      const residual = `arraySum(arrayMap((a, f) -> pow(a - f, 2), ${y}, ${fitted}))`;
      const total = `(arrayReduce('varPop', ${y}) * ${n})`;
      const variance = `if(${n} > 1, ${total} / (${n} - 1), 0)`;
      const members: [string, string][] = [
        ["rsquare", `if(${total} = 0, 0, 1 - ${residual} / ${total})`],
        ["slope", `${line}.1`],
        ["variance", variance],
        ["rvariance", `if(${n} > 1, ${residual} / (${n} - 1), 0)`],
        ["interception", `${line}.2`],
      ];
      const parts = members.map(
        ([name, value]) =>
          `'"${name}":', ${jsonOf(value, name.endsWith("_idx") ? "long" : "real")}`,
      );
      return `concat('{', ${parts.join(", ',', ")}, ',"line_fit":[', arrayStringConcat(arrayMap(f -> ${jsonOf("f", "real")}, ${fitted}), ','), ']}')`;
    });
  });
  return { sql, type: "dynamic" };
};

/** What is known of a series, as a bag. */
export const dynamicSeriesFunctions = {
  series_stats_dynamic: statsDynamic,
  series_fit_line_dynamic: fitLineDynamic,
} as const satisfies Readonly<Record<string, Translate>>;
