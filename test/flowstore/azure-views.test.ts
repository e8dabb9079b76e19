// The records that a few flows become, held to what was worked out by hand.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFlowBatch, type FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { shortId } from "../../src/flowstore/azure/expressions.ts";
import { azureTableList, columnTypeOf } from "../../src/flowstore/azure/tables.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { localName } from "../../src/flowstore/schema/table.ts";
import type { ClassifiedFlows } from "../../src/traffic/classified-flows.ts";
import { backends } from "./backends.ts";
import { someOrigin } from "./flow-rows.ts";
import { ipRecords, legacyRecords, netAnalyticsRecords } from "./hand-worked-records.ts";
import { someEndpoint as endpoint } from "./some-endpoint.ts";

const noon = Date.UTC(2026, 10, 20, 12);
const host = [0, 0, 0xffff, 0x0a000005];
const firstPeer = [0, 0, 0xffff, 0x0d432a07];
const secondPeer = [0, 0, 0xffff, 0x0d432a08];
const badPeer = [0, 0, 0xffff, 0xb9dc6501];

/** Text that would read as JSON in a place's word. */
const owner = `Ow\\ner, "Inc." "country":"de"`;

const endpoints = [
  endpoint({
    virtualNetwork: "rg/net",
    subnet: "rg/net/front",
    virtualMachine: "rg/web",
    networkInterface: "rg/web-nic",
    subscription: "00000000-0000-0000-0000-000000000001",
    region: "westeurope",
  }),
  endpoint({
    isPublic: true,
    country: "us",
    city: 'Des "Moines"',
    latitude: 41.5,
    longitude: 0,
    asn: 8075,
    asOwner: owner,
  }),
  endpoint({
    isPublic: true,
    country: "nl",
    threat: {
      list: "feed",
      listVersion: "7",
      entry: "185.220.101.0/24",
      threatType: "Botnet",
      description: "seen often",
      firstSeen: "2026-01-01T00:00:00Z",
    },
  }),
];

type Tuple = readonly [
  second: number,
  source: readonly number[],
  destination: readonly number[],
  ports: readonly [number, number],
  directionAndState: readonly [number, number],
  counters: readonly [number, number, number, number],
];

const tuples: readonly Tuple[] = [
  // The vector of both documents: 9,125 packets and 5,256,000 bytes in all.
  [10, host, firstPeer, [35370, 443], [1, 0], [0, 0, 0, 0]],
  [70, host, firstPeer, [35370, 443], [1, 1], [1021, 588096, 8005, 4610880]],
  [80, host, firstPeer, [35370, 443], [1, 2], [52, 29952, 47, 27072]],
  // Another address of the same country: one record with it.
  [90, host, secondPeer, [35371, 443], [1, 0], [0, 0, 0, 0]],
  // Denied, from an address on a list: keeps its address.
  [100, badPeer, host, [4444, 22], [0, 3], [0, 0, 0, 0]],
  [101, badPeer, host, [4445, 22], [0, 3], [0, 0, 0, 0]],
];

function handWorkedBatch(): FlowBatch {
  const batch = createFlowBatch(tuples.length);
  batch.length = tuples.length;
  batch.origins.push(someOrigin);
  for (const [row, [second, source, destination, ports, flags, counters]] of tuples.entries()) {
    batch.time[row] = noon + second * 1000;
    batch.source.set(source, row * 4);
    batch.destination.set(destination, row * 4);
    [batch.sourcePort[row], batch.destinationPort[row]] = ports;
    [batch.direction[row], batch.state[row]] = flags;
    batch.protocol[row] = 6;
    batch.encryption[row] = 2;
    batch.packetsToDestination[row] = counters[0];
    batch.bytesToDestination[row] = counters[1];
    batch.packetsToSource[row] = counters[2];
    batch.bytesToSource[row] = counters[3];
  }
  return batch;
}

const classes: ClassifiedFlows = {
  source: Uint32Array.of(0, 0, 0, 0, 2, 2),
  destination: Uint32Array.of(1, 1, 1, 1, 0, 0),
  verdict: Uint32Array.of(0, 0, 0, 0, 1, 1),
  l7Protocol: Uint32Array.of(0, 0, 0, 0, 1, 1),
  l7Protocols: ["https", "ssh"],
  endpoints,
  verdicts: [
    {
      flowType: "ExternalPublic",
      publicSide: "destination",
      reason: "13.67.42.7 is public and on no list",
    },
    {
      flowType: "MaliciousFlow",
      publicSide: "source",
      reason: "185.220.101.1 is in 185.220.101.0/24 of feed",
    },
  ],
  dataVersion: "feed@7",
};

describe.each(backends)("$kind", ({ missing, open }) => {
  if (missing !== null) {
    test.skip(missing, () => {});
    return;
  }
  let engine: FlowEngine;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ engine, remove } = await open());
    await insertFlows(engine, handWorkedBatch(), classes, { token: "hand" });
  });

  afterAll(() => remove());

  test("each table has Azure's columns, in order, and only moments that some rows lack may be null", async () => {
    for (const { name, columns } of azureTableList) {
      expect(
        await engine.rows({
          sql: "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {name:String} ORDER BY position",
          parameters: { name },
        }),
        name,
      ).toEqual(columns.map((column) => ({ name: column.name, type: columnTypeOf(column) })));
    }
  });

  test("the numbers of columns are those of Azure's reference", () => {
    const counts = Object.fromEntries(
      azureTableList.map(({ name, columns }) => [name, columns.length]),
    );
    expect(counts).toMatchObject({
      NTANetAnalytics: 94,
      NTANetAnalyticsDeduplicated: 94,
      NTAIpDetails: 19,
      NTATopologyDetails: 119,
      NTAInsights: 25,
    });
  });

  /** The columns of a row that say something. */
  const known = (row: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(row).filter(
        ([name, value]) =>
          !["", 0, "0", false].includes(value as string) && !name.startsWith("TimeProcessed"),
      ),
    );

  test("NTANetAnalytics: one record for each country and rule, and the addresses in its list", async () => {
    const rows = await engine.rows<Record<string, unknown>>({
      sql: "SELECT * FROM NTANetAnalytics ORDER BY FlowStartTime",
    });
    expect(rows.map(known)).toEqual(netAnalyticsRecords);
  });

  test("AzureNetworkAnalytics_CL: the same with letters and suffixes", async () => {
    const rows = await engine.rows<Record<string, unknown>>({
      sql: "SELECT * FROM AzureNetworkAnalytics_CL WHERE SubType_s = 'FlowLog' ORDER BY FlowStartTime_t",
    });
    expect(rows.map(known)).toEqual(legacyRecords);
  });

  test("NTAIpDetails: what is known of each public address", async () => {
    const rows = await engine.rows<Record<string, unknown>>({
      sql: "SELECT * FROM NTAIpDetails ORDER BY Ip",
    });
    expect(rows.map(known)).toEqual(ipRecords(owner));
  });

  test("a row of the table says why, and with which data", async () => {
    expect(
      await engine.rows({
        sql: `SELECT DISTINCT flowType, reason, dataVersion, sourceThreatList, sourceThreatEntry, destinationCity,
              toUInt32(destinationAsn) AS asn, macAddress, rule, toUInt32(version) AS versionNumber,
              destinationLatitude, destinationLongitude, sourceLatitude
            FROM flow ORDER BY flowType`,
      }),
    ).toMatchInlineSnapshot(`
    [
      {
        "asn": 8075,
        "dataVersion": "feed@7",
        "destinationCity": "Des "Moines"",
        "destinationLatitude": 41.5,
        "destinationLongitude": 0,
        "flowType": "ExternalPublic",
        "macAddress": "002248712CB2",
        "reason": "13.67.42.7 is public and on no list",
        "rule": "DefaultRule_AllowInternetOutBound",
        "sourceLatitude": null,
        "sourceThreatEntry": "",
        "sourceThreatList": "",
        "versionNumber": 4,
      },
      {
        "asn": 0,
        "dataVersion": "feed@7",
        "destinationCity": "",
        "destinationLatitude": null,
        "destinationLongitude": null,
        "flowType": "MaliciousFlow",
        "macAddress": "002248712CB2",
        "reason": "185.220.101.1 is in 185.220.101.0/24 of feed",
        "rule": "DefaultRule_AllowInternetOutBound",
        "sourceLatitude": null,
        "sourceThreatEntry": "185.220.101.0/24",
        "sourceThreatList": "feed",
        "versionNumber": 4,
      },
    ]
  `);
  });

  test("rows of a topology are rows of both tables", async () => {
    await engine.command({
      sql: `INSERT INTO topology (TimeGenerated, TimeProcessed, SubType, AzureResourceType, Name, VirtualNetwork1,
            Subscription, PrivateIpAddresses, PublicIpAddresses, MacAddress, Nsg, IsFlowEnabled, Priority)
          VALUES ('2026-11-20 12:00:00', '2026-11-20 12:00:00', 'Topology', 'NetworkInterface', 'rg/net', 'rg/net',
            's', '10.0.0.5', '52.1.1.1', '002248712CB2', 's/rg/n', true, 100)`,
    });
    expect(
      await engine.rows({
        sql: `SELECT Name_s, VirtualNetwork1_s, Subscription_g, ResourceType, PrivateIPAddresses_s, PublicIPAddresses_s,
              MACAddress_s, NSG_s, IsFlowEnabled_b, Priority_d, FASchemaVersion_s, FlowStartTime_t
            FROM AzureNetworkAnalytics_CL WHERE SubType_s = 'Topology'`,
      }),
    ).toEqual([
      {
        Name_s: "rg/net",
        VirtualNetwork1_s: "rg/net",
        Subscription_g: "s",
        ResourceType: "NetworkInterface",
        PrivateIPAddresses_s: "10.0.0.5",
        PublicIPAddresses_s: "52.1.1.1",
        MACAddress_s: "002248712CB2",
        NSG_s: "s/rg/n",
        IsFlowEnabled_b: true,
        Priority_d: 100,
        FASchemaVersion_s: "",
        FlowStartTime_t: null,
      },
    ]);
    expect(await engine.rows({ sql: "SELECT Name FROM NTATopologyDetails" })).toEqual([
      { Name: "rg/net" },
    ]);
  });

  test.each([
    [
      "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N",
      "s/g/n",
    ],
    [
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkWatchers/w/flowLogs/F",
      "s/g/w/f",
    ],
    [
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/a",
      "s/g/v/a",
    ],
    ["no id", "no id"],
    ["", ""],
  ])("the id %s reads %s", async (id, short) => {
    const sql = `SELECT ${shortId("{id:String}")} AS short`;
    expect(await engine.rows({ sql, parameters: { id } })).toEqual([{ short }]);
  });

  test("a time range reads the granules of that time, not the table", async () => {
    const plan = await engine.rows<{ explain: string }>({
      sql: `EXPLAIN indexes = 1 SELECT sum(BytesSrcToDest) FROM ${localName(engine.layout, "NTANetAnalytics")}
          WHERE FlowIntervalStartTime >= toDateTime64('2030-01-01 00:00:00', 7, 'UTC')`,
    });
    const text = plan.map(({ explain }) => explain).join("\n");
    expect(text).toMatch(/Parts: 0\/1/);
  });
});
