// Flow logs as resources, through Azure's own network client and on the wire.
import { afterEach, beforeEach, expect, test } from "vitest";
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
let network: ReturnType<ControlPlane["clients"]>["network"];

beforeEach(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const clients = plane.clients(await plane.identity.createClient("test"));
  network = clients.network;
  token = (await clients.credential.getToken(`${plane.base}/.default`)).token;
  await raw("PUT", groupId, { location: "local" });
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
const groupId = `${group}/providers/Microsoft.Network/networkSecurityGroups/web-nsg`;
const flowLogId = `${watcherId}/flowLogs/log`;
const workspaceId = `${group}/providers/Microsoft.OperationalInsights/workspaces/w`;
const raw = (method: string, path: string, body?: unknown) =>
  plane.raw(method, `${path}?api-version=2022-01-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const errorOf = ({ status, body }: { status: number; body: unknown }) => {
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return `${status} ${code}: ${message.replaceAll(group, "G").slice(0, 130)}`;
};
const watcher = ["NetworkWatcherRG", "NetworkWatcher_local"] as const;

test("a flow log lives from create to delete as Azure's client drives it", async () => {
  const made = await network.flowLogs.beginCreateOrUpdateAndWait(...watcher, "log", {
    location: "local",
    targetResourceId: groupId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"),
    storageId: accountId,
    enabled: true,
    retentionPolicy: { days: 7, enabled: true },
    format: { type: "JSON", version: 2 },
    recordTypes: "B,E",
    enabledFilteringCriteria: "dstPort=22",
    identity: { type: "None" },
  });
  expect(made).toMatchObject({
    id: flowLogId,
    type: "Microsoft.Network/networkWatchers/flowLogs",
    location: "local",
    provisioningState: "Succeeded",
    targetResourceId: groupId,
    retentionPolicy: { days: 7, enabled: true },
    format: { type: "JSON", version: 2 },
    recordTypes: "B,E",
    enabledFilteringCriteria: "dstPort=22",
    identity: { type: "None" },
  });
  expect(made.targetResourceGuid).toMatch(/^[\da-f-]{36}$/);
  const listed = await Array.fromAsync(network.flowLogs.list(...watcher));
  expect(listed.map(({ name }) => name)).toEqual(["log"]);
  const tagged = await network.flowLogs.updateTags(...watcher, "log", { tags: { a: "b" } });
  expect(tagged).toMatchObject({ tags: { a: "b" }, recordTypes: "B,E" });
  await network.flowLogs.beginDeleteAndWait(...watcher, "log");
  await expect(network.flowLogs.get(...watcher, "log")).rejects.toMatchObject({ statusCode: 404 });
});

test("201 for a new one, 200 for a change, 204 for a deletion, and that nothing is recorded yet", async () => {
  const body = {
    location: "local",
    properties: { targetResourceId: machineId, storageId: accountId },
  };
  const created = await raw("PUT", flowLogId, body);
  expect(created).toMatchObject({
    status: 201,
    body: {
      properties: {
        enabled: true,
        retentionPolicy: { days: 0, enabled: false },
        format: { type: "JSON", version: 0 },
        nightcap: { recording: false },
      },
    },
  });
  expect((await raw("PUT", flowLogId, created.body)).status).toBe(200);
  expect(errorOf(await raw("DELETE", watcherId))).toMatch(
    /^409 Conflict: .*1 packet captures or flow logs/,
  );
  const gone = await raw("DELETE", flowLogId);
  expect([gone.status, (await raw("DELETE", flowLogId)).status]).toEqual([204, 204]);
});

test("the older two posts find the same flow log by its target", async () => {
  const ask = () =>
    network.networkWatchers.beginGetFlowLogStatusAndWait(...watcher, { targetResourceId: groupId });
  expect(await ask()).toMatchObject({ targetResourceId: groupId, enabled: false });
  const set = await network.networkWatchers.beginSetFlowLogConfigurationAndWait(...watcher, {
    targetResourceId: groupId,
    storageId: accountId,
    enabled: true,
    format: { type: "JSON", version: 1 },
  });
  expect(set).toMatchObject({ targetResourceId: groupId, enabled: true, storageId: accountId });
  expect(await ask()).toMatchObject({ enabled: true, format: { version: 1 } });
  const [only, ...others] = await Array.fromAsync(network.flowLogs.list(...watcher));
  expect([only?.name, others]).toEqual(["web-nsg-nightcap-flowlog", []]);
});

test("what a flow log names must be there and fit", async () => {
  const analytics = (change: object) => ({
    flowAnalyticsConfiguration: {
      networkWatcherFlowAnalyticsConfiguration: { enabled: true, ...change },
    },
  });
  const properties = { targetResourceId: groupId, storageId: accountId };
  const refused = async (change: object) =>
    errorOf(
      await raw("PUT", flowLogId, { location: "local", properties: { ...properties, ...change } }),
    );
  expect([
    await refused({ targetResourceId: `${groupId}x` }),
    await refused({ targetResourceId: accountId }),
    await refused({ targetResourceId: `${group}/providers/Microsoft.Network/virtualNetworks/v` }),
    await refused({ storageId: `${accountId}x` }),
    await refused({ storageId: machineId }),
    await refused({ format: { type: "CSV" } }),
    await refused({ format: { version: 3 } }),
    await refused({ retentionPolicy: { days: 366 } }),
    await refused({ recordTypes: "X" }),
    await refused({ color: "red" }),
    await refused(analytics({})),
    await refused(analytics({ workspaceResourceId: workspaceId })),
    await refused(analytics({ workspaceResourceId: workspaceId, trafficAnalyticsInterval: 5 })),
    errorOf(await raw("PUT", flowLogId, { location: "mars", properties })),
  ]).toMatchInlineSnapshot(`
    [
      "404 ResourceNotFound: The Resource 'Microsoft.Network/networkSecurityGroups/web-nsgx' under resource group 'nightcap' was not found.",
      "400 InvalidParameter: targetResourceId "G/providers/Microsoft.Storage/storageAccounts/captures" is a Microsoft.Storage/storageAccounts: Microsoft.Networ",
      "404 ResourceNotFound: The Resource 'Microsoft.Network/virtualNetworks/v' under resource group 'nightcap' was not found.",
      "404 ResourceNotFound: The Resource 'Microsoft.Storage/storageAccounts/capturesx' under resource group 'nightcap' was not found.",
      "400 InvalidParameter: storageId "G/providers/Microsoft.Compute/virtualMachines/web-1" is a Microsoft.Compute/virtualMachines: Microsoft.Storage/storageA",
      "400 InvalidRequestContent: properties.format.type: "JSON" expected, Azure's only format",
      "400 InvalidRequestContent: properties.format.version: version 1 or 2 expected (0 stands for 1)",
      "400 InvalidRequestContent: properties.retentionPolicy.days: Too big: expected number to be <=365",
      "400 InvalidRequestContent: properties.recordTypes: letters of "B,C,E,D" with commas between expected",
      "400 InvalidRequestContent: properties: Unrecognized key: "color"",
      "400 InvalidParameter: flowAnalyticsConfiguration is enabled without workspaceResourceId: the id of a Log Analytics workspace expected",
      "404 ResourceNotFound: The Resource 'Microsoft.OperationalInsights/workspaces/w' under resource group 'nightcap' was not found.",
      "400 InvalidRequestContent: properties.flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.trafficAnalyticsInterval: 10 or 60 minutes expected",
      "400 InvalidParameter: flow log /subscriptions/0b1c2d3e-0000-4000-8000-00000000000b/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWa",
    ]
  `);
  expect((await raw("PUT", flowLogId, { location: "local", properties })).status).toBe(201);
  const second = await raw("PUT", `${flowLogId}2`, { location: "local", properties });
  expect(errorOf(second)).toMatch(/^409 Conflict: /);
});
