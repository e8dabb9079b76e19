import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { readPages } from "./captures.ts";
import { topicKey } from "./topics.ts";

const computeApiVersion = "2024-11-01";
const definitionsApiVersion = "2018-01-01";
const workspacesApiVersion = "2023-09-01";

export interface Machine {
  id: string;
  name: string;
  location: string;
}

/** The hosts, as virtual machines: what a rule may be about. */
export function useMachines(): UseQueryResult<Machine[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("host"), "machines", subscriptionId],
    queryFn: () =>
      readPages<Machine>(
        `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/virtualMachines`,
        computeApiVersion,
      ),
  });
}

export interface MetricDefinition {
  name: { value: string };
  unit: string;
  primaryAggregationType: string;
  supportedAggregationTypes: string[];
  displayDescription?: string;
  dimensions?: { value: string }[];
}

/** What a host measures; the same of all of them. */
export function useMetricDefinitions(): UseQueryResult<MetricDefinition[]> {
  const { data: machines = [] } = useMachines();
  const [first] = machines;
  return useQuery({
    queryKey: ["metric-definitions", first === undefined],
    queryFn: () =>
      readPages<MetricDefinition>(
        `${first?.id}/providers/Microsoft.Insights/metricDefinitions`,
        definitionsApiVersion,
      ),
    enabled: first !== undefined,
    staleTime: Infinity,
  });
}

/** Workspaces of flows: what a query's rule may be about, besides machines and the whole subscription. */
export function useWorkspaces(): UseQueryResult<Machine[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: ["workspaces", subscriptionId],
    queryFn: () =>
      readPages<Machine>(
        `/subscriptions/${subscriptionId}/providers/Microsoft.OperationalInsights/workspaces`,
        workspacesApiVersion,
      ),
  });
}
