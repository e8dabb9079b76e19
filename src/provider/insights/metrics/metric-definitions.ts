import {
  aggregationNames,
  type MetricDefinition,
  metricDefinitions,
  metricNamespace,
} from "../../../metric/names.ts";
import { timeGrains } from "./metric-request.ts";
import { resourceDimensions } from "./metric-series.ts";

/** As long as the archive keeps minutes unless it is told otherwise, and as Azure does. */
const retention = "P93D";

/** The answer of `metricDefinitions`: what can be asked of a machine, or of all in a subscription. */
export function definitionsBody(scope: { id: string; isSubscription: boolean }) {
  return { value: metricDefinitions.map((metric) => definition(metric, scope)) };
}

function definition(
  metric: MetricDefinition,
  { id, isSubscription }: { id: string; isSubscription: boolean },
): Record<string, unknown> {
  const dimensions = [...metric.dimensions, ...(isSubscription ? resourceDimensions : [])];
  return {
    id: `${id}/providers/microsoft.insights/metricdefinitions/${metric.name}`,
    resourceId: id,
    namespace: metricNamespace,
    name: { value: metric.name, localizedValue: metric.displayName },
    displayDescription: metric.description,
    isDimensionRequired: false,
    unit: metric.unit,
    primaryAggregationType: metric.primaryAggregation,
    supportedAggregationTypes: aggregationNames,
    metricAvailabilities: timeGrains.map((timeGrain) => ({ timeGrain, retention })),
    ...(dimensions.length === 0
      ? {}
      : { dimensions: dimensions.map((value) => ({ value, localizedValue: value })) }),
  };
}

/** The answer of `metricNamespaces`: the platform's one. */
export function namespacesBody(resourceId: string) {
  const name = metricNamespace.replace("/", "-");
  return {
    value: [
      {
        id: `${resourceId}/providers/microsoft.insights/metricNamespaces/${name}`,
        type: "Microsoft.Insights/metricNamespaces",
        name,
        classification: "Platform",
        properties: { metricNamespaceName: metricNamespace },
      },
    ],
  };
}
