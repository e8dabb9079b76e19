// Queries that are kept in a workspace, by Azure's client.
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
let searches: OperationalInsightsManagementClient["savedSearches"];
let workspaces: OperationalInsightsManagementClient["workspaces"];
const at = ["nightcap", "flows"] as const;
const path = `/subscriptions/${subscriptionId}/resourcegroups/nightcap/providers/Microsoft.OperationalInsights/workspaces/flows/savedSearches`;
const raw = (method: string, name: string, body?: unknown) =>
  plane.raw(method, `${path}/${name}?api-version=2020-08-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const talkers = {
  category: "Traffic",
  displayName: "Who talks most",
  query: "NTANetAnalytics | summarize sum(BytesSrcToDest) by SrcIp",
};

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  token = (await credential.getToken(`${plane.base}/.default`)).token;
  const client = new OperationalInsightsManagementClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentials: { scopes: [`${plane.base}/.default`] },
    tlsOptions: { ca: plane.ca },
  });
  searches = client.savedSearches;
  workspaces = client.workspaces;
  await workspaces.createOrUpdate(...at, { location: "local" });
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

test("a saved search through its life", async () => {
  const made = await searches.createOrUpdate(...at, "talkers", {
    ...talkers,
    tags: [{ name: "by", value: "mara" }],
  });
  expect(made).toMatchObject({
    ...talkers,
    name: "talkers",
    type: "Microsoft.OperationalInsights/workspaces/savedSearches",
    version: 2,
    etag: expect.stringMatching(/^W\//),
    tags: [{ name: "by", value: "mara" }],
  });
  expect(await searches.get(...at, "Talkers")).toEqual(made);
  const query = "NTANetAnalytics | count";
  const etag = made.etag ?? "";
  const changed = await searches.createOrUpdate(...at, "talkers", { ...talkers, query, etag });
  expect(changed).toMatchObject({ query, name: "talkers" });
  const late = searches.createOrUpdate(...at, "talkers", { ...talkers, etag });
  await expect(late).rejects.toMatchObject({ statusCode: 412, code: "PreconditionFailed" });
  const { value } = await searches.listByWorkspace(...at);
  expect(value).toEqual([changed]);
  await searches.delete(...at, "talkers");
  expect((await searches.listByWorkspace(...at)).value).toEqual([]);
  await expect(searches.get(...at, "talkers")).rejects.toMatchObject({ statusCode: 404 });
});

test("what is no saved search is refused, and none is without a workspace", async () => {
  expect(await raw("PUT", "x", { properties: { query: "NTANetAnalytics" } })).toMatchObject({
    status: 400,
    body: { error: { code: "InvalidRequestContent" } },
  });
  const long = { properties: { ...talkers, query: "x".repeat(200_001) } };
  expect((await raw("PUT", "x", long)).status).toBe(400);
  const lost = searches.createOrUpdate("nightcap", "nowhere", "x", talkers);
  await expect(lost).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
  expect((await raw("DELETE", "none")).status).toBe(204);
});

test("with its workspace a saved search goes", async () => {
  await searches.createOrUpdate(...at, "talkers", talkers);
  await workspaces.delete(...at);
  await workspaces.createOrUpdate(...at, { location: "local" });
  expect((await searches.listByWorkspace(...at)).value).toEqual([]);
});
