import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { RuleProperties } from "./alert-rules.ts";
import { request } from "./request.ts";

export interface PreviewSpan {
  target: string;
  from: string;
  to: string;
}

export interface PreviewFiring {
  target: string;
  dimensions: { name: string; value: string }[];
  from: string;
  to: string | null;
  value: number | null;
}

export interface PreviewThreshold {
  target: string;
  operator: string;
  value?: number;
  /** Milliseconds, and the range in which the value was expected. */
  points?: [number, number, number][];
}

/** When a rule would have fired; times of points are milliseconds. */
export interface AlertPreview {
  from: string;
  to: string;
  series: { target: string; criterion: string; metricName: string; points: [number, number][] }[];
  threshold: PreviewThreshold[];
  firings: PreviewFiring[];
  firingCount: number;
  evaluatedCount: number;
  stepSeconds: number;
  missing: PreviewSpan[];
  learning: PreviewSpan[];
  learnedEverySeconds: number | null;
  omittedTargetCount: number;
  isCut: boolean;
}

/** Asked for again when the rule changes; the question before it is given up. Null: nothing is asked. */
export const useAlertPreview = (
  question: { properties: RuleProperties; timespan: string } | null,
): UseQueryResult<AlertPreview> =>
  useQuery({
    queryKey: ["alert-preview", question],
    queryFn: ({ signal }) =>
      request<AlertPreview>(
        "POST",
        `/nightcap/v1/alert-previews?timespan=${question?.timespan ?? "P1D"}`,
        { properties: question?.properties },
        { signal },
      ),
    enabled: question !== null,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
