import type { AutonomousSystems } from "./enrich/asn.ts";
import type { Geography } from "./enrich/geography.ts";
import type { ServiceNames } from "./enrich/service-names.ts";
import type { ServiceTags } from "./enrich/service-tags.ts";
import type { ThreatList } from "./feeds/threat-list.ts";
import type { PrefixTable } from "./prefix/prefix-table.ts";
import type { Topology } from "./topology/topology.ts";

/** All that a class is made from. Never changed: newer data is a new one, and a new classifier. */
export interface TrafficData {
  readonly topology: Topology;
  readonly geography: Geography | null;
  readonly autonomousSystems: AutonomousSystems | null;
  readonly serviceNames: ServiceNames;
  readonly serviceTags: ServiceTags | null;
  /** The first list that names an address gives the match. */
  readonly threatLists: readonly ThreatList[];
  /** Addresses that no list may mark. */
  readonly allowed: PrefixTable | null;
  /** Whether the side that a flow log logs is mapped where the topology has no place for it. */
  readonly mapLoggedSide: boolean;
}

/** The versions of all data, in one line: what a verdict can be checked against later. */
export function dataVersionOf(data: TrafficData): string {
  return [
    `topology ${data.topology.version}`,
    ...(data.geography?.versions ?? []),
    ...(data.autonomousSystems ? [`asn ${data.autonomousSystems.version}`] : []),
    data.serviceNames.version,
    ...(data.serviceTags ? [`service tags ${data.serviceTags.changeNumber}`] : []),
    ...data.threatLists.map(({ name, version }) => `list ${name} ${version}`),
  ].join("; ");
}
