import assert from "node:assert/strict";
import { all, type Check, refusalOf } from "./check.ts";

const group = "nightcap";

/** arm-operationalinsights with monitor-query-logs, and monitor-query-metrics. */
export const logsChecks: readonly Check[] = [
  {
    name: "arm-operationalinsights: a workspace through its life, and queries of it",
    async run({ workspaces, logs, target }) {
      const made = await workspaces.createOrUpdate(group, "sdk-flows", {
        location: "local",
        retentionInDays: 60,
        sku: { name: "PerGB2018" },
      });
      assert.equal(made.provisioningState, "Succeeded");
      assert.match(made.customerId ?? "", /^[\da-f-]{36}$/);
      const changed = await workspaces.update(group, "sdk-flows", { tags: { team: "net" } });
      assert.deepEqual([changed.tags, changed.retentionInDays], [{ team: "net" }, 60]);
      for (const list of [workspaces.list(), workspaces.listByResourceGroup(group)]) {
        assert.deepEqual(
          (await all(list)).map(({ id }) => id),
          [made.id],
        );
      }
      const hour = { duration: "PT1H" };
      const asked = [
        await logs.queryWorkspace(made.customerId ?? "", "AzureNetworkAnalytics_CL | count", hour),
        await logs.queryResource(target.machineId, "NTANetAnalytics | count", hour),
      ];
      for (const answer of asked) assert.equal(answer.status, "Success");
      const wrong = logs.queryWorkspace(made.customerId ?? "", "Heartbeat | take", hour);
      assert.deepEqual(await refusalOf(wrong), { status: 400, code: "BadArgumentError" });
      await workspaces.delete(group, "sdk-flows");
      const gone = workspaces.get(group, "sdk-flows");
      assert.deepEqual(await refusalOf(gone), { status: 404, code: "ResourceNotFound" });
    },
  },
  {
    name: "monitor-query-metrics: a batch of machines",
    async run({ metrics, target }) {
      const ask = (id: string, name = "Network Out Total") =>
        metrics.queryResources([id], [name], "Microsoft.Compute/virtualMachines", {
          startTime: new Date(Date.now() - 600_000),
          endTime: new Date(),
          interval: "PT1M",
          aggregation: "Total",
        });
      const [answer, ...others] = await ask(target.machineId);
      assert.deepEqual(others, []);
      assert.equal(answer?.resourceId?.toLowerCase(), target.machineId.toLowerCase());
      const [metric] = answer?.metrics ?? [];
      assert.equal(metric?.name, "Network Out Total");
      const totals = metric?.timeseries[0]?.data?.map(({ total }) => total ?? 0) ?? [];
      assert.ok(
        totals.some((total) => total > 0),
        totals.join(),
      );
      const lost = ask(`${target.machineId}-no`);
      assert.deepEqual(await refusalOf(lost), { status: 404, code: "ResourceNotFound" });
      const unknown = ask(target.machineId, "No Such Metric");
      assert.deepEqual(await refusalOf(unknown), { status: 400, code: "BadRequest" });
    },
  },
];
