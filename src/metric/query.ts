import { NightcapError } from "../common/errors.ts";
import {
  bucketAggregates,
  combine,
  combineAll,
  type Aggregate,
  type TimedAggregate,
} from "./aggregate.ts";
import {
  findMetric,
  interfaceDimension,
  metricDefinitions,
  seriesInterface,
  seriesName,
  type MetricDefinition,
} from "./names.ts";

/** What queries need of the archive (src/state/metric-archive.ts). Times are seconds since the epoch. */
export interface MeasurementSource {
  series(hostId: string): string[];
  query(
    hostId: string,
    series: string,
    from: number,
    to: number,
  ): { second: number; value: number }[];
  aggregates(hostId: string, series: string, from: number, to: number): TimedAggregate[];
  /** Of whole minutes, [fromMinute, toMinute) since the epoch, in buckets. */
  history(
    hostId: string,
    series: string,
    range: { fromMinute: number; toMinute: number; bucketMinutes: number },
  ): TimedAggregate[];
}

/** Azure's dimension filter: values in any case; `*` is every value. */
export interface DimensionFilter {
  name: string;
  operator: "Include" | "Exclude";
  values: readonly string[];
}

export interface MetricWindow {
  hostId: string;
  metricName: string;
  dimensions: readonly DimensionFilter[];
  /** [fromSecond, toSecond), since the epoch. */
  fromSecond: number;
  toSecond: number;
}

/** The aggregate of a window, for one value of each dimension that was asked for. */
export interface WindowResult {
  dimensions: { name: string; value: string }[];
  /** Null: no data. */
  aggregate: Aggregate | null;
}

export interface MetricQuery {
  /** One result; one for each matching interface when the filter names the dimension. Throws `InvalidParameter` for an unknown metric or dimension. */
  window(window: MetricWindow): WindowResult[];
  /** The same in buckets of `intervalSeconds`, for `metrics list`. */
  buckets(window: MetricWindow & { intervalSeconds: number }): {
    dimensions: { name: string; value: string }[];
    data: { second: number; aggregate: Aggregate | null }[];
  }[];
  /**
   * The same over weeks: windows of whole minutes, at multiples of their length, without those that have no
   * data, and without what was measured in the last seconds.
   */
  history(window: MetricWindow & { intervalSeconds: number }): MetricHistory[];
}

export interface MetricHistory {
  dimensions: { name: string; value: string }[];
  /** In order. */
  windows: TimedAggregate[];
}

const minuteSeconds = 60;

export function createMetricQuery(source: MeasurementSource): MetricQuery {
  return {
    window: (window) =>
      selectSeries(source, window).map(({ dimensions, series }) => ({
        dimensions,
        aggregate: combineAll(
          series.flatMap((name) =>
            source.aggregates(window.hostId, name, window.fromSecond, window.toSecond),
          ),
        ),
      })),
    buckets: (window) =>
      selectSeries(source, window).map(({ dimensions, series }) => {
        const parts = series.flatMap((name) => partsOf(source, name, window));
        return { dimensions, data: bucketAggregates(parts, window) };
      }),
    history: (window) =>
      selectSeries(source, window).map(({ dimensions, series }) => ({
        dimensions,
        windows: mergeWindows(series.map((name) => historyOf(source, name, window))),
      })),
  };
}

/** Seconds where buckets cut minutes, else whole minutes, of which there are far fewer. */
function partsOf(
  source: MeasurementSource,
  series: string,
  window: MetricWindow & { intervalSeconds: number },
): TimedAggregate[] {
  const { hostId, fromSecond, toSecond, intervalSeconds } = window;
  if (intervalSeconds % minuteSeconds === 0 && fromSecond % minuteSeconds === 0) {
    return source.aggregates(hostId, series, fromSecond, toSecond);
  }
  return source
    .query(hostId, series, fromSecond, toSecond)
    .map(({ second, value }) => ({ second, sum: value, count: 1, minimum: value, maximum: value }));
}

function historyOf(
  source: MeasurementSource,
  series: string,
  window: MetricWindow & { intervalSeconds: number },
): TimedAggregate[] {
  return source.history(window.hostId, series, {
    fromMinute: Math.ceil(window.fromSecond / minuteSeconds),
    toMinute: Math.floor(window.toSecond / minuteSeconds),
    bucketMinutes: window.intervalSeconds / minuteSeconds,
  });
}

/** Series of several interfaces as one. */
function mergeWindows(lists: readonly TimedAggregate[][]): TimedAggregate[] {
  const [only] = lists;
  if (lists.length === 1 && only) return only;
  const bySecond = new Map<number, TimedAggregate>();
  for (const window of lists.flat()) {
    const known = bySecond.get(window.second);
    const { second } = window;
    bySecond.set(second, known ? { second, ...combine(known, window) } : window);
  }
  return [...bySecond.values()].sort((a, b) => a.second - b.second);
}

interface Selection {
  dimensions: { name: string; value: string }[];
  series: string[];
}

function selectSeries(source: MeasurementSource, window: MetricWindow): Selection[] {
  const metric = findMetric(window.metricName);
  if (!metric) {
    const known = metricDefinitions.map(({ name }) => name).join(", ");
    throw new NightcapError(
      "InvalidParameter",
      `no metric "${window.metricName}" (there are: ${known})`,
    );
  }
  refuseUnknownDimension(metric, window.dimensions);
  if (metric.dimensions.length === 0) {
    return [{ dimensions: [], series: [seriesName(metric.source)] }];
  }
  const interfaces = source
    .series(window.hostId)
    .map((series) => seriesInterface(series, metric.source))
    .filter((name) => name !== null)
    .filter((name) => window.dimensions.every((filter) => matches(filter, name)));
  if (window.dimensions.length === 0) {
    return [{ dimensions: [], series: interfaces.map((name) => seriesName(metric.source, name)) }];
  }
  return interfaces.map((name) => ({
    dimensions: [{ name: interfaceDimension, value: name }],
    series: [seriesName(metric.source, name)],
  }));
}

function refuseUnknownDimension(
  metric: MetricDefinition,
  filters: readonly DimensionFilter[],
): void {
  const known = new Set(metric.dimensions.map((name) => name.toLowerCase()));
  const unknown = filters.find(({ name }) => !known.has(name.toLowerCase()));
  if (!unknown) return;
  const allowed = metric.dimensions.join(", ") || "none";
  throw new NightcapError(
    "InvalidParameter",
    `metric "${metric.name}" has no dimension "${unknown.name}" (it has: ${allowed})`,
  );
}

function matches({ operator, values }: DimensionFilter, value: string): boolean {
  const listed = values.some((one) => one === "*" || one.toLowerCase() === value.toLowerCase());
  return listed === (operator === "Include");
}
