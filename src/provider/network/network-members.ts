import { type PrefixRange, prefixRange, rangeContains } from "../../arm/prefix-range.ts";
import { sameId } from "../../arm/resource-id.ts";
import { canonicalLocation } from "../../arm/tracked-resource.ts";
import { virtualNetworkType } from "../../arm/virtual-network.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { networkInterfaceType } from "../compute/machines.ts";
import { interfaceProperties } from "./diagnosed-machine.ts";
import { subscriptionOf } from "../../arm/resource-id.ts";
import { networkOf } from "./virtual-network-store.ts";

/** An address of a host that is in a virtual network, because one of the network's prefixes has it. */
export interface NetworkMember {
  readonly networkId: string;
  /** Null: in the address space, and in no subnet. */
  readonly subnetId: string | null;
  readonly interfaceId: string;
  readonly configurationId: string;
}

interface Place extends PrefixRange {
  readonly networkId: string;
  readonly subnetId: string | null;
  readonly location: string;
}

/**
 * Which addresses of hosts are in which network, by the longest prefix that has them in the host's
 * region. Two networks with the same prefix in one region share nothing: the first by id has it.
 */
export async function networkMembers(state: State, scope: string): Promise<NetworkMember[]> {
  const networks = await state.resources.list({ scope, type: virtualNetworkType });
  if (networks.length === 0) return [];
  const places = networks.flatMap(placesOf).toSorted(longestFirst);
  const interfaces = await state.resources.list({ scope, type: networkInterfaceType });
  return interfaces.flatMap((each) => membersOf(each, places));
}

function placesOf(resource: StoredResource): Place[] {
  const { location, properties } = networkOf(resource);
  const place = (subnetId: string | null) => (text: string) => {
    const range = prefixRange(text);
    const shared = { networkId: resource.id, subnetId, location: canonicalLocation(location) };
    return range === null ? [] : [{ ...range, ...shared }];
  };
  return [
    ...properties.addressSpace.addressPrefixes.flatMap(place(null)),
    ...properties.subnets.flatMap(({ name, properties: { addressPrefixes } }) =>
      addressPrefixes.flatMap(place(`${resource.id}/subnets/${name}`)),
    ),
  ];
}

/** Of two of one length a subnet says more than its network. */
const longestFirst = (a: Place, b: Place): number =>
  b.length - a.length || Number(b.subnetId !== null) - Number(a.subnetId !== null);

function membersOf(resource: StoredResource, places: readonly Place[]): NetworkMember[] {
  const location = canonicalLocation(String(resource.body["location"]));
  return (interfaceProperties(resource).ipConfigurations ?? []).flatMap(({ id, properties }) => {
    const address = prefixRange(properties.privateIPAddress);
    const found = places.find(
      (place) => address && place.location === location && rangeContains(place, address),
    );
    if (!found) return [];
    const { networkId, subnetId } = found;
    return [{ networkId, subnetId, interfaceId: resource.id, configurationId: id }];
  });
}

/** The security group of each subnet that has one, by the subnet's id in lower case. */
export async function groupsOfSubnets(state: State, scope: string): Promise<Map<string, string>> {
  const networks = await state.resources.list({ scope, type: virtualNetworkType });
  const found = new Map<string, string>();
  for (const network of networks) {
    for (const { name, properties } of networkOf(network).properties.subnets) {
      const groupId = properties.networkSecurityGroup?.id;
      if (groupId) found.set(`${network.id}/subnets/${name}`.toLowerCase(), groupId);
    }
  }
  return found;
}

/** Ids of the subnets that name the security group. */
export async function subnetsWithGroup(state: State, groupId: string): Promise<string[]> {
  const all = await groupsOfSubnets(state, subscriptionOf(groupId));
  return [...all].filter(([, id]) => sameId(id, groupId)).map(([subnetId]) => subnetId);
}
