import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { readPages } from "./captures.ts";
import { minuteInterval } from "./metric-interval.ts";
import { topicKey } from "./topics.ts";
import { get } from "./request.ts";

const rulesApiVersion = "2018-03-01";
const metricsApiVersion = "2023-10-01";
const refreshMilliseconds = 30_000;

/** One of a metric alert rule's conditions, as ARM has it. */
export interface MetricCriterion {
  criterionType?: "StaticThresholdCriterion" | "DynamicThresholdCriterion";
  metricName: string;
  timeAggregation: string;
  operator: string;
  /** Of a static one. */
  threshold?: number;
  alertSensitivity?: string;
  dimensions?: { name: string; operator: "Include" | "Exclude"; values: string[] }[];
}

export interface MetricRule {
  id: string;
  name: string;
  properties: { windowSize: string; criteria: { allOf: MetricCriterion[] } };
}

/** The metric alert rules of the subscription. */
export function useMetricRules(isAsked: boolean): UseQueryResult<MetricRule[]> {
  const { subscriptionId } = useSignedIn();
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/metricAlerts`;
  return useQuery({
    queryKey: [topicKey("alert"), "metric-rules", subscriptionId],
    queryFn: () => readPages<MetricRule>(path, rulesApiVersion),
    enabled: isAsked,
  });
}

/** Which values of which machine; times are milliseconds since the epoch. */
export interface MetricQuestion {
  resourceId: string;
  criterion: MetricCriterion;
  from: number;
  to: number;
  /** ISO 8601; one value a minute unless told. */
  interval?: string;
}

export interface MetricSeries {
  /** Values of its dimensions; empty where it has none. */
  name: string;
  points: [time: number, value: number | null][];
}

export interface MetricValues {
  /** `Bytes`, `Percent`, `Count`, ... */
  unit: string;
  series: MetricSeries[];
}

interface MetricsAnswer {
  value: {
    unit: string;
    timeseries: {
      metadatavalues?: { value: string }[];
      data: ({ timeStamp: string } & Record<string, number | string>)[];
    }[];
  }[];
}

/** The values of a metric by Azure's metrics API. */
export const useMetric = (question: MetricQuestion | null): UseQueryResult<MetricValues> =>
  useQuery({
    queryKey: ["metric", question],
    queryFn: () => readMetric(question),
    enabled: question !== null,
    refetchInterval: refreshMilliseconds,
  });

async function readMetric(question: MetricQuestion | null): Promise<MetricValues> {
  if (question === null) return { unit: "", series: [] };
  const { resourceId, criterion, from, to, interval = minuteInterval } = question;
  const { metricName, timeAggregation } = criterion;
  const filter = filterOf(criterion);
  const query = new URLSearchParams({
    "api-version": metricsApiVersion,
    metricnames: metricName.replaceAll(",", "%2"),
    aggregation: timeAggregation,
    interval,
    timespan: `${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
    ...(filter === "" ? {} : { $filter: filter }),
  });
  const path = `${resourceId}/providers/Microsoft.Insights/metrics`;
  const { value } = await get<MetricsAnswer>(`${path}?${query}`);
  const [metric] = value;
  const name = timeAggregation.toLowerCase();
  const series = metric?.timeseries.map(({ metadatavalues = [], data }): MetricSeries => ({
    name: metadatavalues.map((each) => each.value).join(" · "),
    points: data.map((point) => {
      const found = point[name];
      return [Date.parse(point.timeStamp), typeof found === "number" ? found : null];
    }),
  }));
  return { unit: metric?.unit ?? "", series: series ?? [] };
}

/** The rule's dimensions as the API's `$filter`. */
const filterOf = ({ dimensions = [] }: MetricCriterion): string =>
  dimensions
    .map(({ name, operator, values }) => {
      const [word, joint] = operator === "Exclude" ? ["ne", " and "] : ["eq", " or "];
      return values.map((value) => `${name} ${word} '${value.replaceAll("'", "''")}'`).join(joint);
    })
    .filter((part) => part !== "")
    .join(" and ");
