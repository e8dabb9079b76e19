import { createHash } from "node:crypto";
import { parseSettings } from "../../common/settings.ts";
import type { FlowOrigin } from "../../flowlog/flow-batch.ts";
import { formatAddress } from "../../flowlog/address-text.ts";
import { addPrefix, createPrefixList, formatPrefix } from "../prefix/prefix-list.ts";
import { createPrefixTable, findPrefix, type PrefixTable } from "../prefix/prefix-table.ts";
import { createHosts, type Host } from "./hosts.ts";
import type { Place } from "./place.ts";
import { checkTopology } from "./topology-check.ts";
import { placesOf } from "./topology-places.ts";
import {
  type TopologyInput,
  type TopologySettings,
  topologySettings,
} from "./topology-settings.ts";

interface ScopeTable {
  readonly table: PrefixTable;
  readonly places: readonly Place[];
}

/** Where addresses of one's own network are. */
export interface Topology {
  readonly settings: TopologySettings;
  /** The first is "", which every other scope falls back to. */
  readonly scopes: readonly string[];
  readonly version: string;
  placeAt(words: Uint32Array, at: number, scope: number): Place | null;
  hostAt(words: Uint32Array, at: number, scope: number): Host | null;
  /** The customer-owned public prefix over an address; "" when there is none. */
  ownedPrefixAt(words: Uint32Array, at: number): string;
  /** Index into `scopes`: where the interface or the network is that the flows were logged at. */
  scopeOf(origin: FlowOrigin): number;
}

/**
 * One topology of several parts, such as resources and the settings file: of virtual networks, hosts,
 * gateways, sites and pools with the same name the last part's counts.
 */
export function createTopology(...parts: readonly TopologyInput[]): Topology {
  const read = parts.map((part) => parseSettings(topologySettings, part, "topology"));
  const settings = mergeTopologies(read);
  checkTopology(settings);
  const byScope = Map.groupBy(placesOf(settings), ({ scope }) => scope);
  const scopes = ["", ...[...byScope.keys()].filter((scope) => scope !== "")];
  const tables = scopes.map((scope) => createScopeTable(byScope.get(scope) ?? []));
  const hosts = createHosts(settings, scopes);
  const owned = createPrefixList();
  for (const prefix of settings.ownedPublicPrefixes) addPrefix(owned, prefix);
  const ownedTable = createPrefixTable(owned);
  return {
    settings,
    scopes,
    version: createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 12),
    placeAt: (words, at, scope) =>
      findPlace(tables[scope], words, at) ??
      findPlace(tables[0], words, at) ??
      hosts.placeAt(formatAddress(words, at), scope),
    hostAt: (words, at, scope) => hosts.hostAt(formatAddress(words, at), scope),
    ownedPrefixAt(words, at) {
      const entry = findPrefix(ownedTable, words, at);
      return entry < 0 ? "" : formatPrefix(owned, entry);
    },
    scopeOf: (origin) => hosts.scopeOf(origin),
  };
}

/** A narrower place of a network's own comes after the network in the list, and wins where both are as narrow. */
function createScopeTable(places: readonly Place[]): ScopeTable {
  const list = createPrefixList();
  const lastFirst = places.toReversed();
  for (const { prefix } of lastFirst) addPrefix(list, prefix);
  return { table: createPrefixTable(list), places: lastFirst };
}

function findPlace(scope: ScopeTable | undefined, words: Uint32Array, at: number): Place | null {
  return scope?.places[findPrefix(scope.table, words, at)] ?? null;
}

function mergeTopologies(parts: readonly TopologySettings[]): TopologySettings {
  const full = ({ subscription, resourceGroup, name }: Owned): string =>
    [subscription, resourceGroup, name].join("/").toLowerCase();
  return {
    virtualNetworks: lastOf(
      parts.flatMap(({ virtualNetworks }) => virtualNetworks),
      full,
    ),
    hosts: lastOf(
      parts.flatMap(({ hosts }) => hosts),
      (host) => `${full(host)}/${host.networkInterface}`,
    ),
    gateways: lastOf(
      parts.flatMap(({ gateways }) => gateways),
      full,
    ),
    sites: lastOf(
      parts.flatMap(({ sites }) => sites),
      ({ name }) => name,
    ),
    clientPools: lastOf(
      parts.flatMap(({ clientPools }) => clientPools),
      ({ name }) => name,
    ),
    ownedPublicPrefixes: [
      ...new Set(parts.flatMap(({ ownedPublicPrefixes }) => ownedPublicPrefixes)),
    ],
  };
}

interface Owned {
  subscription: string;
  resourceGroup: string;
  name: string;
}

function lastOf<Part>(parts: readonly Part[], key: (part: Part) => string): Part[] {
  return [...new Map(parts.map((part) => [key(part), part])).values()];
}
