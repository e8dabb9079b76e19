import type { RenderHint } from "../../query/translator.ts";

/** Properties that Azure's answers name, and what they are where `render` does not say. */
const defaults = {
  title: null,
  accumulate: false,
  isQuerySorted: false,
  kind: null,
  legend: null,
  series: null,
  yMin: "NaN",
  yMax: "NaN",
  xAxis: null,
  xColumn: null,
  xTitle: null,
  yAxis: null,
  yColumns: null,
  ySplit: null,
  yTitle: null,
  anomalyColumns: null,
} as const;

/** What `render` asked for, as answers have it; empty for a query without it. */
export function renderBody(hint: RenderHint | null): Record<string, unknown> {
  if (!hint) return {};
  const said = new Map(
    Object.entries(hint.properties).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const properties = Object.entries(defaults).map(([name, value]) => {
    const given = said.get(name.toLowerCase());
    if (given === undefined) return [name, value];
    return [name, typeof value === "boolean" ? given.toLowerCase() === "true" : given];
  });
  return { visualization: hint.visualization, ...Object.fromEntries(properties) };
}
