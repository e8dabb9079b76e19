// What a network watcher can be asked, through Azure's own network client and on the wire; the host's
// own answers are those of test/diagnosis.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SecurityRule } from "@azure/arm-network";
import type { HostAnswer, HostQuestion } from "../../src/diagnosis/question.ts";
import {
  type ControlPlane,
  machineId,
  makeDirectory,
  recordHost,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
let network: ReturnType<ControlPlane["clients"]>["network"];
let questions: HostQuestion[];

beforeEach(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const clients = plane.clients(await plane.identity.createClient("test"));
  network = clients.network;
  token = (await clients.credential.getToken(`${plane.base}/.default`)).token;
  questions = [];
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
const groupId = `${group}/providers/Microsoft.Network/networkSecurityGroups/web-nsg`;
const interfaceId = `${group}/providers/Microsoft.Network/networkInterfaces/web-1-eth0`;
const watcher = ["NetworkWatcherRG", "NetworkWatcher_local"] as const;
const raw = (method: string, path: string, body?: unknown) =>
  plane.raw(method, `${path}?api-version=2022-01-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const errorOf = ({ status, body }: { status: number; body: unknown }) => {
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return `${status} ${code}: ${message.replaceAll(group, "G").slice(0, 140)}`;
};

/** The host answers so, and what it was asked is kept. */
function hostAnswers(...answers: HostAnswer[]): void {
  plane.host.onQuestion = async (question) => {
    questions.push(question);
    const found = answers.find(({ kind }) => kind === question.kind);
    if (!found) throw new Error(`no answer for ${question.kind}`);
    return found;
  };
}

const verdict = (value: "accept" | "drop" | "unknown", notJudged: string[] = []): HostAnswer => ({
  kind: "filterVerdict",
  verdict: value,
  rule: "nftables/inet/filter/input/handle/4",
  notJudged,
});
const hop = (change: object = {}): HostAnswer => ({
  kind: "nextHop",
  hop: "defaultGateway",
  gateway: "192.0.2.1",
  device: "eth0",
  route: "default",
  ...change,
});

async function attachGroup(...rules: Partial<SecurityRule>[]): Promise<void> {
  await network.networkSecurityGroups.beginCreateOrUpdateAndWait("nightcap", "web-nsg", {
    location: "local",
    securityRules: rules.map((rule, index) =>
      Object.assign(
        {
          name: `rule${index + 1}`,
          protocol: "Tcp",
          sourceAddressPrefix: "*",
          sourcePortRange: "*",
          destinationAddressPrefix: "*",
          destinationPortRange: "*",
          access: "Deny",
          direction: "Inbound",
          priority: 100 + index,
        },
        rule,
      ),
    ),
  });
  const nic = await network.networkInterfaces.get("nightcap", "web-1-eth0");
  await network.networkInterfaces.beginCreateOrUpdateAndWait("nightcap", "web-1-eth0", {
    ...nic,
    networkSecurityGroup: { id: groupId },
  });
}

const flow = {
  targetResourceId: machineId,
  direction: "Inbound",
  protocol: "TCP",
  localPort: "22",
  remotePort: "60000",
  localIPAddress: "192.0.2.4",
  remoteIPAddress: "198.51.100.9",
} as const;
const verify = (change: object = {}) =>
  network.networkWatchers.beginVerifyIPFlowAndWait(...watcher, { ...flow, ...change });

test("a flow is judged by the host's nftables and by the interface's group, and the rule is named", async () => {
  hostAnswers(verdict("accept"));
  expect(await verify()).toMatchObject({
    access: "Allow",
    ruleName: "nftables/inet/filter/input/handle/4",
  });
  expect(questions).toEqual([
    {
      kind: "filterVerdict",
      direction: "Inbound",
      protocol: "tcp",
      localAddress: "192.0.2.4",
      remoteAddress: "198.51.100.9",
      localPort: 22,
      remotePort: 60_000,
    },
  ]);
  await attachGroup({
    access: "Allow",
    destinationPortRange: "22-23",
    sourceAddressPrefix: "198.51.100.0/24",
  });
  expect(await verify()).toMatchObject({ access: "Allow", ruleName: "securityRules/rule1" });
  expect(await verify({ localPort: "80" })).toMatchObject({
    access: "Deny",
    ruleName: "defaultSecurityRules/DenyAllInBound",
  });
  const near = { remoteIPAddress: "192.0.2.77", localPort: "80" };
  expect(await verify(near)).toMatchObject({
    access: "Allow",
    ruleName: "defaultSecurityRules/AllowVnetInBound",
  });
  expect(await verify({ direction: "Outbound" })).toMatchObject({
    ruleName: "defaultSecurityRules/AllowInternetOutBound",
  });
  hostAnswers(verdict("drop"));
  expect(await verify()).toMatchObject({
    access: "Deny",
    ruleName: "nftables/inet/filter/input/handle/4",
  });
});

test("both verdicts are shown, and one that cannot be judged is not guessed", async () => {
  await attachGroup({});
  hostAnswers(verdict("accept", ["ip_tables filter: legacy tables are not judged"]));
  const body = { ...flow, protocol: "tcp", localPort: 22, remotePort: "*" };
  expect((await raw("POST", `${watcherId}/ipFlowVerify`, body)).body).toMatchObject({
    access: "Deny",
    ruleName: "securityRules/rule1",
    nightcap: {
      host: { verdict: "accept", notJudged: ["ip_tables filter: legacy tables are not judged"] },
      networkSecurityGroup: { id: groupId, access: "Deny", enforced: false },
    },
  });
  hostAnswers(verdict("unknown", ['handle/4: "fib" is not judged']));
  expect(await verify()).toMatchObject({ access: "Deny" });
  const outbound = await raw("POST", `${watcherId}/ipFlowVerify`, {
    ...flow,
    direction: "Outbound",
  });
  expect(errorOf(outbound)).toMatch(/^501 NotImplemented: .*cannot be judged from outside/);
});

test("the next hop in Azure's words", async () => {
  const ask = async (change: object) => {
    hostAnswers(hop(change));
    const found = await network.networkWatchers.beginGetNextHopAndWait(...watcher, {
      targetResourceId: machineId,
      sourceIPAddress: "192.0.2.4",
      destinationIPAddress: "198.51.100.9",
    });
    return `${found.nextHopType} ${found.nextHopIpAddress ?? "-"} ${found.routeTableId}`;
  };
  expect([
    await ask({}),
    await ask({ hop: "gateway" }),
    await ask({ hop: "onLink", gateway: null }),
    await ask({ hop: "local", gateway: null }),
    await ask({ hop: "tunnel", gateway: null }),
    await ask({ hop: "none", gateway: null, device: null, route: null }),
  ]).toEqual([
    "Internet 192.0.2.1 System Route",
    "VirtualAppliance 192.0.2.1 System Route",
    "VnetLocal - System Route",
    "VnetLocal - System Route",
    "VirtualNetworkGateway - System Route",
    "None - System Route",
  ]);
});

const probe = (milliseconds: number | null, error: string | null = null) => ({
  milliseconds,
  error,
});
const connected = (...probes: ReturnType<typeof probe>[]): HostAnswer => ({
  kind: "connect",
  address: "198.51.100.9",
  probes,
});
const check = (destination: object, more: object = {}) =>
  network.networkWatchers.beginCheckConnectivityAndWait(...watcher, {
    source: { resourceId: machineId },
    destination,
    ...more,
  });

test("connectivity: latencies, hops and states of real probes", async () => {
  hostAnswers(connected(probe(1.2), probe(4.6), probe(3.1)), hop());
  const reached = await check({ address: "198.51.100.9", port: 443 }, { protocol: "Tcp" });
  expect(reached).toMatchObject({
    connectionStatus: "Reachable",
    avgLatencyInMs: 3,
    minLatencyInMs: 1,
    maxLatencyInMs: 5,
    probesSent: 3,
    probesFailed: 0,
    hops: [
      { type: "Source", address: "192.0.2.4", resourceId: machineId, issues: [] },
      { type: "Gateway", address: "192.0.2.1" },
      { type: "Internet", address: "198.51.100.9", nextHopIds: [] },
    ],
  });
  expect(reached.hops?.[0]?.nextHopIds).toEqual([reached.hops?.[1]?.id]);
  hostAnswers(connected(probe(1), probe(null, "ETIMEDOUT")), hop());
  expect(await check({ address: "198.51.100.9", port: 1 })).toMatchObject({
    connectionStatus: "Degraded",
    probesFailed: 1,
    hops: [
      { issues: [{ severity: "Warning", context: [{ value: "ETIMEDOUT" }, { value: "1" }] }] },
      {},
      {},
    ],
  });
  hostAnswers({ kind: "connect", address: null, probes: [probe(null, "ENOTFOUND")] });
  expect(await check({ address: "x.invalid", port: 1 })).toMatchObject({
    connectionStatus: "Unreachable",
    hops: [{ type: "Source", issues: [{ type: "DnsResolution", severity: "Error" }] }],
  });
});

test("connectivity: what is asked of the host for each kind of destination", async () => {
  const other = await recordHost(plane.state, { name: "web-2" });
  hostAnswers(connected(probe(1)), hop({ hop: "onLink", gateway: null }));
  const asked = async (destination: object, more: object = {}) => {
    questions = [];
    await check(destination, more);
    const [question] = questions;
    return question?.kind === "connect"
      ? `${question.protocol} ${question.destination} ${question.port} ${question.http?.path ?? ""}`.trim()
      : "";
  };
  expect([
    await asked({ address: "198.51.100.9" }),
    await asked({ address: "example.com", port: 25 }),
    await asked({ address: "https://example.com/a?b=c" }),
    await asked({ address: "http://[2001:db8::1]:8080" }),
    await asked({ resourceId: other.machineId, port: 22 }),
    await asked({ address: "example.com" }, { protocol: "Http" }),
  ]).toEqual([
    "icmp 198.51.100.9 null",
    "tcp example.com 25",
    "https example.com 443 /a?b=c",
    "http 2001:db8::1 8080 /",
    "tcp 192.0.2.4 22",
    "http example.com 80 /",
  ]);
});

test("the view of rules, and the topology of a group", async () => {
  await attachGroup({ description: "no", destinationPortRange: "23" });
  const view = await network.networkWatchers.beginGetVMSecurityRulesAndWait(...watcher, {
    targetResourceId: machineId,
  });
  const [nic] = view.networkInterfaces ?? [];
  expect(nic).toMatchObject({
    id: interfaceId,
    securityRuleAssociations: {
      networkInterfaceAssociation: { id: interfaceId, securityRules: [{ name: "rule1" }] },
    },
  });
  const effective = nic?.securityRuleAssociations?.effectiveSecurityRules ?? [];
  expect(effective.map(({ name }) => name).slice(0, 2)).toEqual([
    "securityRules/rule1",
    "defaultSecurityRules/AllowVnetInBound",
  ]);
  expect(effective[1]).toMatchObject({
    protocol: "All",
    expandedSourceAddressPrefix: ["192.0.2.4/24"],
  });
  const topology = await network.networkWatchers.getTopology(...watcher, {
    targetResourceGroupName: "NIGHTCAP",
  });
  const shown = (topology.resources ?? []).map(({ name, associations }) => [
    name,
    (associations ?? []).map((each) => `${each.associationType} ${each.name}`),
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    "web-1": ["Contains web-1-eth0"],
    "web-1-eth0": ["Associated web-1", "Associated web-nsg", "Contains 192.0.2.4"],
    "web-nsg": [
      "Contains rule1",
      ...["AllowVnetInBound", "AllowAzureLoadBalancerInBound", "DenyAllInBound"].map(
        (name) => `Contains ${name}`,
      ),
      ...["AllowVnetOutBound", "AllowInternetOutBound", "DenyAllOutBound"].map(
        (name) => `Contains ${name}`,
      ),
    ],
  });
});

test("what cannot be asked is refused by name, and a host that is not there is no internal error", async () => {
  const post = async (name: string, body: object) =>
    errorOf(await raw("POST", `${watcherId}/${name}`, body));
  const next = {
    targetResourceId: machineId,
    sourceIPAddress: "192.0.2.4",
    destinationIPAddress: "8.8.8.8",
  };
  const from = { source: { resourceId: machineId } };
  expect([
    await post("ipFlowVerify", flow),
    await post("ipFlowVerify", { ...flow, localIPAddress: "192.0.2.5" }),
    await post("ipFlowVerify", { ...flow, remoteIPAddress: "2001:db8::1" }),
    await post("ipFlowVerify", { ...flow, localPort: "70000" }),
    await post("ipFlowVerify", { ...flow, protocol: "ICMP" }),
    await post("ipFlowVerify", { ...flow, targetResourceId: `${machineId}x` }),
    await post("ipFlowVerify", { ...flow, targetResourceId: interfaceId }),
    await post("nextHop", { ...next, sourceIPAddress: "-6" }),
    await post("connectivityCheck", { ...from, destination: { address: "-oProxy", port: 1 } }),
    await post("connectivityCheck", { ...from, destination: { address: "a b", port: 1 } }),
    await post("connectivityCheck", { ...from, destination: { address: "a.b" }, protocol: "Tcp" }),
    await post("connectivityCheck", { ...from, destination: {} }),
    await post("connectivityCheck", {
      source: { resourceId: machineId, port: 1 },
      destination: {},
    }),
    await post("topology", { targetResourceGroupName: "other" }),
    await post("topology", {}),
    await post("troubleshoot", {}),
    await post("queryTroubleshootResult", {}),
    await post("networkConfigurationDiagnostic", {}),
    await post("azureReachabilityReport", {}),
    await post("availableProvidersList", {}),
  ]).toMatchInlineSnapshot(`
    [
      "409 VMAgentStatusCommunicationError: the agent is not connected",
      "400 InvalidParameter: address "192.0.2.5" is not one of G/providers/Microsoft.Compute/virtualMachines/web-1; G/providers/Microsoft.Compute/virtualMachines/web-1 h",
      "400 InvalidParameter: localIPAddress "192.0.2.4" and remoteIPAddress "2001:db8::1" are of two IP versions",
      "400 InvalidRequestContent: localPort: "70000" is not a port: 0 to 65535 or * expected",
      "400 InvalidRequestContent: protocol: "ICMP" is not allowed: TCP, UDP expected",
      "404 ResourceNotFound: The Resource 'Microsoft.Compute/virtualMachines/web-1x' under resource group 'nightcap' was not found.",
      "400 InvalidParameter: target "G/providers/Microsoft.Network/networkInterfaces/web-1-eth0" is a Microsoft.Network/networkInterfaces: a Microsoft.Compute/virtualMac",
      "400 InvalidRequestContent: sourceIPAddress: an IP address expected",
      "400 InvalidParameter: destination.address "-oProxy" is not an IP address, a host name or an http(s) URL without credentials",
      "400 InvalidParameter: destination.address "a b" is not an IP address, a host name or an http(s) URL without credentials",
      "400 InvalidParameter: destination.port is missing: protocol Tcp needs one",
      "400 InvalidParameter: destination: either resourceId or address expected",
      "400 InvalidRequestContent: source.port: the source port cannot be chosen: the host takes a free one",
      "404 ResourceGroupNotFound: Resource group 'other' could not be found.",
      "400 InvalidParameter: targetResourceGroupName expected",
      "501 NotImplemented: not supported: POST on Microsoft.Network/networkWatchers/troubleshoot",
      "501 NotImplemented: not supported: POST on Microsoft.Network/networkWatchers/queryTroubleshootResult",
      "501 NotImplemented: not supported: POST on Microsoft.Network/networkWatchers/networkConfigurationDiagnostic",
      "501 NotImplemented: not supported: POST on Microsoft.Network/networkWatchers/azureReachabilityReport",
      "501 NotImplemented: not supported: POST on Microsoft.Network/networkWatchers/availableProvidersList",
    ]
  `);
});

test("an interface keeps its group and its tags when its host speaks again; the host's own is not to be written", async () => {
  await attachGroup();
  await network.networkInterfaces.updateTags("nightcap", "web-1-eth0", { tags: { a: "b" } });
  await recordHost(plane.state, { name: "web-1" });
  const nic = await network.networkInterfaces.get("nightcap", "web-1-eth0");
  expect(nic).toMatchObject({ networkSecurityGroup: { id: groupId }, tags: { a: "b" } });
  expect(await network.networkSecurityGroups.get("nightcap", "web-nsg")).toMatchObject({
    networkInterfaces: [{ id: interfaceId }],
  });
  expect(errorOf(await raw("DELETE", groupId))).toMatch(
    /^400 InUseNetworkSecurityGroupCannotBeDeleted/,
  );
  const { body } = await raw("GET", interfaceId);
  const sent = body as { properties: object };
  const change = (properties: object) =>
    raw("PUT", interfaceId, { ...sent, properties: { ...sent.properties, ...properties } });
  expect(errorOf(await change({ enableIPForwarding: true }))).toMatch(
    /^400 InvalidParameter: properties.enableIPForwarding/,
  );
  expect(errorOf(await change({ networkSecurityGroup: { id: `${groupId}x` } }))).toMatch(
    /^404 ResourceNotFound/,
  );
  const off = await change({ networkSecurityGroup: null });
  expect(off.status).toBe(200);
  expect(JSON.stringify(off.body)).not.toContain("web-nsg");
  expect((await raw("DELETE", groupId)).status).toBe(204);
  expect(errorOf(await raw("PUT", `${interfaceId}9`, body))).toMatch(/^501 NotImplemented/);
  expect(errorOf(await raw("DELETE", interfaceId))).toMatch(/^501 NotImplemented/);
});
