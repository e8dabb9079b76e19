// Virtual networks and their subnets, through Azure's own network client and on the wire.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  accountId,
  type ControlPlane,
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
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
const networkId = `${group}/providers/Microsoft.Network/virtualNetworks/net`;
const configurationId = `${group}/providers/Microsoft.Network/networkInterfaces/web-1-eth0/ipConfigurations/ipconfig1`;
const raw = (method: string, path: string, body?: unknown) =>
  plane.raw(method, `${path}?api-version=2022-01-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const codeOf = ({ status, body }: { status: number; body: unknown }): string =>
  `${status} ${(body as { error?: { code: string } } | undefined)?.error?.code ?? ""}`.trim();
const putNetwork = (prefixes: string[], subnets: [string, string][] = []) =>
  raw("PUT", networkId, {
    location: "local",
    properties: {
      addressSpace: { addressPrefixes: prefixes },
      subnets: subnets.map(([name, addressPrefix]) => ({ name, properties: { addressPrefix } })),
    },
  });

test("a network with its subnets lives from create to delete as Azure's client drives it", async () => {
  const { virtualNetworks: networks, subnets } = network;
  const made = await networks.beginCreateOrUpdateAndWait("nightcap", "net", {
    location: "local",
    tags: { a: "b" },
    addressSpace: { addressPrefixes: ["192.0.2.0/24", "2001:DB8:0::/48"] },
    dhcpOptions: { dnsServers: [] },
    subnets: [{ name: "web", addressPrefix: "192.0.2.0/28" }],
  });
  expect(made).toMatchObject({
    id: networkId,
    type: "Microsoft.Network/virtualNetworks",
    provisioningState: "Succeeded",
    addressSpace: { addressPrefixes: ["192.0.2.0/24", "2001:db8::/48"] },
    subnets: [
      {
        id: `${networkId}/subnets/web`,
        addressPrefix: "192.0.2.0/28",
        ipConfigurations: [{ id: configurationId }],
      },
    ],
  });
  const added = await subnets.beginCreateOrUpdateAndWait("nightcap", "net", "data", {
    addressPrefixes: ["192.0.2.64/26", "2001:db8:0:1::/64"],
  });
  expect(added).toMatchObject({ addressPrefixes: ["192.0.2.64/26", "2001:db8:0:1::/64"] });
  const listed = await Array.fromAsync(subnets.list("nightcap", "net"));
  expect(listed.map(({ name }) => name)).toEqual(["web", "data"]);
  const again = await networks.beginCreateOrUpdateAndWait("nightcap", "net", {
    ...(await networks.get("nightcap", "net")),
    flowTimeoutInMinutes: 10,
  });
  expect(again).toMatchObject({ resourceGuid: made.resourceGuid, flowTimeoutInMinutes: 10 });
  const tagged = await networks.updateTags("nightcap", "net", { tags: { c: "d" } });
  expect(tagged.tags).toEqual({ c: "d" });
  await subnets.beginDeleteAndWait("nightcap", "net", "data");
  expect((await subnets.get("nightcap", "net", "web")).addressPrefix).toBe("192.0.2.0/28");
  for (const list of [networks.listAll(), networks.list("nightcap")]) {
    expect((await Array.fromAsync(list)).map(({ name }) => name)).toEqual(["net"]);
  }
  await networks.beginDeleteAndWait("nightcap", "net");
  await expect(networks.get("nightcap", "net")).rejects.toMatchObject({ statusCode: 404 });
});

test("an address is in the subnet with the longest prefix that has it", async () => {
  await putNetwork(["192.0.0.0/16"], [["all", "192.0.2.0/23"]]);
  const narrow = networkId.replace(/net$/, "narrow");
  await raw("PUT", narrow, {
    location: "local",
    properties: {
      addressSpace: { addressPrefixes: ["192.0.2.0/24"] },
      subnets: [{ name: "host", properties: { addressPrefix: "192.0.2.4/31" } }],
    },
  });
  const subnetsOf = async (id: string) => {
    const { value } = (await raw("GET", `${id}/subnets`)).body as {
      value: { name: string; properties: { ipConfigurations?: unknown } }[];
    };
    return value.map(({ name, properties }) => [name, properties.ipConfigurations]);
  };
  expect([await subnetsOf(networkId), await subnetsOf(narrow)]).toEqual([
    [["all", undefined]],
    [["host", [{ id: configurationId }]]],
  ]);
});

test("prefixes that do not fit are refused", async () => {
  expect(
    await Promise.all([
      putNetwork(["10.0.0.1/16"]).then(codeOf),
      putNetwork(["10.0.0.0"]).then(codeOf),
      putNetwork(["10.0.0.0/33"]).then(codeOf),
      putNetwork([]).then(codeOf),
      putNetwork(["10.0.0.0/8", "10.1.0.0/16"]).then(codeOf),
      putNetwork(["10.0.0.0/16"], [["a", "10.1.0.0/24"]]).then(codeOf),
      putNetwork(["10.0.0.0/16"], [["a", "fd00::/64"]]).then(codeOf),
      putNetwork(
        ["10.0.0.0/16"],
        [
          ["a", "10.0.0.0/24"],
          ["b", "10.0.0.128/25"],
        ],
      ).then(codeOf),
      putNetwork(
        ["10.0.0.0/16"],
        [
          ["a", "10.0.0.0/24"],
          ["A", "10.0.1.0/24"],
        ],
      ).then(codeOf),
      raw("PUT", `${networkId}/subnets/a`, { properties: { addressPrefix: "10.0.0.0/24" } }).then(
        codeOf,
      ),
    ]),
  ).toEqual([
    "400 InvalidParameter",
    "400 InvalidParameter",
    "400 InvalidParameter",
    "400 InvalidRequestContent",
    "400 NetcfgSubnetRangesOverlap",
    "400 NetcfgInvalidSubnet",
    "400 NetcfgInvalidSubnet",
    "400 NetcfgSubnetRangesOverlap",
    "400 InvalidParameter",
    "404 ResourceNotFound",
  ]);
});

test("a flow log may be of a network or a subnet, and goes with it", async () => {
  await putNetwork(["192.0.2.0/24"], [["web", "192.0.2.0/25"]]);
  const put = (name: string, targetResourceId: string) =>
    raw("PUT", `${watcherId}/flowLogs/${name}`, {
      location: "local",
      properties: { targetResourceId, storageId: accountId },
    });
  expect((await put("whole", networkId)).status).toBe(201);
  expect((await put("part", `${networkId}/subnets/WEB`)).body).toMatchObject({
    properties: { targetResourceId: `${networkId}/subnets/web` },
  });
  expect(codeOf(await put("none", `${networkId}/subnets/x`))).toBe("404 ResourceNotFound");
  const names = async () =>
    (await Array.fromAsync(network.flowLogs.list("NetworkWatcherRG", "NetworkWatcher_local"))).map(
      ({ name }) => name,
    );
  expect((await raw("DELETE", `${networkId}/subnets/web`)).status).toBe(204);
  expect(await names()).toEqual(["whole"]);
  expect((await raw("DELETE", networkId)).status).toBe(204);
  expect(await names()).toEqual([]);
});

test("a security group that a subnet names stays", async () => {
  const groupId = `${group}/providers/Microsoft.Network/networkSecurityGroups/nsg`;
  await raw("PUT", groupId, { location: "local" });
  await putNetwork(["10.0.0.0/16"]);
  const subnet = { addressPrefix: "10.0.0.0/24", networkSecurityGroup: { id: groupId } };
  expect((await raw("PUT", `${networkId}/subnets/a`, { properties: subnet })).status).toBe(201);
  expect(codeOf(await raw("DELETE", groupId))).toBe("400 InUseNetworkSecurityGroupCannotBeDeleted");
});
