import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

const apiVersion = "2024-02-01";
const refreshMilliseconds = 30_000;
/** A host that has just joined has its first measurements in a moment. */
const firstMilliseconds = 3_000;

/** Points of Azure's metrics API; those without a value were not measured. */
export interface MetricPoint {
  timeStamp: string;
  average?: number;
  total?: number;
}

export interface MetricAnswer {
  timespan: string;
  interval: string;
  value: {
    name: { value: string };
    unit: string;
    timeseries: {
      metadatavalues?: { name: { value: string }; value: string }[];
      data: MetricPoint[];
    }[];
  }[];
}

export interface MetricQuestion {
  names: readonly string[];
  /** ISO 8601 durations. */
  timespan: string;
  interval: string;
  /** One series for each of its values. */
  dimension: string | null;
}

/** Metrics of a machine, as Azure's clients ask for them; measurements are told by no event. */
export const useMetrics = (
  resourceId: string,
  question: MetricQuestion,
): UseQueryResult<MetricAnswer> =>
  useQuery({
    queryKey: ["metrics", resourceId, question],
    queryFn: () => get<MetricAnswer>(`${pathOf(resourceId)}?${parametersOf(question)}`),
    refetchInterval: ({ state }) =>
      state.data && isMeasured(state.data) ? refreshMilliseconds : firstMilliseconds,
    placeholderData: keepPreviousData,
  });

const isMeasured = ({ value }: MetricAnswer): boolean =>
  value.some(({ timeseries }) =>
    timeseries.some(({ data }) =>
      data.some(({ total, average }) => (total ?? average) !== undefined),
    ),
  );

const pathOf = (resourceId: string): string => `${resourceId}/providers/Microsoft.Insights/metrics`;

function parametersOf({ names, timespan, interval, dimension }: MetricQuestion): URLSearchParams {
  const parameters = new URLSearchParams({
    "api-version": apiVersion,
    metricnames: names.join(","),
    timespan,
    interval,
  });
  if (dimension !== null) parameters.set("$filter", `${dimension} eq '*'`);
  return parameters;
}
