// Scale sets as groups of hosts, through Azure's own compute client and on the wire.
import { afterEach, beforeEach, expect, test } from "vitest";
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

beforeEach(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  secret = await plane.identity.createClient("test");
  token = (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

let secret: { clientId: string; secret: string };
const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
const setId = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/web`;
const version = "api-version=2022-11-01";
const raw = (method: string, path: string, body?: unknown) =>
  plane.raw(method, `${path}?${version}`, { token, ...(body === undefined ? {} : { body }) });
const errorOf = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  ...(body as { error: { code: string; message: string } }).error,
});

test("hosts whose agents name a set are its instances, as Azure's client reads them", async () => {
  const { compute } = plane.clients(secret);
  for (const name of ["web-1", "web-2"]) await recordHost(plane.state, { name, scaleSet: "web" });
  const sets = await Array.fromAsync(compute.virtualMachineScaleSets.listAll());
  expect(sets).toMatchObject([
    {
      id: setId,
      name: "web",
      type: "Microsoft.Compute/virtualMachineScaleSets",
      location: "local",
      sku: { name: "Standard", capacity: 2 },
      orchestrationMode: "Flexible",
      provisioningState: "Succeeded",
    },
  ]);
  expect(await compute.virtualMachineScaleSets.get("NIGHTCAP", "WEB")).toMatchObject({ id: setId });
  expect(await compute.virtualMachineScaleSets.getInstanceView("nightcap", "web")).toMatchObject({
    virtualMachine: {
      statusesSummary: [
        { code: "ProvisioningState/succeeded", count: 2 },
        { code: "PowerState/running", count: 2 },
      ],
    },
  });
  const instances = await Array.fromAsync(
    compute.virtualMachineScaleSetVMs.list("nightcap", "web", { expand: "instanceView" }),
  );
  expect(instances).toMatchObject(
    ["web-1", "web-2"].map((name) => ({
      id: `${setId}/virtualMachines/${name}`,
      name,
      instanceId: name,
      type: "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
      location: "local",
      provisioningState: "Succeeded",
      latestModelApplied: true,
      instanceView: {
        statuses: [
          { code: "ProvisioningState/succeeded" },
          { code: "PowerState/running", displayStatus: "VM running" },
        ],
      },
    })),
  );
  expect(await compute.virtualMachineScaleSetVMs.get("nightcap", "web", "web-2")).toMatchObject({
    instanceId: "web-2",
  });
  await expect(
    compute.virtualMachineScaleSetVMs.get("nightcap", "web", "web-3"),
  ).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
  expect(await compute.virtualMachines.get("nightcap", "web-1")).toMatchObject({
    virtualMachineScaleSet: { id: setId },
  });
});

test("a host moves with what its agent says, and a removed one is in no set", async () => {
  await recordHost(plane.state, { name: "web-1", scaleSet: "web" });
  await recordHost(plane.state, { name: "web-1", scaleSet: "shop" });
  const capacities = async () => {
    const { body } = await raw(
      "GET",
      `${group}/providers/Microsoft.Compute/virtualMachineScaleSets`,
    );
    const { value } = body as { value: { name: string; sku: { capacity: number } }[] };
    return Object.fromEntries(value.map(({ name, sku }) => [name, sku.capacity]));
  };
  expect(await capacities()).toEqual({ shop: 1, web: 0 });
  await recordHost(plane.state, { name: "web-1" });
  expect(await capacities()).toEqual({ shop: 0, web: 0 });
  expect((await raw("GET", machineId)).body).not.toHaveProperty(
    "properties.virtualMachineScaleSet",
  );
});

test("PUT makes a set with listed hosts, keeps what it does not know, and shows no secret", async () => {
  const put = await raw("PUT", setId, {
    location: "local",
    tags: { team: "a" },
    zones: ["1"],
    sku: { name: "Standard_D2", capacity: 5 },
    properties: {
      upgradePolicy: { mode: "Manual" },
      virtualMachineProfile: { osProfile: { adminUsername: "ada", adminPassword: "hidden" } },
      nightcap: { virtualMachines: [{ id: machineId.toUpperCase() }] },
    },
  });
  expect(put).toMatchObject({
    status: 201,
    body: {
      id: setId,
      tags: { team: "a" },
      zones: ["1"],
      sku: { name: "Standard_D2", tier: "Standard", capacity: 1 },
      properties: {
        provisioningState: "Succeeded",
        upgradePolicy: { mode: "Manual" },
        virtualMachineProfile: { osProfile: { adminUsername: "ada" } },
        nightcap: { virtualMachines: [{ id: machineId, connected: true }] },
      },
    },
  });
  expect(JSON.stringify(put.body)).not.toContain("hidden");
  const { properties } = put.body as { properties: { uniqueId: string } };

  // What a client reads and writes again, without what it does not know, changes nothing.
  const again = await raw("PUT", setId, { location: "local", sku: { capacity: 1 } });
  expect(again).toMatchObject({
    status: 200,
    body: { properties: { uniqueId: properties.uniqueId }, sku: { capacity: 1 } },
  });
  const patched = await raw("PATCH", setId, { tags: { team: "b" } });
  expect(patched).toMatchObject({ status: 200, body: { tags: { team: "b" }, location: "local" } });
  const emptied = await raw("PUT", setId, {
    location: "local",
    properties: { nightcap: { virtualMachines: [] } },
  });
  expect(emptied).toMatchObject({ status: 200, body: { sku: { capacity: 0 } } });
});

test("refuses to scale, unknown hosts, a host of another set, other regions and modes", async () => {
  await recordHost(plane.state, { name: "web-1", scaleSet: "web" });
  expect(errorOf(await raw("PATCH", setId, { sku: { capacity: 3 } }))).toMatchObject({
    status: 400,
    code: "InvalidParameter",
    message: expect.stringContaining("sku.capacity 3"),
  });
  const listing = (id: string) => ({
    location: "local",
    properties: { nightcap: { virtualMachines: [{ id }] } },
  });
  expect(errorOf(await raw("PUT", setId, listing(`${machineId}9`)))).toMatchObject({ status: 404 });
  expect(errorOf(await raw("PUT", `${setId}-2`, listing(machineId)))).toMatchObject({
    status: 409,
    code: "Conflict",
  });
  // A refused PUT leaves nothing behind.
  expect((await raw("GET", `${setId}-2`)).status).toBe(404);
  expect(errorOf(await raw("PUT", setId, { location: "mars" }))).toMatchObject({ status: 400 });
  const mode = { location: "local", properties: { orchestrationMode: "Round" } };
  expect(errorOf(await raw("PUT", setId, mode)).message).toContain("Uniform or Flexible");
  expect(errorOf(await raw("POST", `${setId}/start`))).toMatchObject({ status: 501 });
});

test("DELETE removes the group and leaves its hosts", async () => {
  const { compute } = plane.clients(secret);
  await recordHost(plane.state, { name: "web-1", scaleSet: "web" });
  await compute.virtualMachineScaleSets.delete("nightcap", "web");
  expect((await raw("GET", setId)).status).toBe(404);
  expect((await raw("DELETE", setId)).status).toBe(204);
  expect((await raw("GET", machineId)).status).toBe(200);
  // The host says so again when it connects.
  await recordHost(plane.state, { name: "web-1", scaleSet: "web" });
  expect(await raw("GET", setId)).toMatchObject({ status: 200, body: { sku: { capacity: 1 } } });
});

test("a name has 64 characters at most", async () => {
  const named = (length: number) => setId.replace(/web$/, "w".repeat(length));
  expect((await raw("PUT", named(64), { location: "local" })).status).toBe(201);
  const refused = errorOf(await raw("PUT", named(65), { location: "local" }));
  expect(refused).toMatchObject({ status: 400, code: "InvalidParameter" });
});

test("the interfaces of a set's hosts, of one of them, and of one that is not there", async () => {
  const { network } = plane.clients(secret);
  for (const name of ["web-1", "web-2"]) await recordHost(plane.state, { name, scaleSet: "web" });
  const { networkInterfaces } = network;
  const all = await Array.fromAsync(
    networkInterfaces.listVirtualMachineScaleSetNetworkInterfaces("nightcap", "web"),
  );
  expect(all.map(({ name }) => name)).toEqual(["web-1-eth0", "web-2-eth0"]);
  const own = (instance: string) =>
    Array.fromAsync(
      networkInterfaces.listVirtualMachineScaleSetVMNetworkInterfaces("nightcap", "web", instance),
    );
  expect((await own("WEB-2")).map(({ name }) => name)).toEqual(["web-2-eth0"]);
  await expect(own("web-3")).rejects.toMatchObject({ code: "ResourceNotFound", statusCode: 404 });
  const one = (instance: string, name: string) =>
    networkInterfaces.getVirtualMachineScaleSetNetworkInterface("nightcap", "web", instance, name);
  expect(await one("web-1", "web-1-ETH0")).toMatchObject({ name: "web-1-eth0", primary: true });
  await expect(one("web-1", "web-2-eth0")).rejects.toMatchObject({ statusCode: 404 });
});
