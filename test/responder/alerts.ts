// Alerts in the three schemas, in the shape of Azure's own samples.
import { functionKey } from "./open-responder.ts";
import { machineId, subscriptionId } from "../provider/control-plane.ts";

const firedTime = "2026-11-21T04:00:12.4Z";
const rule = (name: string) =>
  `/subscriptions/${subscriptionId}/resourceGroups/nightcap/providers/microsoft.insights/metricAlerts/${name}`;

interface Change {
  rule?: string;
  time?: string;
  target?: string;
  type?: string;
  status?: string;
}

const condition = {
  windowSize: "PT5M",
  allOf: [
    {
      metricName: "Network Out Total",
      metricNamespace: "Microsoft.Compute/virtualMachines",
      operator: "GreaterThan",
      threshold: "3",
      timeAggregation: "Average",
      dimensions: [],
      metricValue: 918_273.5,
      webTestName: null,
    },
  ],
};

const context = (change: Change) => ({
  timestamp: change.time ?? firedTime,
  id: rule(change.rule ?? "net-out"),
  name: change.rule ?? "net-out",
  description: "",
  conditionType: "SingleResourceMultipleMetricCriteria",
  severity: "3",
  condition,
  subscriptionId,
  resourceGroupName: "nightcap",
  resourceName: "web-1",
  resourceType: change.type ?? "Microsoft.Compute/virtualMachines",
  resourceId: change.target ?? machineId,
  portalLink: `https://portal.azure.com/#resource${change.target ?? machineId}`,
});

export const legacyAlert = (change: Change = {}) => ({
  schemaId: "AzureMonitorMetricAlert",
  data: {
    version: "2.0",
    properties: null,
    status: change.status ?? "Activated",
    context: context(change),
  },
});

export const classicAlert = (change: Change = {}) => ({
  status: change.status ?? "Activated",
  context: {
    ...context(change),
    condition: {
      metricName: "Network Out Total",
      metricUnit: "Bytes",
      metricValue: "918273",
      threshold: "3",
      windowSize: "5",
      timeAggregation: "Average",
      operator: "GreaterThan",
    },
    resourceRegion: "local",
  },
  properties: { key1: "value1" },
});

export const commonAlert = (change: Change & { targets?: string[] } = {}) => ({
  schemaId: "azureMonitorCommonAlertSchema",
  data: {
    essentials: {
      alertId: `/subscriptions/${subscriptionId}/providers/Microsoft.AlertsManagement/alerts/6c2a1a4e-0000-4000-8000-000000000001`,
      alertRule: change.rule ?? "net-out",
      targetResourceType: change.type ?? "microsoft.compute/virtualmachines",
      alertRuleID: rule(change.rule ?? "net-out"),
      severity: "Sev3",
      signalType: "Metric",
      monitorCondition: change.status ?? "Fired",
      targetResourceGroup: "nightcap",
      monitoringService: "Platform",
      alertTargetIDs: change.targets ?? [(change.target ?? machineId).toLowerCase()],
      configurationItems: ["web-1"],
      originAlertId: "1",
      firedDateTime: change.time ?? firedTime,
      description: "",
      essentialsVersion: "1.0",
      alertContextVersion: "1.0",
    },
    alertContext: {
      properties: null,
      conditionType: "SingleResourceMultipleMetricCriteria",
      condition: {
        ...condition,
        windowStartTime: "2026-11-21T03:55:00.000Z",
        windowEndTime: "2026-11-21T04:00:00.000Z",
      },
    },
    customProperties: null,
  },
});

/** A call of the function as an action group makes it. */
export const alertRequest = (
  body: unknown,
  headers: Record<string, string> = { "x-functions-key": functionKey },
  query = "",
): Request =>
  new Request(`https://127.0.0.1/api/responder${query}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
