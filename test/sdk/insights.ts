import assert from "node:assert/strict";
import type { MetricAlertResource } from "@azure/arm-monitor";
import { all, type Check, refusalOf } from "./check.ts";
import type { Clients } from "./clients.ts";

const group = "nightcap";

const rule = ({ target }: Clients): MetricAlertResource => ({
  location: "global",
  severity: 3,
  enabled: true,
  scopes: [target.machineId],
  evaluationFrequency: "PT1M",
  windowSize: "PT5M",
  criteria: {
    odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "StaticThresholdCriterion",
        name: "out",
        metricName: "Network Out Total",
        metricNamespace: "Microsoft.Compute/virtualMachines",
        operator: "GreaterThan",
        threshold: 1e12,
        timeAggregation: "Total",
      },
    ],
  },
});

const dynamicRule = (clients: Clients): MetricAlertResource => ({
  ...rule(clients),
  criteria: {
    odataType: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "DynamicThresholdCriterion",
        name: "unusual",
        metricName: "Network Out Total",
        operator: "GreaterOrLessThan",
        alertSensitivity: "Low",
        failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 4 },
        ignoreDataBefore: new Date("2026-01-02T03:04:05.678Z"),
        timeAggregation: "Average",
      },
    ],
  },
});

/** arm-monitor: metric alerts and action groups. */
export const insightsChecks: readonly Check[] = [
  {
    name: "arm-monitor: an action group through its life",
    async run({ monitor: { actionGroups }, target }) {
      const made = await actionGroups.createOrUpdate(group, "sdk", {
        location: "Global",
        groupShortName: "sdk",
        enabled: true,
        webhookReceivers: [
          { name: "hook", serviceUri: target.receiverUrl, useCommonAlertSchema: true },
        ],
      });
      assert.equal(made.webhookReceivers?.[0]?.serviceUri, target.receiverUrl);
      const changed = await actionGroups.update(group, "sdk", { enabled: false, tags: { a: "b" } });
      assert.equal(changed.enabled, false);
      assert.deepEqual(changed.tags, { a: "b" });
      assert.equal((await actionGroups.get(group, "sdk")).groupShortName, "sdk");
      const emailReceivers = [{ name: "on", emailAddress: "on@example.com" }];
      const { id: _, name: __, type: ___, ...own } = changed;
      await actionGroups.createOrUpdate(group, "sdk", { ...own, emailReceivers });
      const missing = actionGroups.enableReceiver(group, "sdk", { receiverName: "nobody" });
      assert.deepEqual(await refusalOf(missing), { status: 404, code: "ResourceNotFound" });
      const again = actionGroups.enableReceiver(group, "sdk", { receiverName: "on" });
      assert.deepEqual(await refusalOf(again), { status: 409, code: "Conflict" });
      for (const list of [
        actionGroups.listBySubscriptionId(),
        actionGroups.listByResourceGroup(group),
      ]) {
        assert.ok((await all(list)).some(({ name }) => name === "sdk"));
      }
    },
  },
  {
    name: "arm-monitor: metrics of a machine, their definitions and namespaces",
    async run({ monitor, target }) {
      const definitions = await all(monitor.metricDefinitions.list(target.machineId));
      const names = definitions.map(({ name }) => name?.value);
      assert.ok(names.includes("Network Out Total"), names.join());
      const namespaces = await all(monitor.metricNamespaces.list(target.machineId));
      assert.equal(
        namespaces[0]?.properties?.metricNamespaceName,
        "Microsoft.Compute/virtualMachines",
      );
      const answer = await monitor.metrics.list(target.machineId, {
        metricnames: "Network Out Total",
        timespan: "PT10M",
        interval: "PT1M",
        aggregation: "Total,Average,Count",
      });
      assert.equal(answer.interval, "PT1M");
      const points = answer.value[0]?.timeseries?.[0]?.data ?? [];
      assert.ok(points.length >= 9, String(points.length));
      assert.ok(points.every(({ timeStamp }) => timeStamp instanceof Date));
    },
  },
  {
    name: "arm-monitor: a metric alert through its life",
    async run(clients) {
      const { metricAlerts, actionGroups } = clients.monitor;
      const { id: actionGroupId } = await actionGroups.get(group, "sdk");
      assert.ok(actionGroupId);
      const made = await metricAlerts.createOrUpdate(group, "sdk", {
        ...rule(clients),
        actions: [{ actionGroupId }],
      });
      assert.equal(
        made.criteria.odataType,
        "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      );
      assert.equal(made.actions?.[0]?.actionGroupId, actionGroupId);
      const changed = await metricAlerts.update(group, "sdk", { severity: 1 });
      assert.equal(changed.severity, 1);
      for (const list of [
        metricAlerts.listBySubscription(),
        metricAlerts.listByResourceGroup(group),
      ]) {
        assert.deepEqual(
          (await all(list)).map(({ name }) => name),
          ["sdk"],
        );
      }
      await metricAlerts.delete(group, "sdk");
      await metricAlerts.delete(group, "sdk");
      await actionGroups.delete(group, "sdk");
    },
  },
  {
    name: "arm-monitor: a metric alert with a dynamic threshold",
    async run(clients) {
      const { metricAlerts } = clients.monitor;
      const wanted = dynamicRule(clients);
      const { criteria } = await metricAlerts.createOrUpdate(group, "sdk-dynamic", wanted);
      assert.deepEqual(criteria, wanted.criteria);
      const read = await metricAlerts.get(group, "sdk-dynamic");
      assert.deepEqual(read.criteria, wanted.criteria);
      const odataType = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
      await assert.rejects(
        metricAlerts.createOrUpdate(group, "sdk-dynamic", {
          ...wanted,
          criteria: { ...wanted.criteria, odataType },
        }),
        { statusCode: 400 },
      );
      await metricAlerts.delete(group, "sdk-dynamic");
    },
  },
];
