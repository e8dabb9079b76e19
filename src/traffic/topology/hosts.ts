import { createAddressWords } from "../../flowlog/address-words.ts";
import type { FlowOrigin } from "../../flowlog/flow-batch.ts";
import { formatAddress } from "../../flowlog/address-text.ts";
import { readAddress } from "../prefix/address-text.ts";
import { type Place, placeOf } from "./place.ts";
import { joinName, knownOfNetwork } from "./topology-places.ts";
import type {
  HostSettings,
  TopologySettings,
  VirtualNetworkSettings,
} from "./topology-settings.ts";

/** A network interface with its machine, named as Azure's tables do: "rg/name". */
export interface Host {
  readonly virtualMachine: string;
  readonly networkInterface: string;
  readonly scaleSet: string;
  readonly subscription: string;
}

export interface Hosts {
  hostAt(address: string, scope: number): Host | null;
  /** The network that a host names, for an address outside every prefix. */
  placeAt(address: string, scope: number): Place | null;
  scopeOf(origin: FlowOrigin): number;
}

interface KnownHost {
  readonly host: Host;
  readonly place: Place | null;
}

/** Hosts by address and scope; a scope without the address falls back to the first. */
export function createHosts(settings: TopologySettings, scopes: readonly string[]): Hosts {
  const networks = new Map(settings.virtualNetworks.map((network) => [network.name, network]));
  const byAddress = new Map<string, KnownHost>();
  const scopeByMac = new Map<string, number>();
  for (const host of settings.hosts) {
    const network = networks.get(host.virtualNetwork);
    const scope = scopes.indexOf(network?.scope ?? "");
    for (const text of host.addresses) {
      const address = canonical(text);
      byAddress.set(`${scope} ${address}`, knownHost(host, network, address));
    }
    scopeByMac.set(plainMac(host.macAddress), scope);
  }
  const known = (address: string, scope: number): KnownHost | undefined =>
    byAddress.get(`${scope} ${address}`) ?? byAddress.get(`0 ${address}`);
  const scopeByTarget = targetScopes(settings, scopes);
  return {
    hostAt: (address, scope) => known(address, scope)?.host ?? null,
    placeAt: (address, scope) => known(address, scope)?.place ?? null,
    scopeOf: ({ targetId, macAddress }) =>
      scopeByTarget(targetId) ?? scopeByMac.get(plainMac(macAddress)) ?? 0,
  };
}

function knownHost(
  host: HostSettings,
  network: VirtualNetworkSettings | undefined,
  address: string,
): KnownHost {
  const { resourceGroup, subscription } = host;
  const named = (name: string): string => (name === "" ? "" : joinName(resourceGroup, name));
  return {
    host: {
      virtualMachine: named(host.name),
      networkInterface: named(host.networkInterface),
      scaleSet: named(host.scaleSet),
      subscription,
    },
    place: network ? placeOf("virtualNetwork", address, knownOfNetwork(network)) : null,
  };
}

function canonical(text: string): string {
  const words = createAddressWords(1);
  readAddress(text, words, 0);
  return formatAddress(words, 0);
}

const plainMac = (text: string): string => text.replaceAll(/[:-]/g, "").toUpperCase();

/** The scope of the virtual network, or of the interface, that a flow log's target names. */
function targetScopes(
  settings: TopologySettings,
  scopes: readonly string[],
): (targetId: string) => number | undefined {
  const byNetwork = new Map(
    settings.virtualNetworks.map(({ resourceGroup, name, scope }) => [
      joinName(resourceGroup, name).toLowerCase(),
      scopes.indexOf(scope),
    ]),
  );
  const networks = new Map(settings.virtualNetworks.map((network) => [network.name, network]));
  const byInterface = new Map(
    settings.hosts.map(({ resourceGroup, networkInterface, virtualNetwork }) => [
      joinName(resourceGroup, networkInterface).toLowerCase(),
      scopes.indexOf(networks.get(virtualNetwork)?.scope ?? ""),
    ]),
  );
  return (targetId) => {
    const [, group = "", type = "", name = ""] =
      /\/resourceGroups\/([^/]+)\/.*\/(virtualNetworks|networkInterfaces)\/([^/]+)/i.exec(
        targetId,
      ) ?? [];
    const key = joinName(group, name).toLowerCase();
    return (type.toLowerCase() === "virtualnetworks" ? byNetwork : byInterface).get(key);
  };
}
