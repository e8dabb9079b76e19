import { createHash } from "node:crypto";
import { prefixRange, rangesOverlap } from "../../arm/prefix-range.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { virtualNetworkType } from "../../arm/virtual-network.ts";
import { machineRecords, networkInterfaceType } from "../../provider/compute/machines.ts";
import { memberOf } from "../../provider/compute/scale-set-members.ts";
import { interfaceProperties } from "../../provider/network/diagnosed-machine.ts";
import { networkMembers } from "../../provider/network/network-members.ts";
import { networkOf } from "../../provider/network/virtual-network-store.ts";
import type { State, StoredResource } from "../../state/state.ts";
import type { TopologyInput } from "../../traffic/topology/topology-settings.ts";

type Networks = NonNullable<TopologyInput["virtualNetworks"]>;
type Hosts = NonNullable<TopologyInput["hosts"]>;

const ethernetAddress = /^(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i;

/** The virtual networks and hosts that ARM knows, in the shape in which traffic is classed by them. */
export async function readTopology(state: State, subscription: string): Promise<TopologyInput> {
  const scope = subscription;
  const networks = await state.resources.list({ scope, type: virtualNetworkType });
  const scopes = scopesOf(networks);
  const virtualNetworks = networks.map((each) => describeNetwork(each, scopes.get(each.id) ?? ""));
  return { virtualNetworks, hosts: await readHosts(state, subscription) };
}

function describeNetwork(resource: StoredResource, scope: string): Networks[number] {
  const { subscriptionId, resourceGroupName, name } = parseResourceId(resource.id);
  const { location, properties } = networkOf(resource);
  return {
    subscription: subscriptionId ?? "",
    resourceGroup: resourceGroupName ?? "",
    name,
    region: location,
    scope,
    prefixes: properties.addressSpace.addressPrefixes,
    subnets: properties.subnets.map((subnet) => ({
      name: subnet.name,
      prefixes: subnet.properties.addressPrefixes,
    })),
  };
}

/** Networks that have addresses in common are each a world of their own; the others share one. */
function scopesOf(networks: readonly StoredResource[]): Map<string, string> {
  const ranges = networks
    .flatMap((network) =>
      networkOf(network).properties.addressSpace.addressPrefixes.flatMap((text) => {
        const range = prefixRange(text);
        return range === null ? [] : [{ id: network.id, range }];
      }),
    )
    .toSorted(
      (a, b) => Number(a.range.first > b.range.first) - Number(a.range.first < b.range.first),
    );
  const scopes = new Map<string, string>();
  for (const [index, { id, range }] of ranges.entries()) {
    for (const next of ranges.slice(index + 1)) {
      if (next.range.first > range.last) break;
      if (next.id === id || !rangesOverlap(range, next.range)) continue;
      for (const each of [id, next.id]) scopes.set(each, shortName(each));
    }
  }
  return scopes;
}

const shortName = (id: string): string =>
  createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 16);

async function readHosts(state: State, subscription: string): Promise<Hosts> {
  const members = Map.groupBy(
    await networkMembers(state, subscription),
    ({ interfaceId }) => interfaceId,
  );
  const interfaces = await state.resources.list({
    scope: subscription,
    type: networkInterfaceType,
  });
  const hosts: Hosts = [];
  for (const { body: machine } of await machineRecords(state).list()) {
    const { subscriptionId, resourceGroupName, name } = parseResourceId(machine.resourceId);
    const scaleSetId = (await memberOf(state, machine.resourceId))?.scaleSetId;
    for (const each of interfaces) {
      const { virtualMachine, ipConfigurations } = interfaceProperties(each);
      if (virtualMachine?.id.toLowerCase() !== machine.resourceId.toLowerCase()) continue;
      const networkId = members.get(each.id)?.[0]?.networkId;
      const { macAddress } = each.body["properties"] as { macAddress?: string };
      hosts.push({
        subscription: subscriptionId ?? "",
        resourceGroup: resourceGroupName ?? "",
        name,
        networkInterface: parseResourceId(each.id).name,
        scaleSet: scaleSetId === undefined ? "" : parseResourceId(scaleSetId).name,
        // Tunnels have none, or something else in its place.
        macAddress: ethernetAddress.test(macAddress ?? "") ? (macAddress ?? "") : "",
        virtualNetwork: networkId === undefined ? "" : parseResourceId(networkId).name,
        addresses: (ipConfigurations ?? []).map(({ properties }) => properties.privateIPAddress),
      });
    }
  }
  return hosts;
}
