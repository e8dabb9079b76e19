import { parseActionGroup, type ActionGroupProperties } from "../../src/alert/action-group.ts";

const group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1/providers";
export const vmId = `${group}/Microsoft.Compute/virtualMachines/vm1`;
export const ruleId = `${group}/Microsoft.Insights/metricAlerts/net-out`;
export const groupId = `${group}/Microsoft.Insights/actionGroups/night`;

/** The rule of the documents: Network Out Total, average above 3, every minute over five. */
export const documentsRule = () => ({
  description: "",
  severity: 3,
  enabled: true,
  scopes: [vmId],
  evaluationFrequency: "PT1M",
  windowSize: "PT5M",
  criteria: {
    "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "StaticThresholdCriterion",
        name: "cond0",
        metricName: "Network Out Total",
        timeAggregation: "Average",
        dimensions: [],
        operator: "GreaterThan",
        threshold: 3,
      },
    ],
  },
  actions: [{ actionGroupId: groupId, webHookProperties: { team: "network" } }],
});

export const functionGroup = (url: string, more: object = {}): ActionGroupProperties =>
  parseActionGroup({
    groupShortName: "night",
    enabled: true,
    azureFunctionReceivers: [{ name: "responder", httpTriggerUrl: url }],
    ...more,
  });

/** The same metric with a dynamic threshold, as `az monitor metrics alert create` sends it. */
export const dynamicRule = (change: object = {}) => ({
  ...documentsRule(),
  criteria: {
    "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "DynamicThresholdCriterion",
        name: "cond0",
        metricName: "Network Out Total",
        timeAggregation: "Average",
        dimensions: [],
        operator: "GreaterOrLessThan",
        alertSensitivity: "Medium",
        failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 2 },
        ...change,
      },
    ],
  },
});
