import type { KustoType } from "../sql-value.ts";
import { dynamicSeriesFunctions } from "./series-statistics.ts";
import type { SeveralResults } from "./several-results.ts";

/** The members of the bag that the `_dynamic` form of a function makes, as values of their own. */
const membersOf =
  (
    name: keyof typeof dynamicSeriesFunctions,
    members: Readonly<Record<string, KustoType>>,
  ): SeveralResults =>
  (args, call) => {
    const bag = dynamicSeriesFunctions[name](args, call).sql;
    const [first] = call.arguments;
    const series = (first && call.translator.nameOf(first, call.scope)) ?? "";
    return Object.entries(members).map(([member, type]) => ({
      name: `${call.name}_${series}_${member}`,
      value: { sql: memberSql(bag, member, type), type },
    }));
  };

function memberSql(bag: string, member: string, type: KustoType): string {
  if (type === "dynamic") return `JSONExtractRaw(${bag}, '${member}')`;
  return `JSONExtract(${bag}, '${member}', 'Nullable(${type === "long" ? "Int64" : "Float64"})')`;
}

/** Functions with several results, which become several columns. */
export const seriesResults: ReadonlyMap<string, SeveralResults> = new Map([
  [
    "series_stats",
    membersOf("series_stats_dynamic", {
      min: "real",
      min_idx: "long",
      max: "real",
      max_idx: "long",
      avg: "real",
      stdev: "real",
      variance: "real",
    }),
  ],
  [
    "series_fit_line",
    membersOf("series_fit_line_dynamic", {
      rsquare: "real",
      slope: "real",
      variance: "real",
      rvariance: "real",
      interception: "real",
      line_fit: "dynamic",
    }),
  ],
]);
