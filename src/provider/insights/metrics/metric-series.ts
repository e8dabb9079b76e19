import { NightcapError } from "../../../common/errors.ts";
import { type Aggregate, aggregateValue, combine, combineAll } from "../../../metric/aggregate.ts";
import type { MetricDefinition } from "../../../metric/names.ts";
import type { MetricQuery } from "../../../metric/query.ts";
import { type DimensionFilter, filterHolds } from "./dimension-filter.ts";
import type { MetricRequest } from "./metric-request.ts";

/** A host whose measurements are asked for. */
export interface MeasuredHost {
  hostId: string;
  /** What it is over several hosts: values of the dimensions of `resourceDimensions`, in their order. */
  resourceValues: readonly string[];
}

/** Of queries over several machines (learn.microsoft.com/rest/api/monitor/metrics/list-at-subscription-scope). */
export const resourceDimensions = ["Microsoft.ResourceId", "Microsoft.ResourceGroupName"] as const;

export interface Series {
  /** One for each dimension that splits, its name as the filter has it. */
  dimensions: readonly { name: string; value: string }[];
  points: readonly { second: number; aggregate: Aggregate | null }[];
}

type Point = Series["points"][number];

interface Part {
  valueOf: (dimension: string) => string;
  points: readonly Point[];
}

/** The series of a metric: one, or one for each combination of values of the dimensions that the filter names. */
export function selectSeries(
  query: MetricQuery,
  hosts: readonly MeasuredHost[],
  {
    metric,
    request,
    splits,
  }: { metric: MetricDefinition; request: MetricRequest; splits: boolean },
): Series[] {
  const known = [...(splits ? resourceDimensions : []), ...metric.dimensions];
  const filter = knownFilter(metric, request, known);
  const names = splittingNames(filter, request.rollUpBy);
  const parts = hosts
    .flatMap((host) => partsOf(query, host, { metric, request }))
    .filter(({ valueOf }) => filterHolds(filter, valueOf));
  if (names.length === 0) return [{ dimensions: [], points: sum(parts, request) }];
  const groups = Map.groupBy(parts, ({ valueOf }) => JSON.stringify(names.map(valueOf)));
  const series = Array.from(groups.values(), (members) => ({
    dimensions: names.map((name) => ({ name, value: members[0]?.valueOf(name) ?? "" })),
    points: sum(members, request),
  }));
  return sorted(series, request.orderBy).slice(0, request.top);
}

/** In Azure's words for a dimension that the metric has not; without validation that part is left out. */
function knownFilter(
  metric: MetricDefinition,
  { filter, validateDimensions }: MetricRequest,
  known: readonly string[],
): DimensionFilter {
  const has = (name: string): boolean =>
    known.some((one) => one.toLowerCase() === name.toLowerCase());
  const unknown = filter.flat().filter(({ dimension }) => !has(dimension));
  if (unknown.length > 0 && validateDimensions) {
    const asked = [...new Set(unknown.map(({ dimension }) => dimension))].join(",").slice(0, 200);
    throw new NightcapError(
      "BadRequest",
      `Metric: ${metric.name} does not support requested dimension combination: ${asked}, supported ones are: ${known.join(",")}`,
    );
  }
  return filter.filter((terms) => terms.every(({ dimension }) => has(dimension)));
}

function splittingNames(filter: DimensionFilter, rollUpBy: readonly string[]): string[] {
  const rolled = new Set(rollUpBy.map((name) => name.toLowerCase()));
  const names = filter.flatMap(([term]) => (term ? [term.dimension] : []));
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  return [...byLowerCase].filter(([name]) => !rolled.has(name)).map(([, name]) => name);
}

/** What a host measured: as one, or each interface by itself where the metric has them. */
function partsOf(
  query: MetricQuery,
  { hostId, resourceValues }: MeasuredHost,
  { metric, request }: { metric: MetricDefinition; request: MetricRequest },
): Part[] {
  const { fromSecond, toSecond, intervalSeconds } = request;
  const dimensions = metric.dimensions.map((name) => ({
    name,
    operator: "Include" as const,
    values: ["*"],
  }));
  const window = { hostId, metricName: metric.name, dimensions, fromSecond, toSecond };
  return query.buckets({ ...window, intervalSeconds }).map((bucket) => {
    const values = new Map(
      resourceDimensions.map((name, index) => [name.toLowerCase(), resourceValues[index] ?? ""]),
    );
    for (const { name, value } of bucket.dimensions) values.set(name.toLowerCase(), value);
    return {
      valueOf: (dimension) => values.get(dimension.toLowerCase()) ?? "",
      points: bucket.data,
    };
  });
}

/** Points of several series as one; all points of the timespan are there, measured or not. */
function sum(parts: readonly Part[], request: MetricRequest): Point[] {
  const { fromSecond, toSecond, intervalSeconds } = request;
  const count = Math.ceil((toSecond - fromSecond) / intervalSeconds);
  return Array.from({ length: count }, (_, index) => {
    const found = parts.flatMap(({ points }) => points[index]?.aggregate ?? []);
    return {
      second: fromSecond + index * intervalSeconds,
      aggregate: found.length === 0 ? null : found.reduce(combine),
    };
  });
}

function sorted(series: readonly Series[], orderBy: MetricRequest["orderBy"]): Series[] {
  if (orderBy === null) return series.toSorted((a, b) => compareNames(a, b));
  const { aggregation, descending } = orderBy;
  const weight = ({ points }: Series): number => {
    const all = combineAll(points.flatMap(({ aggregate }) => aggregate ?? []));
    return all === null ? Number.NEGATIVE_INFINITY : aggregateValue(all, aggregation);
  };
  const weighed = series.map((one) => ({ one, weight: weight(one) }));
  const direction = descending ? -1 : 1;
  return weighed
    .toSorted((a, b) => direction * (a.weight - b.weight) || compareNames(a.one, b.one))
    .map(({ one }) => one);
}

const compareNames = (a: Series, b: Series): number =>
  nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b));

const nameOf = ({ dimensions }: Series): string => dimensions.map(({ value }) => value).join("/");
