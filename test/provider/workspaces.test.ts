// Log Analytics workspaces by Azure's client, and the logs API that answers no query yet.
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import { LogsQueryClient } from "@azure/monitor-query-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  tenantId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
let client: OperationalInsightsManagementClient;
let logs: LogsQueryClient;
const path = `/subscriptions/${subscriptionId}/resourceGroups/nightcap/providers/Microsoft.OperationalInsights/workspaces`;
const raw = (method: string, name: string, body?: unknown) =>
  plane.raw(method, `${path}/${name}?api-version=2021-12-01-preview`, {
    token,
    ...(body === undefined ? {} : { body }),
  });

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  token = (await credential.getToken(`${plane.base}/.default`)).token;
  const tls = { tlsOptions: { ca: plane.ca } };
  client = new OperationalInsightsManagementClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentials: { scopes: [`${plane.base}/.default`] },
    ...tls,
  });
  // Its own audience, https://api.loganalytics.io.
  logs = new LogsQueryClient(credential, { endpoint: `${plane.base}/v1`, ...tls });
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

test("a workspace through its life", async () => {
  const made = await client.workspaces.createOrUpdate("nightcap", "flows", {
    location: "local",
    tags: { team: "net" },
    retentionInDays: 60,
    sku: { name: "PerGB2018" },
  });
  expect(made).toMatchObject({
    id: `${path}/flows`,
    name: "flows",
    type: "Microsoft.OperationalInsights/workspaces",
    provisioningState: "Succeeded",
    customerId: expect.stringMatching(/^[\da-f-]{36}$/),
    retentionInDays: 60,
    sku: { name: "PerGB2018" },
    workspaceCapping: { dailyQuotaGb: -1 },
    publicNetworkAccessForQuery: "Enabled",
    tags: { team: "net" },
    etag: expect.stringMatching(/^W\//),
  });
  const changed = await client.workspaces.update("nightcap", "flows", {
    retentionInDays: 90,
    workspaceCapping: { dailyQuotaGb: 5 },
    tags: { team: "web" },
  });
  expect(changed).toMatchObject({
    customerId: made.customerId,
    retentionInDays: 90,
    workspaceCapping: { dailyQuotaGb: 5, dataIngestionStatus: "RespectQuota" },
    sku: { name: "PerGB2018" },
    tags: { team: "web" },
  });
  expect((await client.workspaces.get("NIGHTCAP", "FLOWS")).customerId).toBe(made.customerId);
  for (const list of [client.workspaces.list(), client.workspaces.listByResourceGroup("nightcap")])
    expect((await Array.fromAsync(list)).map(({ name }) => name)).toEqual(["flows"]);
  const again = await raw("PUT", "flows", {
    location: "Local",
    properties: { customerId: "mine" },
  });
  expect(again).toMatchObject({
    status: 200,
    body: { properties: { customerId: made.customerId, retentionInDays: 30 } },
  });
  expect((await raw("DELETE", "flows")).status).toBe(200);
  expect((await raw("DELETE", "flows")).status).toBe(204);
  expect(await raw("GET", "flows")).toMatchObject({
    status: 404,
    body: { error: { code: "ResourceNotFound" } },
  });
  expect(await Array.fromAsync(client.deletedWorkspaces.list())).toEqual([]);
});

test("what is refused, by its name", async () => {
  const local = { location: "local" };
  const cases: [string, unknown, RegExp][] = [
    ["abc", local, /^workspace name "abc" is not valid/],
    ["flows", { location: "mars" }, /"mars"/],
    ["flows", {}, /location/],
    ["flows", { ...local, properties: { retentionInDays: 6 } }, /retentionInDays/],
    ["flows", { ...local, properties: { sku: { name: "Gold" } } }, /sku\.name/],
  ];
  for (const [name, body, message] of cases) {
    const answer = await raw("PUT", name, body);
    expect(answer.status, name).toBe(400);
    expect((answer.body as { error: { message: string } }).error.message).toMatch(message);
  }
  expect(await raw("POST", "flows/sharedKeys")).toMatchObject({
    status: 501,
    body: { error: { message: expect.stringContaining("workspaces/sharedKeys") } },
  });
});

test("queries are not answered yet, which only those hear who may come in", async () => {
  const guid = "11111111-1111-1111-1111-111111111111";
  const span = { duration: "PT1H" };
  const refused = { statusCode: 501, message: expect.stringMatching(/logs query: logs cannot be/) };
  await expect(logs.queryWorkspace(guid, "Heartbeat", span)).rejects.toMatchObject(refused);
  const resource = `${path}/flows`;
  await expect(logs.queryResource(resource, "Heartbeat", span)).rejects.toMatchObject(refused);
  await expect(
    logs.queryBatch([{ workspaceId: guid, query: "Heartbeat", timespan: span }]),
  ).rejects.toMatchObject({ statusCode: 501 });
  const query = `/v1/workspaces/${guid}/query`;
  expect(await plane.raw("POST", query, { body: { query: "x" } })).toMatchObject({
    status: 401,
    headers: { "www-authenticate": expect.stringContaining(tenantId) },
    body: { error: { code: "AuthenticationFailed" } },
  });
  expect(await plane.raw("POST", query, { token })).toMatchObject({ status: 501 });
  expect(await plane.raw("GET", "/v1/else", { token })).toMatchObject({ status: 404 });
});
