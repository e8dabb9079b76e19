import { type Place, placeOf } from "./place.ts";
import type {
  ClientPoolSettings,
  SiteSettings,
  TopologySettings,
  VirtualNetworkSettings,
} from "./topology-settings.ts";

/** Azure's names of a part: what is not known is left out with its bar. */
export function joinName(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

export const virtualNetworkName = (network: VirtualNetworkSettings): string =>
  joinName(network.subscription, network.resourceGroup, network.name);

/** Every prefix of the topology with what it means. */
export function placesOf(settings: TopologySettings): Place[] {
  return [
    ...settings.virtualNetworks.flatMap(networkPlaces),
    ...settings.virtualNetworks.flatMap(subnetPlaces),
    ...settings.sites.flatMap(sitePlaces),
    ...settings.clientPools.flatMap(poolPlaces),
  ];
}

/** What all addresses of a virtual network share. */
export function knownOfNetwork(network: VirtualNetworkSettings): Partial<Place> {
  const { scope, region, subscription } = network;
  return { virtualNetwork: virtualNetworkName(network), scope, region, subscription };
}

export function networkPlaces(network: VirtualNetworkSettings): Place[] {
  const known = knownOfNetwork(network);
  return network.prefixes.map((prefix) => placeOf("virtualNetwork", prefix, known));
}

function subnetPlaces(network: VirtualNetworkSettings): Place[] {
  return network.subnets.flatMap(({ name, prefixes }) => {
    const subnet = joinName(network.resourceGroup, network.name, name);
    const known = { ...knownOfNetwork(network), subnet };
    return prefixes.map((prefix) => placeOf("virtualNetwork", prefix, known));
  });
}

function sitePlaces({
  name,
  scope,
  prefixes,
  connectionType,
  connectionName,
}: SiteSettings): Place[] {
  const known = { scope, site: name, connectionType, connectionName };
  return prefixes.map((prefix) => placeOf("site", prefix, known));
}

function poolPlaces({ name, scope, prefixes, connectionName }: ClientPoolSettings): Place[] {
  const known = { scope, clientPool: name, connectionType: "VpnGateway", connectionName };
  return prefixes.map((prefix) => placeOf("clientPool", prefix, known));
}
