// Log Analytics workspaces by Azure's client; test/server/logs-api.test.ts queries them.
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
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
let client: OperationalInsightsManagementClient;
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
