// Network security groups and their rules, through Azure's own network client and on the wire.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SecurityRule } from "@azure/arm-network";
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
const groupId = `${group}/providers/Microsoft.Network/networkSecurityGroups/web-nsg`;
const raw = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  plane.raw(method, `${path}?api-version=2022-01-01`, {
    token,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
const errorOf = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  ...(body as { error: { code: string; message: string } }).error,
});
const rule = (change: Partial<SecurityRule> = {}): SecurityRule => ({
  protocol: "Tcp",
  sourceAddressPrefix: "*",
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "22",
  access: "Deny",
  priority: 100,
  direction: "Inbound",
  ...change,
});
const putRule = (name: string, change: Partial<SecurityRule>) =>
  raw("PUT", `${groupId}/securityRules/${name}`, { properties: rule(change) });

test("a group with its rules lives from create to delete as Azure's client drives it", async () => {
  const { networkSecurityGroups: groups, securityRules: rules } = network;
  const made = await groups.beginCreateOrUpdateAndWait("nightcap", "web-nsg", {
    location: "local",
    tags: { a: "b" },
    securityRules: [{ name: "no-ssh", ...rule() }],
  });
  expect(made).toMatchObject({
    id: groupId,
    type: "Microsoft.Network/networkSecurityGroups",
    provisioningState: "Succeeded",
    securityRules: [{ id: `${groupId}/securityRules/no-ssh`, name: "no-ssh", priority: 100 }],
  });
  expect(made.defaultSecurityRules?.map(({ name, priority }) => `${name} ${priority}`)).toEqual([
    "AllowVnetInBound 65000",
    "AllowAzureLoadBalancerInBound 65001",
    "DenyAllInBound 65500",
    "AllowVnetOutBound 65000",
    "AllowInternetOutBound 65001",
    "DenyAllOutBound 65500",
  ]);
  const more = await rules.beginCreateOrUpdateAndWait("nightcap", "WEB-NSG", "web", {
    ...rule({ access: "Allow", priority: 110 }),
    destinationPortRange: "",
    destinationPortRanges: ["80", "8000-8080"],
    sourceAddressPrefix: "virtualnetwork",
  });
  expect(more).toMatchObject({
    id: `${groupId}/securityRules/web`,
    sourceAddressPrefix: "VirtualNetwork",
    destinationPortRanges: ["80", "8000-8080"],
  });
  const listed = await Array.fromAsync(rules.list("nightcap", "web-nsg"));
  expect(listed.map(({ name }) => name)).toEqual(["no-ssh", "web"]);
  expect((await rules.get("nightcap", "web-nsg", "WEB")).name).toBe("web");
  const defaults = network.defaultSecurityRules;
  expect(await Array.fromAsync(defaults.list("nightcap", "web-nsg"))).toHaveLength(6);
  expect((await defaults.get("nightcap", "web-nsg", "DenyAllInBound")).access).toBe("Deny");
  expect(await Array.fromAsync(groups.listAll())).toHaveLength(1);
  expect(await Array.fromAsync(groups.list("nightcap"))).toHaveLength(1);
  const tagged = await groups.updateTags("nightcap", "web-nsg", { tags: { c: "d" } });
  expect(tagged).toMatchObject({ tags: { c: "d" }, resourceGuid: made.resourceGuid });
  expect(tagged.securityRules).toHaveLength(2);
  await rules.beginDeleteAndWait("nightcap", "web-nsg", "web");
  await rules.beginDeleteAndWait("nightcap", "web-nsg", "web");
  await groups.beginDeleteAndWait("nightcap", "web-nsg");
  await expect(groups.get("nightcap", "web-nsg")).rejects.toMatchObject({
    code: "ResourceNotFound",
    statusCode: 404,
  });
});

test("statuses, etags and the word that nothing is enforced, on the wire", async () => {
  const body = { location: "local", properties: { securityRules: null } };
  const created = await raw("PUT", groupId, body);
  expect(created).toMatchObject({
    status: 201,
    body: { properties: { securityRules: [], nightcap: { enforced: false } } },
  });
  expect((await raw("PUT", groupId, created.body)).status).toBe(200);
  expect((await putRule("a", {})).status).toBe(201);
  const again = await putRule("A", { priority: 120 });
  expect(again).toMatchObject({ status: 200, body: { name: "a", properties: { priority: 120 } } });
  const stale = await raw("PUT", groupId, body, { "if-match": String(created.headers["etag"]) });
  expect(errorOf(stale)).toMatchObject({ status: 412, code: "PreconditionFailed" });
  const gone = await raw("DELETE", `${groupId}/securityRules/a`);
  expect([gone.status, (await raw("DELETE", groupId)).status]).toEqual([204, 204]);
  expect(errorOf(await putRule("a", {}))).toMatchObject({ status: 404, code: "ResourceNotFound" });
});

test("what Azure refuses is refused by Azure's codes", async () => {
  await raw("PUT", groupId, { location: "local" });
  await putRule("first", {});
  const refused = async (change: Record<string, unknown>) => {
    const { status, code, message } = errorOf(await putRule("x", change));
    return `${status} ${code}: ${message.slice(0, 120)}`;
  };
  expect([
    await refused({ priority: 99 }),
    await refused({ priority: 4097 }),
    await refused({}),
    await refused({ protocol: "Sctp" }),
    await refused({ direction: "Sideways" }),
    await refused({ access: "Maybe" }),
    await refused({ destinationPortRange: "80-20" }),
    await refused({ destinationPortRange: "65536" }),
    await refused({ sourceAddressPrefix: "10.0.0.0/33" }),
    await refused({ sourceAddressPrefix: "AzureCloud" }),
    await refused({ sourceAddressPrefixes: ["10.0.0.0/8"] }),
    await refused({ sourceAddressPrefix: null }),
    await refused({ sourceApplicationSecurityGroups: [{ id: "/x" }] }),
    await refused({ color: "red" }),
  ]).toMatchInlineSnapshot(`
    [
      "400 SecurityRuleInvalidPriority: Security rule x has invalid Priority. Value provided: 99 Allowed range 100-4096.",
      "400 SecurityRuleInvalidPriority: Security rule x has invalid Priority. Value provided: 4097 Allowed range 100-4096.",
      "400 SecurityRuleConflict: Security rule x conflicts with rule first. Rules cannot have the same Priority and Direction.",
      "400 InvalidRequestContent: properties.protocol: "Sctp" is not allowed: Tcp, Udp, Icmp, Esp, Ah, * expected",
      "400 InvalidRequestContent: properties.direction: "Sideways" is not allowed: Inbound, Outbound expected",
      "400 InvalidRequestContent: properties.access: "Maybe" is not allowed: Allow, Deny expected",
      "400 SecurityRuleInvalidPortRange: Security rule x has invalid Port range. Value provided: 80-20. Value should be an integer OR integer range with '-' deli",
      "400 SecurityRuleInvalidPortRange: Security rule x has invalid Port range. Value provided: 65536. Value should be an integer OR integer range with '-' deli",
      "400 SecurityRuleInvalidAddressPrefix: Security rule x has invalid Address prefix. Value provided: 10.0.0.0/33. sourceAddressPrefix takes an address or a netwo",
      "400 SecurityRuleInvalidAddressPrefix: Security rule x has invalid Address prefix. Value provided: AzureCloud. sourceAddressPrefix takes an address or a networ",
      "400 InvalidParameter: security rule x has both sourceAddressPrefix and sourceAddressPrefixes: one of the two expected",
      "400 InvalidParameter: security rule x has neither sourceAddressPrefix nor sourceAddressPrefixes: one of the two expected",
      "400 InvalidRequestContent: properties.sourceApplicationSecurityGroups: application security groups are not supported: address prefixes expected",
      "400 InvalidRequestContent: properties: Unrecognized key: "color"",
    ]
  `);
  expect((await putRule("x", { direction: "Outbound" })).status).toBe(201);
  const twice = [
    { name: "a", properties: rule() },
    { name: "A", properties: rule({ priority: 101 }) },
  ];
  const both = await raw("PUT", groupId, {
    location: "local",
    properties: { securityRules: twice },
  });
  expect(errorOf(both)).toMatchObject({ status: 400, code: "SecurityRuleConflict" });
  const moved = await raw("PUT", groupId, { location: "mars" });
  expect(errorOf(moved)).toMatchObject({ status: 409, code: "InvalidResourceLocation" });
});
