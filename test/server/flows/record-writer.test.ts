// The rows beside those of flows: what there is in the network, and who is on which list. Worked out by hand from the
// reference of NTATopologyDetails and ThreatIntelligenceIndicator (learn.microsoft.com/azure/azure-monitor/reference/tables).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import type { FlowEngine } from "../../../src/flowstore/engine.ts";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { createRecordWriter } from "../../../src/server/flows/record-writer.ts";
import { openState, type State } from "../../../src/state/state.ts";
import type { ThreatList } from "../../../src/traffic/feeds/threat-list.ts";
import { openSomeEngine } from "../../flowstore/some-engine.ts";
import { threatListOf } from "../../traffic/traffic-fixtures.ts";

const subscription = "/subscriptions/0b1c2d3e-0000-4000-8000-00000000000b";
const network = `${subscription}/resourceGroups/G/providers/Microsoft.Network`;
const group = `${network}/networkSecurityGroups/Web`;
const guid = "0b1c2d3e-0000-4000-8000-00000000000d";
const minute = 60_000;

let directory: string;
let state: State;
let engine: FlowEngine;
let remove: () => Promise<void>;
/** The beginning of an interval; of this hour, as indicators go when they are old. */
let now = Math.floor(Date.now() / (60 * minute)) * 60 * minute;
let threatLists: ThreatList[] = [];
let writer: ReturnType<typeof createRecordWriter>;

const startWriter = () =>
  createRecordWriter({
    state,
    subscription,
    clock: { ...systemClock, now: () => now },
    engine: { open: async () => engine, close: async () => {} },
    traffic: { threatLists: async () => threatLists },
  });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-records-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  ({ engine, remove } = await openSomeEngine());
  writer = startWriter();
  await putNetwork(["192.0.2.0/24", "2001:db8::/64"]);
  await state.resources.put({
    id: group,
    type: "Microsoft.Network/networkSecurityGroups",
    body: {
      location: "local",
      tags: {},
      properties: { resourceGuid: guid, securityRules: [webRule] },
    },
  });
  await putMachine();
});

afterAll(async () => {
  await remove();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const webRule = {
  name: "AllowWeb",
  properties: {
    provisioningState: "Succeeded",
    description: "to the site",
    protocol: "Tcp",
    sourcePortRange: "*",
    sourcePortRanges: [],
    destinationPortRanges: ["80", "443"],
    sourceAddressPrefix: "Internet",
    sourceAddressPrefixes: [],
    destinationAddressPrefixes: ["192.0.2.4", "192.0.2.5"],
    access: "Allow",
    priority: 300,
    direction: "Inbound",
  },
};

const putNetwork = (addressPrefixes: string[]) =>
  state.resources.put({
    id: `${network}/virtualNetworks/net`,
    type: "Microsoft.Network/virtualNetworks",
    body: {
      location: "local",
      tags: {},
      properties: {
        resourceGuid: guid,
        addressSpace: { addressPrefixes },
        subnets: [
          {
            name: "one",
            properties: {
              addressPrefixes: ["192.0.2.0/28"],
              networkSecurityGroup: { id: group },
            },
          },
        ],
      },
    },
  });

const putMachine = () =>
  recordMachine(state, {
    resourceId: `${subscription}/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/web`,
    hostId: "h",
    heardAt: 0,
    location: "local",
    facts: {
      hostName: "web",
      operatingSystem: "",
      kernelRelease: "",
      cpuCount: 1,
      memoryBytes: 1,
      networkNamespace: null,
      dumpcapVersion: null,
      interfaces: [
        {
          name: "eth0",
          index: 2,
          macAddress: "02:00:00:00:00:0a",
          up: true,
          addresses: [
            { address: "192.0.2.4", prefixLength: 28 },
            { address: "20.1.2.3", prefixLength: 32 },
          ],
        },
      ],
    },
  });

const putFlowLog = (name: string, targetResourceId: string, isAnalysed: boolean) =>
  state.resources.put({
    id: `${network}/networkWatchers/w/flowLogs/${name}`,
    type: "Microsoft.Network/networkWatchers/flowLogs",
    body: {
      properties: {
        targetResourceId,
        storageId: `${subscription}/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/Store`,
        enabled: true,
        retentionPolicy: { enabled: false, days: 0 },
        flowAnalyticsConfiguration: {
          networkWatcherFlowAnalyticsConfiguration: {
            enabled: isAnalysed,
            trafficAnalyticsInterval: 10,
          },
        },
      },
    },
  });

async function topologyAt(time: number): Promise<Record<string, unknown>[]> {
  const rows = await engine.rows<Record<string, unknown>>({
    sql: `SELECT * EXCEPT (TimeGenerated, TimeProcessed) FROM NTATopologyDetails
          WHERE TimeGenerated = fromUnixTimestamp64Milli({time:Int64}, 'UTC') AND TimeProcessed = TimeGenerated
          ORDER BY AzureResourceType, Name`,
    parameters: { time },
  });
  const isKnown = ([, value]: [string, unknown]) =>
    value !== "" && value !== "0" && value !== 0 && value !== false;
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(isKnown)));
}

const count = async (table: string): Promise<unknown> =>
  (
    await engine.rows<{ count: number }>({ sql: `SELECT toUInt32(count()) AS count FROM ${table}` })
  )[0]?.count;

test("nothing is written while no flow log has analytics", async () => {
  await putFlowLog("plain", `${network}/virtualNetworks/net`, false);
  threatLists = [threatListOf("first", "5.5.5.5")];
  await writer.write();
  expect([await count("topology"), await count("ThreatIntelligenceIndicator")]).toEqual([0, 0]);
});

test("each resource is a row under the names that flows have", async () => {
  await putFlowLog("analysed", group.toLowerCase(), true);
  await writer.write();
  const shared = {
    SubType: "Topology",
    SourceSystem: "Nightcap",
    Type: "NTATopologyDetails",
    Subscription: "0b1c2d3e-0000-4000-8000-00000000000b",
    Region: "local",
    DiscoveryRegion: "local",
  };
  const logged = {
    IsFlowEnabled: true,
    FlowLogStorageAccount: "0b1c2d3e-0000-4000-8000-00000000000b/g/store",
  };
  const securityGroup = "0b1c2d3e-0000-4000-8000-00000000000b/g/web";
  expect(await topologyAt(now)).toEqual([
    {
      ...shared,
      AzureResourceType: "NetworkInterface",
      Name: "G/web-eth0",
      VirtualMachine: "G/web",
      Subnetwork: "G/net/one",
      MacAddress: "02000000000A",
      PrivateIpAddresses: "192.0.2.4",
      PublicIpAddresses: "20.1.2.3",
    },
    { ...shared, ...logged, AzureResourceType: "NetworkSecurityGroup", Name: "g/web" },
    {
      ...shared,
      AzureResourceType: "NetworkSecurityGroupRule",
      Name: "g/web/AllowWeb",
      Nsg: securityGroup,
      Access: "Allow",
      Direction: "Inbound",
      Priority: 300,
      Protocol: "Tcp",
      Description: "to the site",
      RuleType: "User Defined",
      SourceAddressPrefix: "Internet",
      SourcePortRange: "*",
      DestinationAddressPrefix: "192.0.2.4,192.0.2.5",
      DestinationPortRange: "80,443",
    },
    {
      ...shared,
      AzureResourceType: "Subnetwork",
      Name: "G/net/one",
      AddressPrefixes: "192.0.2.0/28",
      VirtualNetwork1: "G/net",
      Nsg: securityGroup,
    },
    { ...shared, AzureResourceType: "VirtualMachine", Name: "G/web" },
    {
      ...shared,
      ...logged,
      AzureResourceType: "VirtualNetwork",
      Name: "G/net",
      AddressPrefixes: "192.0.2.0/24 2001:db8::/64",
    },
  ]);
  expect(
    await engine.rows({
      sql: `SELECT concat(Subscription_g, '/', Name_s) AS id FROM AzureNetworkAnalytics_CL
            WHERE SubType_s = 'Topology' AND ResourceType = 'NetworkSecurityGroup'
              AND DiscoveryRegion_s = Region_s AND IsFlowEnabled_b`,
    }),
  ).toEqual([{ id: securityGroup }]);
});

test("rows are written once in an interval, also by the next process, and at once when something changed", async () => {
  const written = 6;
  now += 3 * minute;
  await writer.write();
  await startWriter().write();
  expect(await count("topology")).toBe(written);
  await putNetwork(["192.0.2.0/24"]);
  await writer.write();
  expect(await count("topology")).toBe(2 * written);
  now += 10 * minute;
  await writer.write();
  await writer.write();
  expect(await count("topology")).toBe(3 * written);
});

test("addresses on threat lists are indicators that hold while their list names them", async () => {
  const table = "ThreatIntelligenceIndicator";
  expect(await count(table)).toBe(1);
  threatLists = [threatListOf("second", "5.5.5.6", "5.5.6.0/24", "2a00:bad::1")];
  await writer.write();
  await writer.write();
  const rows = await engine.rows<Record<string, unknown>>({
    sql: `SELECT NetworkIP, Active, ThreatType, Description, ConfidenceScore, ActivityGroupNames,
            dateDiff('hour', TimeGenerated, ExpirationDateTime) AS hours, startsWith(IndicatorId, 'nightcap-') AS isOurs
          FROM ${table} WHERE ExpirationDateTime > now64() AND Description LIKE '%second' ORDER BY NetworkIP`,
  });
  const shared = { Active: true, ConfidenceScore: 0, ActivityGroupNames: "", hours: 48, isOurs: 1 };
  expect(rows).toEqual([
    {
      ...shared,
      NetworkIP: "2a00:bad::1",
      ThreatType: "Botnet",
      Description: "seen attacking; threat list second",
    },
    {
      ...shared,
      NetworkIP: "5.5.5.6",
      ThreatType: "C2",
      Description: "seen attacking; threat list second",
    },
  ]);
  // A list that changed is written again, but not with each change.
  threatLists = [{ ...threatListOf("second", "5.5.5.7"), version: "2" }];
  await writer.write();
  expect(await count(`${table} WHERE NetworkIP = '5.5.5.7'`)).toBe(0);
  now += 13 * 60 * minute;
  await writer.write();
  expect(await count(`${table} WHERE NetworkIP = '5.5.5.7'`)).toBe(1);
});
