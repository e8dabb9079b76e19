import { createServiceNames } from "../../src/traffic/enrich/service-names.ts";
import { readServiceTags } from "../../src/traffic/enrich/service-tags.ts";
import { createFeedEntries } from "../../src/traffic/feeds/feed-entries.ts";
import { createThreatList, type ThreatList } from "../../src/traffic/feeds/threat-list.ts";
import {
  addPrefix,
  createPrefixList,
  type PrefixList,
} from "../../src/traffic/prefix/prefix-list.ts";
import { createPrefixTable } from "../../src/traffic/prefix/prefix-table.ts";
import { createTopology } from "../../src/traffic/topology/topology.ts";
import type { TopologyInput } from "../../src/traffic/topology/topology-settings.ts";
import type { TrafficData } from "../../src/traffic/traffic-data.ts";

export const topology: TopologyInput = {
  virtualNetworks: [
    {
      subscription: "sub1",
      resourceGroup: "shop",
      name: "hub",
      region: "westeurope",
      prefixes: ["10.0.0.0/16", "fd00:1::/48"],
      subnets: [
        { name: "web", prefixes: ["10.0.1.0/24", "fd00:1:0:1::/64"] },
        { name: "data", prefixes: ["10.0.2.0/24"] },
      ],
    },
    {
      subscription: "sub1",
      resourceGroup: "shop",
      name: "spoke",
      region: "northeurope",
      prefixes: ["10.1.0.0/16", "203.0.113.0/24"],
    },
  ],
  hosts: [
    {
      subscription: "sub1",
      resourceGroup: "shop",
      name: "web1",
      networkInterface: "web1-nic",
      scaleSet: "web",
      macAddress: "00-0D-3A-00-00-01",
      virtualNetwork: "hub",
      addresses: ["10.0.1.4", "8.9.9.9"],
    },
  ],
  gateways: [{ resourceGroup: "shop", name: "gw", type: "Vpn", virtualNetwork: "hub" }],
  sites: [
    {
      name: "Hamburg",
      prefixes: ["192.168.0.0/16", "10.0.0.0/8", "198.51.100.0/24"],
      gateway: "gw",
      connectionName: "to-hamburg",
    },
    {
      name: "Oslo",
      prefixes: ["172.16.0.0/16", "100.64.7.0/24"],
      connectionType: "ExpressRoute",
      connectionName: "circuit1",
    },
  ],
  clientPools: [{ name: "laptops", prefixes: ["172.20.0.0/24"] }],
  ownedPublicPrefixes: ["20.60.5.0/28"],
};

export const serviceTagsText = JSON.stringify({
  changeNumber: 363,
  cloud: "Public",
  values: [
    tag("AzureCloud", "", ["20.60.0.0/16", "20.33.0.0/16", "2603:1000::/24"]),
    tag("AzureCloud.westeurope", "westeurope", ["20.60.4.0/23", "20.60.4.64/26", "2603:1020::/47"]),
    tag("Storage", "", ["20.60.4.0/24"]),
    tag("Storage.WestEurope", "westeurope", ["20.60.4.0/24"]),
    tag("AzureFrontDoor.Frontend", "", ["20.33.9.0/24"]),
  ],
});

function tag(name: string, region: string, addressPrefixes: string[]): object {
  return { name, id: name, properties: { region, systemService: "", addressPrefixes } };
}

export function prefixListOf(...texts: readonly string[]): PrefixList {
  const list = createPrefixList();
  for (const text of texts)
    if (addPrefix(list, text) !== null) throw new Error(`${text} is no prefix`);
  return list;
}

export function threatListOf(name: string, ...entries: readonly string[]): ThreatList {
  const prefixes = prefixListOf(...entries);
  return createThreatList({
    name,
    version: "1",
    threatType: "Botnet",
    description: "seen attacking",
    prefixes,
    skipped: createFeedEntries(1, null).skipped,
    notes: new Map([[0, { threatType: "C2", validFrom: "2026-01-02T00:00:00.000Z" }]]),
    firstSeen: Uint32Array.from(entries, (_, index) => (index === 1 ? 1_780_000_000 : 0)),
  });
}

/** All data but the packages of geography, which their own tests open. */
export function trafficDataOf(changes: Partial<TrafficData> = {}): TrafficData {
  return {
    topology: createTopology(topology),
    geography: null,
    autonomousSystems: null,
    serviceNames: createServiceNames(),
    serviceTags: readServiceTags(serviceTagsText, "tags"),
    threatLists: [
      threatListOf("first", "5.5.5.5", "5.5.6.0/24", "20.60.4.9", "20.60.5.1", "9.9.9.9"),
      threatListOf("second", "5.5.5.0/24", "2a00:bad::/32"),
    ],
    allowed: createPrefixTable(prefixListOf("9.9.9.9")),
    mapLoggedSide: true,
    ...changes,
  };
}
