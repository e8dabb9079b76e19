import { afterAll, beforeAll, expect, test } from "vitest";
import { advertisedVersions } from "../../src/arm/api-version.ts";
import {
  accountId,
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  token = await tokenOf("Owner");
  for (const [name, tags] of [
    ["a1", { team: "night", cost: "1" }],
    ["a2", { Team: "day" }],
  ] as const) {
    await call("PUT", `${groups}/${name}?${version}`, { location: "local", tags });
  }
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const version = "api-version=2021-04-01";
const subscription = `/subscriptions/${subscriptionId}`;
const groups = `${subscription}/resourceGroups`;

async function tokenOf(role: string, scope?: string): Promise<string> {
  const secret = await plane.createClient(role, role, scope);
  return (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
}
const call = (method: string, path: string, body?: unknown, as = token) =>
  plane.raw(method, path, { token: as, ...(body === undefined ? {} : { body }) });
const namesOf = ({ body }: { body: unknown }): string[] =>
  (body as { value: { name: string }[] }).value.map(({ name }) => name);
const errorOf = ({ status, body }: { status: number; body: unknown }) => {
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return { status, code, message };
};
const filtered = (path: string, filter: string, more = "") =>
  call("GET", `${path}?${version}&$filter=${encodeURIComponent(filter)}${more}`);

test("subscriptions have Azure's shape, of each version", async () => {
  const old = await call("GET", "/subscriptions?api-version=2016-06-01");
  expect(old.body).toMatchObject({ count: { type: "Total", value: 1 } });
  const [item] = (old.body as { value: object[] }).value;
  expect(Object.keys(item ?? {}).toSorted()).toEqual([
    "authorizationSource",
    "displayName",
    "id",
    "state",
    "subscriptionId",
    "subscriptionPolicies",
    "tenantId",
  ]);
  const one = await call("GET", `${subscription}?api-version=2022-12-01`);
  expect(one.body).toMatchObject({ id: subscription, subscriptionId, managedByTenants: [] });
});

test.each([
  ["tagname eq 'team'", ["a1", "a2"]],
  ["tagName eq 'team' and tagValue eq 'day'", ["a2"]],
  ["tagname eq 'cost' and tagvalue eq 'night'", []],
  ["", ["a1", "a2", "NetworkWatcherRG", "nightcap"]],
])("groups with %s", async (filter, names) => {
  expect(namesOf(await filtered(groups, filter))).toEqual(
    names.toSorted((a, b) => a.toLowerCase().localeCompare(b.toLowerCase())),
  );
});

test("groups: what a client sent is kept, a region that is not here is refused by Azure's code", async () => {
  const body = { location: "Local", managedBy: "/subscriptions/x", tags: null };
  const made = await call("PUT", `${groups}/m1?${version}`, body);
  expect(made).toMatchObject({
    status: 201,
    body: { location: "local", managedBy: "/subscriptions/x", tags: {} },
  });
  expect(made.body).toMatchObject({ type: "Microsoft.Resources/resourceGroups" });
  await call("PATCH", `${groups}/m1?${version}`, { tags: { a: "b" } });
  expect((await call("PATCH", `${groups}/m1?${version}`, {})).body).toMatchObject({
    tags: { a: "b" },
  });
  expect((await call("HEAD", `${groups}/M1?${version}`)).status).toBe(204);
  expect((await call("DELETE", `${groups}/m1?${version}`)).status).toBe(200);
  expect((await call("HEAD", `${groups}/m1?${version}`)).status).toBe(404);
  expect(errorOf(await call("PUT", `${groups}/m2?${version}`, { location: "mars" }))).toEqual({
    status: 400,
    code: "LocationNotAvailableForResourceGroup",
    message:
      "The provided location 'mars' is not available for resource group. List of available regions is 'local'.",
  });
});

test("a group goes with what is in it, and not at all when a host is among that", async () => {
  const path = `${groups}/full`;
  await call("PUT", `${path}?${version}`, { location: "local" });
  const actions = `${path}/providers/Microsoft.Insights/actionGroups/people?api-version=2021-09-01`;
  const properties = { groupShortName: "people", enabled: true };
  expect((await call("PUT", actions, { location: "Global", properties })).status).toBe(201);
  expect((await call("DELETE", `${path}?${version}`)).status).toBe(200);
  expect((await call("HEAD", `${path}?${version}`)).status).toBe(404);
  await call("PUT", `${path}?${version}`, { location: "local" });
  expect((await call("GET", actions)).status).toBe(404);
  await call("DELETE", `${path}?${version}`);
  const refused = errorOf(await call("DELETE", `${groups}/nightcap?${version}`));
  expect(refused).toMatchObject({ status: 409, code: "Conflict" });
  expect(refused.message).toContain("cannot be deleted here; nothing was deleted");
});

test.each([
  ["resourceType eq 'microsoft.compute/virtualmachines'", ["web-1"]],
  ["resourceType ne 'Microsoft.Network/networkInterfaces' and name eq 'WEB-1'", ["web-1"]],
  ["resourceGroup eq 'networkwatcherrg'", ["NetworkWatcher_local"]],
  ["substringof('watch', name)", ["NetworkWatcher_local"]],
  ["location eq 'Local' and resourceType eq 'Microsoft.Storage/storageAccounts'", ["captures"]],
  ["tagName eq 'none'", []],
])("resources with %s", async (filter, names) => {
  expect(namesOf(await filtered(`${subscription}/resources`, filter))).toEqual(names);
});

test("resources: of a group, expanded, in pages, and with a filter that is not understood", async () => {
  const all = await filtered(`${subscription}/resources`, "");
  expect(namesOf(all)).toEqual(["NetworkWatcher_local", "web-1", "web-1-eth0", "captures"]);
  expect(namesOf(await call("GET", `${groups}/NetworkWatcherRG/resources?${version}`))).toEqual([
    "NetworkWatcher_local",
  ]);
  const expanded = await filtered(
    `${subscription}/resources`,
    "name eq 'captures'",
    "&$expand=createdTime,changedTime,provisioningState",
  );
  expect((expanded.body as { value: unknown[] }).value).toEqual([
    {
      id: accountId,
      name: "captures",
      type: "Microsoft.Storage/storageAccounts",
      location: "local",
      tags: {},
      kind: "StorageV2",
      sku: { name: "Standard_LRS", tier: "Standard" },
      createdTime: expect.stringMatching(/^\d{4}-.*Z$/),
      changedTime: expect.stringMatching(/^\d{4}-.*Z$/),
      provisioningState: "Succeeded",
    },
  ]);
  const names: string[] = [];
  let next = `${subscription}/resources?${version}&$top=1`;
  for (let page = 0; page < 10 && next; page++) {
    const answer = await call("GET", next);
    names.push(...namesOf(answer));
    next = (answer.body as { nextLink?: string }).nextLink?.slice(plane.base.length) ?? "";
  }
  expect(names).toEqual(namesOf(all));
  for (const path of [
    `${subscription}/resources?${version}&$filter=colour%20eq%20'blue'`,
    `${subscription}/resources?${version}&$expand=everything`,
    `${groups}?${version}&$filter=startswith(a`,
  ]) {
    expect(errorOf(await call("GET", path))).toMatchObject({ status: 400 });
  }
});

test("resources: a caller sees those that they may read, and none without a role", async () => {
  const networks = await tokenOf("Network Contributor");
  const list = `${subscription}/resources?${version}`;
  expect(namesOf(await call("GET", list, undefined, networks))).toEqual([
    "NetworkWatcher_local",
    "web-1-eth0",
  ]);
  const one = await tokenOf("Reader", machineId);
  expect(namesOf(await call("GET", list, undefined, one))).toEqual(["web-1"]);
});

test("a resource of any id is there or not: HEAD", async () => {
  expect((await call("HEAD", `${machineId}?${version}`)).status).toBe(204);
  expect((await call("HEAD", `${watcherId}?${version}`)).status).toBe(204);
  const missing = await call("HEAD", `${machineId}x?${version}`);
  expect(missing).toMatchObject({ status: 404, body: "" });
  expect((await call("HEAD", `${subscription}/resources?${version}`)).status).toBe(501);
});

test("tags at a scope: replaced, merged, deleted; those of a host stay when it is heard of", async () => {
  const path = `${machineId}/providers/Microsoft.Resources/tags/default?${version}`;
  const put = await call("PUT", path, { properties: { tags: { team: "night" } } });
  expect(put).toMatchObject({ status: 200, body: { properties: { tags: { team: "night" } } } });
  const patch = (operation: string, tags: object) =>
    call("PATCH", path, { operation, properties: { tags } });
  const merged = await patch("Merge", { Team: "day", floor: "2" });
  expect(merged.body).toMatchObject({ properties: { tags: { team: "day", floor: "2" } } });
  const cut = await patch("Delete", { floor: "2", team: "night" });
  expect((cut.body as { properties: { tags: object } }).properties.tags).toEqual({ team: "day" });
  expect(errorOf(await patch("Swap", {}))).toMatchObject({ code: "InvalidRequestContent" });
  expect((await call("GET", `${machineId}?api-version=2024-11-01`)).body).toMatchObject({
    tags: { team: "day" },
  });
  expect(errorOf(await patch("merge", { "a<b": "x" }))).toMatchObject({
    status: 400,
    message: expect.stringContaining("a<b"),
  });
  expect((await patch("merge", { floor: "2" })).status).toBe(200);
  expect(errorOf(await patch("mix", {}))).toMatchObject({
    status: 400,
    message: expect.stringContaining("Merge, Replace, Delete expected"),
  });
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, "x"]));
  expect(errorOf(await patch("Merge", many))).toMatchObject({ status: 400 });
  expect((await call("DELETE", path)).status).toBe(200);
  expect((await call("GET", path)).body).toMatchObject({ properties: { tags: {} } });
  const ofSubscription = `${subscription}/providers/Microsoft.Resources/tags/default?${version}`;
  await call("PUT", ofSubscription, { properties: { tags: { owner: "ops" } } });
  await plane.close();
  plane = await startControlPlane({ directory });
  token = await tokenOf("Owner");
  expect((await call("GET", ofSubscription)).body).toMatchObject({
    properties: { tags: { owner: "ops" } },
  });
});

test("providers name every type with its versions; all are registered and stay so", async () => {
  const { body } = await call("GET", `${subscription}/providers?${version}`);
  const { value } = body as {
    value: {
      namespace: string;
      resourceTypes: { resourceType: string; apiVersions: string[] }[];
    }[];
  };
  const named = value.flatMap(({ namespace, resourceTypes }) =>
    resourceTypes.map(({ resourceType, apiVersions }) => [
      `${namespace}/${resourceType}`,
      apiVersions,
    ]),
  );
  expect(named).toEqual(advertisedVersions());
  const one = `${subscription}/providers/microsoft.network`;
  const registered = { namespace: "Microsoft.Network", registrationState: "Registered" };
  expect((await call("GET", `${one}?${version}`)).body).toMatchObject(registered);
  expect((await call("POST", `${one}/register?${version}`)).body).toMatchObject(registered);
  expect((await call("GET", `/providers/Microsoft.Network?${version}`)).body).toMatchObject({
    ...registered,
    id: "/providers/Microsoft.Network",
  });
  expect(errorOf(await call("POST", `${one}/unregister?${version}`))).toMatchObject({
    status: 409,
  });
  const unknown = await call("POST", `${subscription}/providers/Microsoft.Web/register?${version}`);
  expect(errorOf(unknown)).toEqual({
    status: 404,
    code: "InvalidResourceNamespace",
    message: "The resource namespace 'Microsoft.Web' is invalid.",
  });
});

test("operations of a provider are those of the table", async () => {
  const { body } = await call("GET", `/providers/Microsoft.Network/operations?${version}`);
  const { value } = body as { value: { name: string; display: object }[] };
  const actions = plane.operations.map(({ action }) => action);
  const own = actions.filter((action) => action.startsWith("Microsoft.Network/"));
  expect(value.map(({ name }) => name)).toEqual([...new Set(own)].toSorted());
  expect(value.find(({ name }) => name.endsWith("packetCaptures/stop/action"))?.display).toEqual({
    provider: "Microsoft.Network",
    resource: "networkWatchers/packetCaptures",
    operation: "stop",
    description: "stop networkWatchers/packetCaptures",
  });
});

test.each([
  [
    "POST",
    `${subscription}/providers/Microsoft.Search/checkNameAvailability`,
    "Microsoft.Search/checkNameAvailability",
  ],
  ["GET", `${subscription}/providers/Microsoft.Web/sites`, "Microsoft.Web/sites"],
  ["POST", `${machineId}/deallocate`, "Microsoft.Compute/virtualMachines/deallocate"],
  ["PUT", machineId, "Microsoft.Compute/virtualMachines; there is PATCH, GET"],
  ["POST", `${groups}/nightcap/exportTemplate`, "/subscriptions/resourceGroups/exportTemplate"],
])("%s %s is 501 and named", async (method, path, named) => {
  expect(errorOf(await call(method, `${path}?${version}`, {}))).toMatchObject({
    status: 501,
    code: "NotImplemented",
    message: expect.stringContaining(named),
  });
});
