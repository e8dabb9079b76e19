import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { actionMatches, requestScope } from "../../src/provider/authorization/access.ts";
import { findRole, roleDefinitions } from "../../src/provider/authorization/built-in-roles.ts";
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
let owner: Client;

interface Client {
  id: string;
  call(method: string, path: string, body?: unknown): ReturnType<ControlPlane["raw"]>;
}

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap`;
const alerts = `${group}/providers/Microsoft.Insights/metricAlerts`;
const assignments = "providers/Microsoft.Authorization/roleAssignments";
const authorization = "api-version=2022-04-01";
const network = "api-version=2022-01-01";
const filePath = "/var/captures/linked.cap";

async function makeClient(role: string | null, scope?: string): Promise<Client> {
  const secret = await plane.createClient(`${role} client`, role, scope);
  const { token } = await plane.clients(secret).credential.getToken(`${plane.base}/.default`);
  const call = (method: string, path: string, body?: unknown) =>
    plane.raw(method, path, { token, ...(body === undefined ? {} : { body }) });
  return { id: secret.clientId, call };
}

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
});
beforeEach(async () => {
  owner ??= await makeClient("Owner");
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const errorOf = ({ status, body }: { status: number; body: unknown }) => {
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return { status, code, message };
};
const idsOf = ({ body }: { body: unknown }): string[] =>
  (body as { value: { id: string }[] }).value.map(({ id }) => id);
const assign = (principalId: string, role: string, change: object = {}) => ({
  properties: {
    roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${findRole(role)?.name}`,
    principalId,
    ...change,
  },
});

test.each([
  ["*", "Microsoft.Network/networkWatchers/read", true],
  ["*/read", "Microsoft.Network/networkWatchers/READ", true],
  ["*/read", "Microsoft.Network/networkWatchers/write", false],
  ["Microsoft.Network/*", "microsoft.network/networkWatchers/packetCaptures/stop/action", true],
  ["Microsoft.Network/*", "Microsoft.NetworkX/a/read", false],
  ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write", true],
  ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/write", false],
  ["a/*a", "a/", false],
  ["a*a", "a", false],
  ["Microsoft.Insights/Register/Action", "Microsoft.Insights/register/action", true],
])("pattern %s and action %s: %s", (pattern, action, expected) => {
  expect(actionMatches(pattern, action)).toBe(expected);
});

test.each([
  ["/subscriptions/S/resourceGroups", "/subscriptions/S"],
  ["/subscriptions/S/resourceGroups/G", "/subscriptions/S/resourceGroups/G"],
  ["/subscriptions/S/resourceGroups/G/resources", "/subscriptions/S/resourceGroups/G"],
  ["/subscriptions/S/providers/A.B/c", "/subscriptions/S"],
  ["/subscriptions/S/resourceGroups/G/providers/A.B/c", "/subscriptions/S/resourceGroups/G"],
  [
    "/subscriptions/S/resourceGroups/G/providers/A.B/c/d/start",
    "/subscriptions/S/resourceGroups/G/providers/A.B/c/d",
  ],
  [
    "/subscriptions/S/resourceGroups/G/providers/A.B/c/d/providers/E.F/g",
    "/subscriptions/S/resourceGroups/G/providers/A.B/c/d",
  ],
  ["/providers/Microsoft.Authorization/roleDefinitions", "/"],
])("%s is about %s", (path, scope) => {
  expect(requestScope(path.slice(1).split("/"))).toBe(scope);
});

test("a Reader reads everything and writes nothing; the refusal is in Azure's words", async () => {
  const reader = await makeClient("Reader");
  for (const path of [watcherId, machineId, group, `${watcherId}/packetCaptures`]) {
    expect((await reader.call("GET", `${path}?${network}`)).status).toBe(200);
  }
  const refused = await reader.call("PUT", `${watcherId}/packetCaptures/c?${network}`, {});
  expect(errorOf(refused)).toEqual({
    status: 403,
    code: "AuthorizationFailed",
    message: `The client '${reader.id}' with object id '${reader.id}' does not have authorization to perform action 'Microsoft.Network/networkWatchers/packetCaptures/write' over scope '${watcherId}/packetCaptures/c' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  });
  for (const [method, path] of [
    ["DELETE", `${watcherId}/packetCaptures/c`],
    ["POST", `${watcherId}/packetCaptures/c/stop`],
    ["POST", `${accountId}/listKeys`],
    ["PATCH", group],
    ["PUT", `${subscription}/${assignments}/${randomUUID()}`],
  ] as const) {
    expect((await reader.call(method, `${path}?${authorization}`, {})).status).toBe(403);
  }
});

/** Whatever stands for a name in a path; no handler gets to see it. */
const fillPath = (path: string): string =>
  path
    .replace("/{+scope}", subscription)
    .replace("{subscriptionId}", subscriptionId)
    .replace("{resourceGroupName}", "nightcap")
    .replaceAll(/\{\w+\}/g, "x");
const open = [
  "GET /subscriptions",
  "GET /tenants",
  "GET /providers",
  "GET /providers/{namespace}",
  "GET /providers/{namespace}/operations",
  "GET /providers/Microsoft.Insights/eventcategories",
  "GET /subscriptions/{subscriptionId}/providers/Microsoft.Network/locations/{location}/operations/{operationId}",
  "GET /subscriptions/{subscriptionId}/providers/Microsoft.Network/locations/{location}/operationResults/{operationId}",
];

test("every operation of the table has an action, and is refused without it", async () => {
  const nobody = await makeClient(null);
  const known = plane.operations.filter(({ method, path }) => !open.includes(`${method} ${path}`));
  expect(known.length).toBe(plane.operations.length - open.length);
  for (const { method, path, action, apiVersions } of known) {
    const name = `${method} ${path}`;
    expect(action, name).toMatch(/^Microsoft\.\w+(\/\w+)*\/(read|write|delete|action)$/);
    const answer = await nobody.call(
      method,
      `${fillPath(path)}?api-version=${apiVersions.from}`,
      method === "GET" || method === "HEAD" ? undefined : {},
    );
    expect(answer.status, name).toBe(403);
    if (method === "HEAD") continue;
    expect(errorOf(answer).message, name).toContain(`perform action '${action}'`);
  }
});

test("no role at all: there are no subscriptions, and nothing in them", async () => {
  const nobody = await makeClient(null);
  expect(idsOf(await nobody.call("GET", "/subscriptions?api-version=2022-12-01"))).toEqual([]);
  const answer = await nobody.call("GET", `${subscription}?api-version=2022-12-01`);
  expect(errorOf(answer)).toMatchObject({ status: 403, code: "AuthorizationFailed" });
});

test("a role at one group: lists show what is in it, another group is refused", async () => {
  await owner.call("PUT", `${subscription}/resourceGroups/other?api-version=2021-04-01`, {
    location: "local",
  });
  const reader = await makeClient("Reader", group);
  const list = (path: string, version: string) =>
    reader.call("GET", `${path}?api-version=${version}`);
  expect(idsOf(await list("/subscriptions", "2022-12-01"))).toEqual([subscription]);
  expect(idsOf(await list(`${subscription}/resourceGroups`, "2021-04-01"))).toEqual([group]);
  const machines = `${subscription}/providers/Microsoft.Compute/virtualMachines`;
  expect(idsOf(await list(machines, "2024-11-01"))).toEqual([machineId]);
  // The watcher is in another group: the list is there, and empty.
  const watchers = `${subscription}/providers/Microsoft.Network/networkWatchers`;
  expect(idsOf(await list(watchers, "2022-01-01"))).toEqual([]);
  expect((await list(watcherId, "2022-01-01")).status).toBe(403);
  expect((await list(`${subscription}/resourceGroups/other`, "2021-04-01")).status).toBe(403);
  expect((await list(`${subscription}/resourceGroups/none`, "2021-04-01")).status).toBe(403);
  const put = await reader.call("PUT", `${alerts}/a?api-version=2018-03-01`, {});
  expect(put.status).toBe(403);
  // A list that cannot be shown in part is not shown.
  expect((await list(`${subscription}/${assignments}`, "2022-04-01")).status).toBe(403);
});

test("a short page of what may be read has no link that leads nowhere", async () => {
  const reader = await makeClient("Reader", `${subscription}/resourceGroups/NetworkWatcherRG`);
  const { body } = await reader.call(
    "GET",
    `${subscription}/resourceGroups?api-version=2021-04-01&$top=1`,
  );
  expect(body).toMatchObject({ value: [{ name: "NetworkWatcherRG" }] });
  expect(body).not.toHaveProperty("nextLink");
});

test("Network Contributor and Monitoring Contributor write their own provider only", async () => {
  const networks = await makeClient("Network Contributor");
  const monitors = await makeClient("Monitoring Contributor");
  const watcher = { location: "local", tags: {} };
  expect((await networks.call("PUT", `${watcherId}?${network}`, watcher)).status).toBe(200);
  expect((await networks.call("GET", `${machineId}?${network}`)).status).toBe(403);
  expect((await networks.call("DELETE", `${alerts}/a?api-version=2018-03-01`)).status).toBe(403);
  expect((await monitors.call("PUT", `${watcherId}?${network}`, watcher)).status).toBe(403);
  expect((await monitors.call("DELETE", `${alerts}/a?api-version=2018-03-01`)).status).toBe(204);
  expect((await monitors.call("GET", `${machineId}?${network}`)).status).toBe(200);
});

test("who may record at a watcher records only machines where they have a role", async () => {
  const guest = await makeClient(
    "Network Contributor",
    `${subscription}/resourceGroups/NetworkWatcherRG`,
  );
  const capture = { properties: { target: machineId, storageLocation: { filePath } } };
  const path = `${watcherId}/packetCaptures/linked?${network}`;
  const refused = errorOf(await guest.call("PUT", path, capture));
  expect(refused).toMatchObject({ status: 403, code: "LinkedAuthorizationFailed" });
  expect(refused.message).toContain(`on the linked scope(s) '${machineId}'`);
  const question = { targetResourceId: machineId, sourceIPAddress: "10.0.0.1" };
  const asked = await guest.call("POST", `${watcherId}/nextHop?${network}`, {
    ...question,
    destinationIPAddress: "10.0.0.2",
  });
  expect(errorOf(asked)).toMatchObject({ status: 403, code: "LinkedAuthorizationFailed" });
  const networks = await makeClient("Network Contributor");
  expect((await networks.call("PUT", path, capture)).status).toBe(201);
});

test("Contributor does everything but give roles; the responder's role only captures", async () => {
  const contributor = await makeClient("Contributor");
  const path = `${subscription}/${assignments}/${randomUUID()}?${authorization}`;
  expect((await contributor.call("PUT", path, assign(contributor.id, "Owner"))).status).toBe(403);
  expect((await contributor.call("POST", `${accountId}/listKeys?${network}`)).status).toBe(200);
  const responder = await makeClient("Nightcap Responder");
  expect((await responder.call("GET", `${machineId}?${network}`)).status).toBe(200);
  expect((await responder.call("DELETE", `${watcherId}/packetCaptures/x?${network}`)).status).toBe(
    204,
  );
  expect((await responder.call("GET", `${accountId}?${network}`)).status).toBe(403);
  expect((await responder.call("DELETE", `${watcherId}?${network}`)).status).toBe(403);
});

test("an assignment holds from the next request on, and is over when it is deleted", async () => {
  const client = await makeClient(null);
  const path = `${group}/${assignments}/${randomUUID()}`;
  expect((await client.call("GET", `${machineId}?${network}`)).status).toBe(403);
  const created = await owner.call(
    "PUT",
    `/${path}?${authorization}`,
    assign(client.id, "Reader", { principalType: "ServicePrincipal", description: "night shift" }),
  );
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    id: path,
    type: "Microsoft.Authorization/roleAssignments",
    properties: {
      scope: group,
      principalId: client.id,
      principalType: "ServicePrincipal",
      roleDefinitionId: assign(client.id, "Reader").properties.roleDefinitionId,
      description: "night shift",
      condition: null,
      createdBy: owner.id,
    },
  });
  expect((await client.call("GET", `${machineId}?${network}`)).status).toBe(200);
  expect((await client.call("GET", `${path}?${authorization}`)).status).toBe(200);
  expect((await owner.call("DELETE", `${path}?${authorization}`)).body).toMatchObject({ id: path });
  expect((await client.call("GET", `${machineId}?${network}`)).status).toBe(403);
  expect((await owner.call("DELETE", `${path}?${authorization}`)).status).toBe(204);
  expect(errorOf(await owner.call("GET", `${path}?${authorization}`))).toMatchObject({
    status: 404,
    code: "RoleAssignmentNotFound",
  });
});

test("what is wrong with an assignment is said with Azure's codes", async () => {
  const client = await makeClient("Reader");
  const put = async (name: string, body: unknown, scope = subscription) => {
    const path = `${scope}/${assignments}/${name}?${authorization}`;
    const { status, code } = errorOf(await owner.call("PUT", path, body));
    return [status, code];
  };
  const reader = assign(client.id, "Reader");
  const missing = { ...reader.properties, roleDefinitionId: `${subscription}/roles/x` };
  expect(await put("mine", reader)).toEqual([400, "InvalidRoleAssignmentId"]);
  expect(await put(randomUUID(), { properties: missing })).toEqual([
    404,
    "RoleDefinitionDoesNotExist",
  ]);
  expect(await put(randomUUID(), assign(randomUUID(), "Reader"))).toEqual([
    400,
    "PrincipalNotFound",
  ]);
  expect(await put(randomUUID(), assign(client.id, "Owner", { principalType: "User" }))).toEqual([
    400,
    "UnmatchedPrincipalType",
  ]);
  expect(await put(randomUUID(), assign(client.id, "Owner", { condition: "@Resource" }))).toEqual([
    400,
    "InvalidRequestContent",
  ]);
  expect(await put(randomUUID(), reader)).toEqual([409, "RoleAssignmentExists"]);
  expect(await put(randomUUID(), reader, `${machineId}x`)).toEqual([404, "ResourceNotFound"]);
  const name = randomUUID();
  const path = `${machineId}/${assignments}/${name}?${authorization}`;
  expect((await owner.call("PUT", path, reader)).status).toBe(201);
  expect((await owner.call("PUT", path, reader)).status).toBe(200);
  expect(await put(name, reader)).toEqual([400, "RoleAssignmentUpdateNotPermitted"]);
});

test("lists: at and above with atScope(), below without it, one principal's by its id", async () => {
  const client = await makeClient("Reader", group);
  const list = async (scope: string, filter = "") =>
    (
      await owner.call(
        "GET",
        `${scope}/${assignments}?${authorization}&$filter=${encodeURIComponent(filter)}`,
      )
    ).body as { value: { properties: { scope: string; principalId: string } }[] };
  const scopes = async (scope: string, filter: string) =>
    (await list(scope, filter)).value
      .filter(({ properties }) => properties.principalId === client.id)
      .map(({ properties }) => properties.scope);
  expect(await scopes(subscription, "")).toEqual([group]);
  expect(await scopes(subscription, "atScope()")).toEqual([]);
  expect(await scopes(group, "atScope()")).toEqual([group]);
  expect(await scopes(machineId, "atScope()")).toEqual([group]);
  expect(await scopes(watcherId, "")).toEqual([]);
  const own = await list(subscription, `principalId eq '${client.id.toUpperCase()}'`);
  expect(own.value.map(({ properties }) => properties.scope)).toEqual([group]);
  const both = await list(group, `atScope() and assignedTo('${client.id}')`);
  expect(both.value).toHaveLength(1);
  const path = `${group}/${assignments}?${authorization}&$filter=`;
  for (const wrong of ["scope eq 'x'", "assignedTo()", "principalId", "name eq 'a' or atScope()"]) {
    const answer = await owner.call("GET", path + encodeURIComponent(wrong));
    expect(errorOf(answer)).toMatchObject({ status: 400, code: "InvalidParameter" });
  }
});

test("the last Owner stays; one that is not the last may go", async () => {
  const place = await makeDirectory();
  const alone = await startControlPlane({ directory: place });
  const secret = await alone.identity.createClient("first");
  const { token } = await alone.clients(secret).credential.getToken(`${alone.base}/.default`);
  const call = (method: string, path: string) => alone.raw(method, path, { token });
  const own = await call("GET", `${subscription}/${assignments}?${authorization}`);
  const [first = ""] = idsOf(own);
  expect(errorOf(await call("DELETE", `${first}?${authorization}`))).toEqual({
    status: 409,
    code: "Conflict",
    message: "Cannot delete the last RBAC admin assignment",
  });
  // An Owner of one group owns too little, and a client that is gone owns nothing.
  await alone.createClient("of a group", "Owner", group);
  const gone = await alone.createClient("gone", "Owner");
  await alone.state.documents("clients").delete(gone.clientId);
  expect((await call("DELETE", `${first}?${authorization}`)).status).toBe(409);
  await alone.createClient("second", "Owner");
  expect((await call("DELETE", `${first}?${authorization}`)).status).toBe(200);
  expect((await call("GET", `${group}?api-version=2021-04-01`)).status).toBe(403);
  await alone.close();
  await removeDirectory(place);
});

test("roles on a resource go with it", async () => {
  const path = `${subscription}/resourceGroups/short?api-version=2021-04-01`;
  await owner.call("PUT", path, { location: "local" });
  const client = await makeClient("Contributor", `${subscription}/resourceGroups/short`);
  expect((await client.call("GET", path)).status).toBe(200);
  expect((await client.call("DELETE", path)).status).toBe(200);
  await owner.call("PUT", path, { location: "local" });
  expect((await client.call("GET", path)).status).toBe(403);
});

test("role definitions: Azure's ids, found by name, read at any scope, none of one's own", async () => {
  const reader = await makeClient("Reader");
  const definitions = "providers/Microsoft.Authorization/roleDefinitions";
  const list = async (scope: string, filter: string) =>
    (
      await reader.call(
        "GET",
        `${scope}/${definitions}?${authorization}&$filter=${encodeURIComponent(filter)}`,
      )
    ).body as { value: { id: string; properties: { roleName: string; permissions: unknown } }[] };
  expect((await list(subscription, "")).value).toHaveLength(roleDefinitions.length);
  const [found] = (await list(group, "roleName eq 'network contributor'")).value;
  expect(found).toMatchObject({
    id: `${subscription}/${definitions}/4d97b98b-1d4f-4787-a291-c67834d212e7`,
    type: "Microsoft.Authorization/roleDefinitions",
    properties: { roleName: "Network Contributor", type: "BuiltInRole", assignableScopes: ["/"] },
  });
  expect((await list(subscription, "roleName eq 'nobody'")).value).toEqual([]);
  const one = await reader.call("GET", `${found?.id}?${authorization}`);
  expect(one.body).toEqual(found);
  const mine = await owner.call("PUT", `${found?.id}?${authorization}`, {});
  expect(errorOf(mine)).toMatchObject({ status: 501, code: "NotImplemented" });
  const permissions = await reader.call(
    "GET",
    `${group}/providers/Microsoft.Authorization/permissions?${authorization}`,
  );
  expect(permissions.body).toMatchObject({ value: [{ actions: ["*/read"], notActions: [] }] });
});

test("an operation is followed by whoever started it, and not by another who may not read it", async () => {
  const starter = await makeClient("Nightcap Responder");
  const other = await makeClient("Reader", group);
  const root = `${subscription}/providers/Microsoft.Network/locations/local/operations`;
  await plane.state.documents("operations").put("of-starter", {
    kind: "stopPacketCapture",
    subject: "gone",
    subscriptionId,
    startedBy: starter.id,
    startedAt: 0,
    outcome: null,
  });
  expect((await starter.call("GET", `${root}/of-starter?${network}`)).status).toBe(200);
  expect((await other.call("GET", `${root}/of-starter?${network}`)).status).toBe(404);
});
