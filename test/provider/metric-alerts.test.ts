// Metric alerts by Azure's client: about several machines, and how each of them is.
import { MonitorClient, type MetricAlertResource } from "@azure/arm-monitor";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlertState } from "../../src/alert/rule-state.ts";
import {
  type ControlPlane,
  machineId,
  makeDirectory,
  recordHost,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let monitor: MonitorClient;
const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
const ruleId = `${group}/providers/Microsoft.Insights/metricAlerts/net`;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  monitor = new MonitorClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentialScopes: [`${plane.base}/.default`],
    tlsOptions: { ca: plane.ca },
  });
  await recordHost(plane.state, { name: "web-2" });
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const rule = (change: Partial<MetricAlertResource> = {}, metricName = "Network Out Total") => ({
  location: "global",
  severity: 3,
  enabled: true,
  scopes: [group],
  evaluationFrequency: "PT1M",
  windowSize: "PT5M",
  targetResourceType: "Microsoft.Compute/virtualMachines",
  targetResourceRegion: "local",
  criteria: {
    odataType: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria" as const,
    allOf: [
      {
        criterionType: "StaticThresholdCriterion" as const,
        name: "out",
        metricName,
        operator: "GreaterThan",
        threshold: 3,
        timeAggregation: "Average",
      },
    ],
  },
  ...change,
});

test("a rule about a group, its status for each machine, and its PATCH", async () => {
  const made = await monitor.metricAlerts.createOrUpdate("nightcap", "net", rule());
  expect(made).toMatchObject({
    scopes: [group],
    targetResourceType: "Microsoft.Compute/virtualMachines",
    targetResourceRegion: "local",
    criteria: { odataType: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria" },
  });
  const key = `${ruleId}|${machineId}`.toLowerCase();
  const states = plane.state.documents<Partial<AlertState>>("alertStates");
  await states.put(key, { ruleId, monitorCondition: "Fired", rearmed: false });
  const { value = [] } = await monitor.metricAlertsStatus.list("nightcap", "net");
  expect(
    value.map(({ properties }) => [properties?.dimensions?.["resourceId"], properties?.status]),
  ).toEqual([
    [machineId, "Unhealthy"],
    [machineId.replace(/web-1$/, "web-2"), "Healthy"],
  ]);
  const name = value[0]?.name ?? "";
  const one = await monitor.metricAlertsStatus.listByName("nightcap", "net", name);
  expect(one.value?.map(({ properties }) => properties?.status)).toEqual(["Unhealthy"]);
  await expect(
    monitor.metricAlertsStatus.listByName("nightcap", "net", "nosuch"),
  ).rejects.toMatchObject({ statusCode: 404 });
  const changed = await monitor.metricAlerts.update("nightcap", "net", {
    tags: { team: "net" },
    enabled: false,
  });
  expect(changed).toMatchObject({ tags: { team: "net" }, enabled: false, severity: 3 });
});

test("a metric that is not there is refused, unless the client says not to look", async () => {
  await expect(
    monitor.metricAlerts.createOrUpdate("nightcap", "bad", rule({}, "Network Sideways")),
  ).rejects.toMatchObject({
    statusCode: 400,
    code: "BadRequest",
    message: expect.stringMatching(/^Couldn't find a metric named Network Sideways\. Make sure/),
  });
  const lenient = rule({}, "Network Sideways");
  for (const criterion of lenient.criteria.allOf) {
    Object.assign(criterion, { skipMetricValidation: true });
  }
  const made = await monitor.metricAlerts.createOrUpdate("nightcap", "lenient", lenient);
  expect(made.name).toBe("lenient");
});

test("scopes that the criteria do not allow are refused by name", async () => {
  await expect(
    monitor.metricAlerts.createOrUpdate(
      "nightcap",
      "bad",
      rule({ targetResourceType: "Microsoft.Sql/servers" }),
    ),
  ).rejects.toThrow(/"Microsoft\.Sql\/servers" has no metrics/);
});
