import { NightcapError } from "../../common/errors.ts";
import { wordsPerAddress } from "../../flowlog/address-words.ts";
import {
  addPrefix,
  createPrefixList,
  isIpv4Prefix,
  type PrefixList,
  prefixHolds,
} from "../prefix/prefix-list.ts";
import { orderPrefixes } from "../prefix/prefix-order.ts";
import { describePlace, type Place } from "./place.ts";
import { networkPlaces, placesOf } from "./topology-places.ts";
import type { TopologySettings, VirtualNetworkSettings } from "./topology-settings.ts";

/** Refuses a topology that gives one address two answers, or that names what is not there. */
export function checkTopology(settings: TopologySettings): void {
  const networks = settings.virtualNetworks.flatMap(networkPlaces);
  for (const places of byScope(networks)) refuseOverlaps(places);
  for (const places of byScope(placesOf(settings))) refuseEqualPrefixes(places);
  for (const network of settings.virtualNetworks) refuseSubnetsOutside(network);
  refuseUnknownNames(settings);
}

function byScope(places: readonly Place[]): Iterable<Place[]> {
  return Map.groupBy(places, ({ scope }) => scope).values();
}

/** Walks the prefixes in order, with those that hold the one at hand on a stack. */
function refuseOverlaps(places: readonly Place[]): void {
  const list = listOf(places);
  const open: number[] = [];
  for (const entry of orderPrefixes(list)) {
    while (open.length > 0 && !isInside(list, open.at(-1) ?? 0, entry)) open.pop();
    const outer = places[open.at(-1) ?? -1];
    const inner = places[entry];
    if (outer && inner && outer.virtualNetwork !== inner.virtualNetwork)
      throw invalid(
        `virtual networks ${outer.virtualNetwork} (${outer.prefix}) and ${inner.virtualNetwork} (${inner.prefix}) overlap: give one of them a scope of its own`,
      );
    open.push(entry);
  }
}

function listOf(places: readonly Place[]): PrefixList {
  const list = createPrefixList();
  for (const { prefix } of places) addPrefix(list, prefix);
  return list;
}

function isInside(list: PrefixList, outer: number, inner: number): boolean {
  const isOneVersion = isIpv4Prefix(list, outer) === isIpv4Prefix(list, inner);
  return isOneVersion && prefixHolds(list, outer, list.words, inner * wordsPerAddress);
}

/** A subnet may be as large as its network; anything else with the same prefix is a mistake. */
function refuseEqualPrefixes(places: readonly Place[]): void {
  const seen = new Map<string, Place>();
  for (const place of places) {
    const before = seen.get(place.prefix);
    if (before && (before.virtualNetwork !== place.virtualNetwork || place.virtualNetwork === ""))
      throw invalid(
        `one prefix is in two places: ${describePlace(before)}, ${describePlace(place)}`,
      );
    seen.set(place.prefix, place);
  }
}

function refuseSubnetsOutside(network: VirtualNetworkSettings): void {
  const list = listOf(networkPlaces(network));
  for (const { name, prefixes } of network.subnets)
    for (const prefix of prefixes) {
      addPrefix(list, prefix);
      const inner = list.count - 1;
      const isHeld = network.prefixes.some((_, outer) => isInside(list, outer, inner));
      const isNarrow = network.prefixes.some(
        (_, outer) =>
          isInside(list, outer, inner) && (list.lengths[outer] ?? 0) <= (list.lengths[inner] ?? 0),
      );
      if (!isHeld || !isNarrow)
        throw invalid(`subnet ${name} (${prefix}) is outside virtual network ${network.name}`);
    }
}

function refuseUnknownNames({
  gateways,
  sites,
  clientPools,
  hosts,
  virtualNetworks,
}: TopologySettings): void {
  const gatewayNames = new Set(gateways.map(({ name }) => name));
  for (const { name, gateway } of [...sites, ...clientPools])
    if (gateway !== "" && !gatewayNames.has(gateway))
      throw invalid(`${name} names the gateway ${gateway}, which is not there`);
  const networkNames = new Set(virtualNetworks.map(({ name }) => name));
  for (const { name, virtualNetwork } of hosts)
    if (virtualNetwork !== "" && !networkNames.has(virtualNetwork))
      throw invalid(`host ${name} names the virtual network ${virtualNetwork}, which is not there`);
}

function invalid(message: string): NightcapError {
  return new NightcapError("SettingsInvalid", message);
}
