// A flow log of an hour with flows of every kind, and the settings that tell them apart.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const tags = {
  changeNumber: 1,
  cloud: "Public",
  values: [
    {
      name: "Storage.WestEurope",
      id: "Storage.WestEurope",
      properties: {
        changeNumber: 1,
        region: "westeurope",
        platform: "Azure",
        systemService: "AzureStorage",
        addressPrefixes: ["20.60.0.0/16"],
      },
    },
  ],
};

/** The address that the feed names; one of its flows is let in. */
export const badAddress = "193.0.6.139";

/** Two networks, two hosts, a site, Azure's ranges and a threat list: all of these people's own. */
export async function writeTrafficSettings(state: string): Promise<void> {
  await writeFile(join(state, "feed.txt"), `${badAddress}\n`);
  await writeFile(join(state, "tags.json"), JSON.stringify(tags));
  const subnet = (name: string, prefix: string) => ({ name, prefixes: [prefix] });
  const settings = {
    topology: {
      virtualNetworks: [
        {
          subscription: "a",
          resourceGroup: "shop",
          name: "net",
          region: "northeurope",
          prefixes: ["10.0.0.0/16"],
          subnets: [subnet("front", "10.0.0.0/24"), subnet("back", "10.0.1.0/24")],
        },
        {
          subscription: "a",
          resourceGroup: "shop",
          name: "other",
          region: "eastus",
          prefixes: ["10.1.0.0/16"],
          subnets: [subnet("main", "10.1.0.0/24")],
        },
      ],
      hosts: [
        { resourceGroup: "shop", name: "web", addresses: ["10.0.0.4"] },
        { resourceGroup: "shop", name: "db", addresses: ["10.0.1.5"] },
      ],
      gateways: [{ name: "gate", type: "Vpn", virtualNetwork: "net", region: "northeurope" }],
      sites: [
        {
          name: "hq",
          prefixes: ["192.168.0.0/16"],
          gateway: "gate",
          connectionName: "to-hq",
          connectionType: "VpnGateway",
        },
      ],
    },
    serviceTags: { path: join(state, "tags.json") },
    threatLists: [{ name: "night-feed", path: join(state, "feed.txt"), threatType: "C2" }],
  };
  await writeFile(join(state, "traffic.json"), JSON.stringify(settings));
}

/** Rule, and the end of a flow behind its time, or a denial. */
const flows: readonly (readonly [string, string])[] = [
  ["AllowOut", "10.0.0.4,139.130.4.5,44931,443,6,O,E,NX,20,14000,30,27000"],
  ["AllowOut", "10.0.0.4,139.130.4.5,44932,443,6,O,E,NX,10,1000,10,2000"],
  ["AllowOut", "10.0.0.4,133.243.238.243,44933,123,17,O,E,NX,1,76,1,76"],
  ["AllowOut", "10.0.0.4,20.60.0.1,44934,443,6,O,E,NX,200,300000,100,9000"],
  ["AllowWeb", `${badAddress},10.0.0.4,50001,443,6,I,E,NX,9,900,9,5000`],
  ["DenyAll", `${badAddress},10.0.0.4,50002,22,6,I,D,NX,0,0,0,0`],
  ["DenyAll", `${badAddress},10.0.0.4,50003,22,6,I,D,NX,0,0,0,0`],
  ["DenyAll", "139.130.4.5,10.0.0.4,50011,22,6,I,D,NX,0,0,0,0"],
  ["AllowVnet", "10.0.0.4,10.0.1.5,40000,5432,6,O,E,NX,100,10000,90,20000"],
  ["AllowVnet", "10.0.0.4,10.1.0.7,40001,8080,6,O,E,NX,4,400,4,600"],
  ["AllowVnet", "192.168.1.9,10.0.1.5,40002,5432,6,I,E,NX,30,3000,30,6000"],
];

/** What the page must show of these, counted by hand. */
export const counted = { all: 11, denied: 3, malicious: 3, australia: 3, allowedMalicious: 1 };

/** A flow that ended began, too. */
const tuplesOf = (time: number, tuple: string): string[] =>
  tuple.includes(",E,NX,")
    ? [`${time},${tuple.replace(/,E,NX,.*/, ",B,NX,0,0,0,0")}`, `${time + 1},${tuple}`]
    : [`${time},${tuple}`];

/** A VNet flow log of version 4 with these flows at `time`. */
export function flowLogOf(time: number): string {
  const record = {
    time: new Date(time).toISOString(),
    flowLogVersion: 4,
    flowLogGUID: "11111111-2222-3333-4444-555555555555",
    macAddress: "0A0B0C0D0E0F",
    category: "FlowLogFlowEvent",
    flowLogResourceID:
      "/SUBSCRIPTIONS/A/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/W/FLOWLOGS/F",
    targetResourceID:
      "/subscriptions/a/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/net",
    operationName: "FlowLogFlowEvent",
    flowRecords: {
      flows: [
        {
          aclID: "66666666-7777-8888-9999-000000000000",
          flowGroups: flows.map(([rule, tuple]) => ({ rule, flowTuples: tuplesOf(time, tuple) })),
        },
      ],
    },
  };
  return JSON.stringify({ records: [record] });
}
