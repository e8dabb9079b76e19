import { aggregateValue } from "../../../metric/aggregate.ts";
import {
  type AggregationName,
  type MetricDefinition,
  metricNamespace,
} from "../../../metric/names.ts";
import type { MetricRequest } from "./metric-request.ts";
import type { Series } from "./metric-series.ts";
import { secondText, timespanText } from "./timespan.ts";

export interface AnsweredMetric {
  metric: MetricDefinition;
  series: readonly Series[];
}

/** The answer of `metrics`: what Azure says around the values, and each metric's series. */
export function metricsBody(
  request: MetricRequest,
  scope: { id: string; region: string },
  answered: readonly AnsweredMetric[],
): Record<string, unknown> {
  const { metadataOnly, interval } = request;
  return {
    cost: metadataOnly ? 0 : costOf(request),
    timespan: timespanText(request),
    ...(metadataOnly ? {} : { interval }),
    namespace: metricNamespace,
    resourceregion: scope.region,
    value: metricValues(request, scope.id, answered),
  };
}

/** One for each machine of a batch; there start and end stand by themselves, and nothing costs. */
export function batchItem(
  request: MetricRequest,
  scope: { id: string; region: string },
  answered: readonly AnsweredMetric[],
): Record<string, unknown> {
  return {
    starttime: secondText(request.fromSecond),
    endtime: secondText(request.toSecond),
    interval: request.interval,
    namespace: metricNamespace,
    resourceregion: scope.region,
    resourceid: scope.id,
    value: metricValues(request, scope.id, answered),
  };
}

/** Azure's unit is a minute of one metric. */
const costOf = ({ fromSecond, toSecond, metrics }: MetricRequest): number =>
  Math.ceil((toSecond - fromSecond) / 60) * metrics.length;

const metricValues = (
  request: MetricRequest,
  id: string,
  answered: readonly AnsweredMetric[],
): Record<string, unknown>[] =>
  answered.map(({ metric, series }) => ({
    id: `${id}/providers/Microsoft.Insights/metrics/${metric.name}`,
    type: "Microsoft.Insights/metrics",
    name: { value: metric.name, localizedValue: metric.displayName },
    displayDescription: metric.description,
    unit: metric.unit,
    timeseries: series.map((one) => timeseries(request, metric, one)),
    errorCode: "Success",
  }));

function timeseries(request: MetricRequest, metric: MetricDefinition, series: Series) {
  // Azure writes the names of dimensions in lower case here.
  const metadatavalues = series.dimensions.map(({ name, value }) => ({
    name: { value: name.toLowerCase(), localizedValue: name.toLowerCase() },
    value,
  }));
  if (request.metadataOnly) return { metadatavalues };
  const names = request.aggregations ?? [metric.primaryAggregation];
  return { metadatavalues, data: series.points.map((point) => dataPoint(point, names)) };
}

/** Where nothing was measured there is the time alone. */
function dataPoint(
  { second, aggregate }: Series["points"][number],
  names: readonly AggregationName[],
): Record<string, unknown> {
  const values = names.map((name) => [
    name.toLowerCase(),
    aggregate === null ? undefined : aggregateValue(aggregate, name),
  ]);
  const timeStamp = secondText(second);
  return aggregate === null ? { timeStamp } : { timeStamp, ...Object.fromEntries(values) };
}
