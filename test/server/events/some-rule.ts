/** The body of a metric alert rule over all machines of a group. */
export const someRule = (group: string): object => ({
  location: "global",
  properties: {
    severity: 3,
    enabled: true,
    scopes: [group],
    evaluationFrequency: "PT1M",
    windowSize: "PT5M",
    targetResourceType: "Microsoft.Compute/virtualMachines",
    targetResourceRegion: "local",
    criteria: {
      "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
      allOf: [
        {
          criterionType: "StaticThresholdCriterion",
          name: "out",
          metricName: "Network Out Total",
          operator: "GreaterThan",
          threshold: 3,
          timeAggregation: "Average",
        },
      ],
    },
  },
});
