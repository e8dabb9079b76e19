// Microsoft.Insights/scheduledQueryRules as az rest and Azure's generated clients ask for them.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap`;
const type = "Microsoft.Insights/scheduledQueryRules";
const workspace = `${group}/providers/Microsoft.OperationalInsights/workspaces/flows`;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  token = await tokenOf("test", "Owner");
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

async function tokenOf(name: string, role: string): Promise<string> {
  const { credential } = plane.clients(await plane.createClient(name, role));
  return (await credential.getToken(`${plane.base}/.default`)).token;
}

interface Answer {
  status: number;
  body: {
    properties: Record<string, unknown>;
    value: { name: string }[];
    error: { code: string; message: string };
  } & Record<string, unknown>;
}

async function ask(method: string, path: string, body?: object, bearer = token): Promise<Answer> {
  const answer = await plane.raw(method, `${path}?api-version=2021-08-01`, {
    ...(body ? { body } : {}),
    headers: { authorization: `Bearer ${bearer}` },
  });
  return answer as unknown as Answer;
}

const path = (name: string): string => `${group}/providers/${type}/${name}`;
const condition = {
  query: "NTANetAnalytics | where FlowStatus == 'Denied'",
  timeAggregation: "Count",
  dimensions: [{ name: "SrcIp", operator: "Include", values: ["*"] }],
  operator: "GreaterThan",
  threshold: 5,
  failingPeriods: { numberOfEvaluationPeriods: 2, minFailingPeriodsToAlert: 1 },
};
const rule = (change: object = {}, criterion: object = {}) => ({
  location: "local",
  properties: {
    severity: 2,
    scopes: [workspace],
    evaluationFrequency: "PT5M",
    windowSize: "PT5M",
    criteria: { allOf: [{ ...condition, ...criterion }] },
    actions: { actionGroups: [`${group}/providers/Microsoft.Insights/actionGroups/night`] },
    ...change,
  },
});

test("a rule through its life, with what Azure adds", async () => {
  const made = await ask("PUT", path("denied"), rule());
  expect(made).toMatchObject({
    status: 201,
    body: {
      id: path("denied"),
      name: "denied",
      type,
      kind: "LogAlert",
      properties: {
        severity: 2,
        enabled: true,
        autoMitigate: true,
        isLegacyLogAnalyticsRule: false,
        criteria: { allOf: [condition] },
      },
    },
  });
  expect((await ask("PUT", path("denied"), rule())).status).toBe(200);
  const changed = await ask("PATCH", path("denied"), {
    tags: { team: "net" },
    properties: { enabled: false },
  });
  expect(changed).toMatchObject({
    status: 200,
    body: { tags: { team: "net" }, properties: { enabled: false, severity: 2 } },
  });
  for (const scope of [subscription, group]) {
    const { body } = await ask("GET", `${scope}/providers/${type}`);
    expect(body.value.map(({ name }) => name)).toEqual(["denied"]);
  }
  expect((await ask("DELETE", path("denied"))).status).toBe(200);
  expect((await ask("DELETE", path("denied"))).status).toBe(204);
  expect((await ask("GET", path("denied"))).body.error.code).toBe("ResourceNotFound");
});

test.each<[string, object, object, RegExp]>([
  [
    "a word that is no operator",
    {},
    { query: "NTANetAnalytics | whre 1 == 1" },
    /^The query is not valid: line 1, column \d+: /,
  ],
  ["a table that is not there", {}, { query: "Heartbeat" }, /^The query is not valid: .*Heartbeat/],
  [
    "a dimension that is no column",
    {},
    { dimensions: [{ name: "SrcIpp", operator: "Include", values: ["*"] }] },
    /^dimension "SrcIpp" is not a column/,
  ],
  [
    "a measure that holds no numbers",
    {},
    { timeAggregation: "Total", metricMeasureColumn: "SrcIp" },
    /"SrcIp" holds no numbers/,
  ],
  [
    "an aggregation without its column",
    {},
    { timeAggregation: "Average" },
    /metricMeasureColumn.* is missing/,
  ],
  [
    "more failing periods than periods",
    {},
    { failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 2 } },
    /is more than numberOfEvaluationPeriods/,
  ],
  [
    "a threshold that is learned",
    {},
    { criterionType: "DynamicThresholdCriterion" },
    /^not supported: criterionType/,
  ],
  [
    "a window shorter than the frequency",
    { windowSize: "PT1M" },
    {},
    /some time would never be looked at/,
  ],
  ["a frequency that is none", { evaluationFrequency: "PT1S" }, {}, /PT5S to P1D/],
  [
    "muted actions of a rule that resolves itself",
    { muteActionsDuration: "PT5M" },
    {},
    /autoMitigate is false/,
  ],
  ["two conditions", { criteria: { allOf: [condition, condition] } }, {}, /one condition/],
])("%s is refused", async (_what, change, criterion, message) => {
  const { status, body } = await ask("PUT", path("bad"), rule(change, criterion));
  expect(body.error).toEqual({ code: "BadRequest", message: expect.stringMatching(message) });
  expect(status).toBe(400);
});

test("a query is not looked at when its author says so, and kinds that are not here are named", async () => {
  const lenient = await ask(
    "PUT",
    path("lenient"),
    rule({ skipQueryValidation: true }, { query: "Heartbeat" }),
  );
  expect(lenient.status).toBe(201);
  const metrics = await ask("PUT", path("bad"), { ...rule(), kind: "LogToMetric" });
  expect(metrics.body.error.message).toBe(
    'not supported: kind "LogToMetric" (supported: LogAlert)',
  );
  const identity = await ask("PUT", path("bad"), {
    ...rule(),
    identity: { type: "SystemAssigned" },
  });
  expect(identity.body.error.message).toMatch(/^not supported: identity "SystemAssigned"/);
});

test("who may write alert rules may write these, and who reads may not", async () => {
  const monitoring = await tokenOf("monitoring", "Monitoring Contributor");
  expect((await ask("PUT", path("theirs"), rule(), monitoring)).status).toBe(201);
  const reader = await tokenOf("reader", "Reader");
  expect((await ask("GET", path("theirs"), undefined, reader)).status).toBe(200);
  expect((await ask("PUT", path("theirs"), rule(), reader)).status).toBe(403);
});
