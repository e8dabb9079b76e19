import { NightcapError } from "../../../common/errors.ts";
import { parseDurationSeconds } from "../../../metric/duration.ts";
import {
  type AggregationName,
  aggregationNames,
  findMetric,
  type MetricDefinition,
  metricDefinitions,
  metricNamespace,
} from "../../../metric/names.ts";
import { type DimensionFilter, parseDimensionFilter } from "./dimension-filter.ts";
import { readTimespan, type Timespan } from "./timespan.ts";

/** Azure's limit of one request. */
const metricCountMax = 20;
/** Azure's default where a filter splits; a whole number above it is taken as it is. */
const topDefault = 10;
/** Points of one series; 93 days of quarters of an hour, or 31 of minutes. */
const pointCountMax = 44_640;

/** What the platform keeps; `FULL` is one point for all of the timespan. */
export const timeGrains = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"];
/** The same as .NET writes durations, which Azure's errors do. */
const grainWords = "00:01:00,00:05:00,00:15:00,00:30:00,01:00:00,06:00:00,12:00:00,1.00:00:00";

/** Query parameters, or the fields of a body, by name in lower case. */
export type Parameters = ReadonlyMap<string, string>;

export interface MetricRequest extends Timespan {
  metrics: readonly MetricDefinition[];
  /** As asked for; each metric's own when nothing was. */
  aggregations: readonly AggregationName[] | null;
  /** As answered: one of `timeGrains`, or FULL. */
  interval: string;
  intervalSeconds: number;
  filter: DimensionFilter;
  /** A filter may name dimensions that a metric has not: then that part does not hold for it. */
  validateDimensions: boolean;
  rollUpBy: readonly string[];
  top: number;
  orderBy: { aggregation: AggregationName; descending: boolean } | null;
  metadataOnly: boolean;
}

/** Reads what all of the metrics APIs share. Throws `BadRequest` in Azure's words. */
export function readMetricRequest(
  parameters: Parameters,
  nowMilliseconds: number,
  timespan: Timespan = readTimespan(parameters.get("timespan"), nowMilliseconds),
): MetricRequest {
  const text = (name: string): string => parameters.get(name) ?? "";
  checkMetricNamespace(text("metricnamespace"));
  const filterText = parameters.get("$filter") ?? parameters.get("filter");
  return {
    ...timespan,
    metrics: readMetrics(text("metricnames")),
    aggregations: readAggregations(text("aggregation")),
    ...readInterval(parameters, timespan),
    filter: parseDimensionFilter(filterText),
    validateDimensions: readFlag(parameters, "validatedimensions", true),
    rollUpBy: words(text("rollupby")),
    top: readTop(text("top") || text("$top")),
    orderBy: readOrder(text("orderby") || text("$orderby")),
    metadataOnly: readResultType(text("resulttype")),
  };
}

/** Azure compares it in any case; custom namespaces have nothing here. */
export function checkMetricNamespace(text: string): void {
  if (text === "" || text.toLowerCase() === metricNamespace.toLowerCase()) return;
  throw new NightcapError(
    "BadRequest",
    `Detect invalid value: ${text.slice(0, 200)} for query parameter: 'metricnamespace', the value must be: ${metricNamespace} if the query parameter is provided, you can also skip this optional query parameter`,
  );
}

const words = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** A comma in a name comes as `%2`. Without any, Azure answers the type's first metric. */
function readMetrics(text: string): MetricDefinition[] {
  const names = words(text).map((name) => name.replaceAll("%2", ","));
  if (names.length > metricCountMax) {
    throw new NightcapError(
      "BadRequest",
      `Requested metrics count: ${names.length} bigger than allowed max: ${metricCountMax}`,
    );
  }
  const found = names.map(findKnownMetric);
  return found.length > 0 ? [...new Set(found)] : metricDefinitions.slice(0, 1);
}

function findKnownMetric(name: string): MetricDefinition {
  const found = findMetric(name);
  if (found) return found;
  const [provider, type] = metricNamespace.split("/");
  const known = metricDefinitions.map((metric) => metric.name).join(",");
  throw new NightcapError(
    "BadRequest",
    `Failed to find metric configuration for provider: ${provider}, resource Type: ${type}, metric: ${name.slice(0, 200)}, Valid metrics: ${known}`,
  );
}

function readAggregations(text: string): AggregationName[] | null {
  const names = words(text).map(readAggregation);
  return names.length === 0 ? null : [...new Set(names)];
}

function readAggregation(text: string): AggregationName {
  const found = aggregationNames.find((name) => name.toLowerCase() === text.toLowerCase());
  if (found) return found;
  throw new NightcapError(
    "BadRequest",
    `Detected invalid Aggregation type: ${text.slice(0, 100)}; it must be one of ${aggregationNames.join(",")}`,
  );
}

function readInterval(
  parameters: Parameters,
  { fromSecond, toSecond }: Timespan,
): { interval: string; intervalSeconds: number } {
  const text = parameters.get("interval")?.toUpperCase() || "PT1M";
  const wholeMinutes = Math.max(1, Math.ceil((toSecond - fromSecond) / 60));
  if (text === "FULL") return { interval: text, intervalSeconds: wholeMinutes * 60 };
  const seconds = parseDurationSeconds(text);
  const adjusts = readFlag(parameters, "autoadjusttimegrain", false);
  const grain = findGrain(seconds, adjusts);
  if (grain === null) {
    throw new NightcapError(
      "BadRequest",
      `Invalid time grain duration: ${text.slice(0, 100)}, supported ones are: ${grainWords}`,
    );
  }
  const intervalSeconds = parseDurationSeconds(grain) ?? 60;
  const count = Math.ceil((toSecond - fromSecond) / intervalSeconds);
  if (count <= pointCountMax) return { interval: grain, intervalSeconds };
  throw new NightcapError(
    "BadRequest",
    `interval ${grain} makes ${count} data points of this timespan, and ${pointCountMax} are allowed: please choose a longer interval or a shorter timespan`,
  );
}

/** The grain of so many seconds; with `adjusts` the next longer one, or the longest. */
function findGrain(seconds: number | null, adjusts: boolean): string | null {
  if (seconds === null || seconds === 0) return null;
  const fits = (grain: string): boolean => {
    const length = parseDurationSeconds(grain) ?? 0;
    return adjusts ? length >= seconds : length === seconds;
  };
  return timeGrains.find(fits) ?? (adjusts ? (timeGrains.at(-1) ?? null) : null);
}

function readTop(text: string): number {
  if (text === "") return topDefault;
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw new NightcapError(
    "BadRequest",
    `Detect invalid value: ${text.slice(0, 40)} for query parameter: 'top', the value must be: a whole number from 1`,
  );
}

/** `sum asc`: one aggregation, under Azure's names or as this API calls `Total` here. */
function readOrder(text: string): MetricRequest["orderBy"] {
  if (text === "") return null;
  const [name = "", direction = "asc", ...more] = text.trim().split(/\s+/);
  const wanted = name.toLowerCase() === "sum" ? "total" : name.toLowerCase();
  const aggregation = aggregationNames.find((one) => one.toLowerCase() === wanted);
  if (aggregation && more.length === 0 && /^(?:asc|desc)$/i.test(direction)) {
    return { aggregation, descending: direction.toLowerCase() === "desc" };
  }
  throw new NightcapError(
    "BadRequest",
    `Detect invalid value: ${text.slice(0, 100)} for query parameter: 'orderby', the value must be: one aggregation and a direction, for example sum asc`,
  );
}

function readResultType(text: string): boolean {
  if (text === "" || text.toLowerCase() === "data") return false;
  if (text.toLowerCase() === "metadata") return true;
  throw new NightcapError(
    "BadRequest",
    `Detect invalid value: ${text.slice(0, 100)} for query parameter: 'resultType', the value must be: Data or Metadata`,
  );
}

function readFlag(parameters: Parameters, name: string, preset: boolean): boolean {
  const text = parameters.get(name)?.toLowerCase() ?? "";
  if (text === "") return preset;
  if (text === "true" || text === "false") return text === "true";
  throw new NightcapError(
    "BadRequest",
    `Detect invalid value: ${text.slice(0, 100)} for query parameter: '${name}', the value must be: true or false`,
  );
}
