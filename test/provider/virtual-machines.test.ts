// Hosts as virtual machines: what lists show, tags, and everything that a host is not.
import { afterAll, beforeAll, expect, test } from "vitest";
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
let token: string;
let compute: ReturnType<ControlPlane["clients"]>["compute"];
const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const clients = plane.clients(await plane.identity.createClient("test"));
  ({ compute } = clients);
  token = (await clients.credential.getToken(`${plane.base}/.default`)).token;
  await recordHost(plane.state, { name: "web-2", scaleSet: "web" });
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const raw = (method: string, path: string, body?: unknown) => {
  const separator = path.includes("?") ? "&" : "?";
  return plane.raw(method, `${path}${separator}api-version=2022-08-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
};

test("lists with what the machines are doing, by location, and of one scale set", async () => {
  const { virtualMachines } = compute;
  const plain = await Array.fromAsync(virtualMachines.listAll());
  expect(plain.map(({ name, instanceView }) => [name, instanceView])).toEqual([
    ["web-1", undefined],
    ["web-2", undefined],
  ]);
  const states = await Array.fromAsync(virtualMachines.listAll({ statusOnly: "true" }));
  expect(states.map(({ instanceView }) => instanceView?.statuses?.[1]?.code)).toEqual([
    "PowerState/running",
    "PowerState/running",
  ]);
  const namesIn = async (location: string) =>
    (await Array.fromAsync(virtualMachines.listByLocation(location))).map(({ name }) => name);
  expect(await namesIn("Local")).toEqual(["web-1", "web-2"]);
  expect(await namesIn("mars")).toEqual([]);
  const set = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/WEB`;
  const filter = `'virtualMachineScaleSet/id' eq '${set}'`;
  const ofSet = await Array.fromAsync(virtualMachines.list("nightcap", { filter }));
  expect(ofSet.map(({ name }) => name)).toEqual(["web-2"]);
  expect(
    await raw("GET", `${group}/providers/Microsoft.Compute/virtualMachines?$filter=name`),
  ).toMatchObject({ status: 400, body: { error: { code: "InvalidParameter" } } });
});

test("tags are patched, and stay when the host says what it is", async () => {
  const changed = await raw("PATCH", machineId, { tags: { team: "net" } });
  expect(changed).toMatchObject({ status: 200, body: { tags: { team: "net" } } });
  await recordHost(plane.state, { name: "web-1", scaleSet: "web" });
  const { tags, virtualMachineScaleSet } = await compute.virtualMachines.get("nightcap", "web-1");
  expect(tags).toEqual({ team: "net" });
  expect(virtualMachineScaleSet?.id).toMatch(/\/web$/);
  expect(await raw("PATCH", machineId, { properties: {} })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining("properties of virtual machine") } },
  });
  expect((await raw("PATCH", `${machineId}-not`, { tags: {} })).status).toBe(404);
});

test("a machine has no extensions of Azure's", async () => {
  const { virtualMachineExtensions } = compute;
  expect((await virtualMachineExtensions.list("nightcap", "web-1")).value).toEqual([]);
  expect((await raw("GET", `${machineId}-not/extensions`)).status).toBe(404);
});

const providers = `${group}/providers`;
const subscription = `/subscriptions/${subscriptionId}`;
test.each([
  ["POST", `${machineId}/start`, "Microsoft.Compute/virtualMachines/start"],
  ["POST", `${machineId}/powerOff`, "Microsoft.Compute/virtualMachines/powerOff"],
  ["POST", `${machineId}/restart`, "Microsoft.Compute/virtualMachines/restart"],
  ["POST", `${machineId}/deallocate`, "Microsoft.Compute/virtualMachines/deallocate"],
  ["POST", `${machineId}/runCommand`, "Microsoft.Compute/virtualMachines/runCommand"],
  ["GET", `${machineId}/vmSizes`, "Microsoft.Compute/virtualMachines/vmSizes"],
  ["PUT", machineId, "Microsoft.Compute/virtualMachines; there is PATCH, GET"],
  ["DELETE", machineId, "Microsoft.Compute/virtualMachines; there is PATCH, GET"],
  ["GET", `${providers}/Microsoft.Compute/availabilitySets`, "Microsoft.Compute/availabilitySets"],
  [
    "GET",
    `${subscription}/providers/Microsoft.Compute/locations/local/vmSizes`,
    "Microsoft.Compute/locations/vmSizes",
  ],
  [
    "GET",
    `${machineId}/providers/Microsoft.Insights/diagnosticSettings`,
    "Microsoft.Insights/diagnosticSettings",
  ],
  [
    "PUT",
    `${machineId}/providers/Microsoft.Insights/diagnosticSettings/a`,
    "Microsoft.Insights/diagnosticSettings",
  ],
  [
    "PUT",
    `${providers}/Microsoft.Insights/activityLogAlerts/a`,
    "Microsoft.Insights/activityLogAlerts",
  ],
  [
    "GET",
    `${subscription}/providers/Microsoft.Insights/activityLogAlerts`,
    "Microsoft.Insights/activityLogAlerts",
  ],
  [
    "GET",
    `${subscription}/providers/Microsoft.AlertsManagement/smartGroups`,
    "Microsoft.AlertsManagement/smartGroups",
  ],
])("%s on %s is 501, which no client tries again, and names it", async (method, path, name) => {
  const { status, body } = await raw(method, path);
  expect(status).toBe(501);
  expect(body).toMatchObject({ error: { code: "NotImplemented" } });
  expect((body as { error: { message: string } }).error.message).toBe(
    `not supported: ${method} on ${name}`,
  );
});
