import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Check } from "./check.ts";
import type { Clients } from "./clients.ts";

const group = "nightcap";
const ruleName = "sdk-fires";
const firedTimeoutMilliseconds = 30_000;

interface Alert {
  id: string;
  name: string;
  properties: {
    essentials: Record<"alertState" | "monitorCondition" | "severity" | "targetResource", string>;
  };
}

/** Azure's JavaScript has no client of this API's present versions, so it is asked as `az rest` asks. */
async function ask(
  { credential, target }: Clients,
  method: "GET" | "POST",
  pathAndQuery: string,
): Promise<{ status: number; body: unknown }> {
  const { token } = await credential.getToken(`${target.endpoint}/.default`);
  const separator = pathAndQuery.includes("?") ? "&" : "?";
  const answer = await fetch(
    `${target.endpoint}${pathAndQuery}${separator}api-version=2019-03-01`,
    { method, headers: { authorization: `Bearer ${token}` } },
  );
  return { status: answer.status, body: await answer.json() };
}

/** A rule that fires within seconds: the machine sends all the time. */
async function fire(clients: Clients): Promise<Alert> {
  const { target, monitor } = clients;
  await monitor.metricAlerts.createOrUpdate(group, ruleName, {
    location: "global",
    severity: 2,
    enabled: true,
    scopes: [target.machineId],
    evaluationFrequency: "PT1S",
    windowSize: "PT2S",
    criteria: {
      odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [
        {
          criterionType: "StaticThresholdCriterion",
          name: "out",
          metricName: "Network Out Total",
          operator: "GreaterThan",
          threshold: 0,
          timeAggregation: "Total",
        },
      ],
    },
  });
  const path = `${target.machineId}/providers/Microsoft.AlertsManagement/alerts?alertRule=${ruleName}`;
  const deadline = Date.now() + firedTimeoutMilliseconds;
  for (;;) {
    const { status, body } = await ask(clients, "GET", path);
    assert.equal(status, 200, JSON.stringify(body));
    const [found] = (body as { value: Alert[] }).value;
    if (found) return found;
    assert.ok(Date.now() < deadline, "no alert was there in time");
    await sleep(200);
  }
}

const essentialsOf = (answer: { body: unknown }) => (answer.body as Alert).properties.essentials;

/** Microsoft.AlertsManagement. */
export const alertChecks: readonly Check[] = [
  {
    name: "alerts management: an alert is listed, counted, and closed",
    async run(clients) {
      const { target } = clients;
      const { id, name, properties } = await fire(clients);
      assert.equal(name, ruleName);
      const { alertState, monitorCondition, severity, targetResource } = properties.essentials;
      assert.deepEqual([alertState, monitorCondition, severity], ["New", "Fired", "Sev2"]);
      assert.equal(targetResource, target.machineId.toLowerCase());
      assert.equal(essentialsOf(await ask(clients, "GET", id)).severity, "Sev2");
      const path = `/subscriptions/${target.subscriptionId}/providers/Microsoft.AlertsManagement/alertsSummary`;
      const summary = await ask(clients, "GET", `${path}?groupby=severity,alertState`);
      const { total } = (summary.body as { properties: { total: number } }).properties;
      assert.ok(total >= 1, String(total));
      const closed = await ask(clients, "POST", `${id}/changestate?newState=Closed`);
      assert.deepEqual([closed.status, essentialsOf(closed).alertState], [200, "Closed"]);
      const history = await ask(clients, "GET", `${id}/history`);
      assert.match(JSON.stringify(history.body), /"newValue":"Closed"/);
      const wrong = await ask(clients, "POST", `${id}/changestate?newState=Forgotten`);
      assert.equal(wrong.status, 400);
      await clients.monitor.metricAlerts.delete(group, ruleName);
    },
  },
];
