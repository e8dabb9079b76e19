// What NTAIpDetails says of addresses, worked out by hand from Traffic Analytics' schema page, and what a condition reads.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFlowBatch } from "../../src/flowlog/flow-batch.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import type { Endpoint, FlowVerdict } from "../../src/traffic/classified-flows.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import { someOrigin } from "./flow-rows.ts";
import { someEndpoint } from "./some-endpoint.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let remove: () => Promise<void>;

const noon = Date.UTC(2026, 10, 20, 12);
const own = someEndpoint({ virtualNetwork: "rg/net", subscription: "s" });
const ownPublic = someEndpoint({ isPublic: true, virtualNetwork: "rg/net", subscription: "s" });
const threat = {
  list: "feed",
  listVersion: "7",
  entry: "185.220.101.0/24",
  threatType: "Botnet",
  description: "seen often",
  firstSeen: "",
};

interface Flow {
  readonly source: Endpoint;
  readonly sourceAddress: string;
  readonly address: string;
  readonly peer: Endpoint;
  readonly flowType: FlowVerdict["flowType"];
}

const outOf = (flowType: Flow["flowType"], address: string, facts: Partial<Endpoint>): Flow => ({
  source: own,
  sourceAddress: "10.0.0.5",
  address,
  peer: someEndpoint({ isPublic: true, ...facts }),
  flowType,
});

const flows: readonly Flow[] = [
  outOf("AzurePublic", "20.60.4.1", {
    country: "us",
    region: "westeurope",
    serviceTag: "Storage.WestEurope",
    asOwner: "Microsoft",
  }),
  outOf("AzurePublic", "20.33.9.1", { country: "us", serviceTag: "AzureFrontDoor.Frontend" }),
  outOf("AzurePublic", "168.63.129.16", { region: "Global" }),
  outOf("ExternalPublic", "13.67.42.7", { country: "us", asOwner: "Owner, Inc." }),
  outOf("MaliciousFlow", "185.220.101.1", { country: "nl", asOwner: "Tor", threat }),
  // One's own side of a flow is no public address to tell of, and one that leads nowhere known neither.
  {
    ...outOf("ExternalPublic", "13.67.42.7", { country: "us", asOwner: "Owner, Inc." }),
    source: ownPublic,
    sourceAddress: "8.9.9.9",
  },
  outOf("Unknown", "9.1.1.1", { country: "de" }),
];

async function insertHandWorked(): Promise<void> {
  const batch = createFlowBatch(flows.length);
  batch.length = flows.length;
  batch.origins.push(someOrigin);
  for (const [row, { sourceAddress, address }] of flows.entries()) {
    batch.time[row] = noon + row * 1_000;
    readAddress(sourceAddress, batch.source, row * 4);
    readAddress(address, batch.destination, row * 4);
    batch.destinationPort[row] = 443 + row;
    batch.protocol[row] = 6;
    batch.direction[row] = 1;
  }
  await insertFlows(
    engine,
    batch,
    {
      source: Uint32Array.from(flows, (_, row) => 2 * row),
      destination: Uint32Array.from(flows, (_, row) => 2 * row + 1),
      verdict: Uint32Array.from(flows.keys()),
      l7Protocol: new Uint32Array(flows.length),
      l7Protocols: [""],
      endpoints: flows.flatMap(({ source, peer }) => [source, peer]),
      verdicts: flows.map(({ flowType }) => ({ flowType, reason: "", publicSide: "destination" })),
      dataVersion: "",
    },
    { token: "hand" },
  );
}

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
  await insertHandWorked();
});

afterAll(() => remove());

const wanted = [
  ["13.67.42.7", "ExternalPublic", "us", "Owner, Inc.", "", "", 446],
  ["168.63.129.16", "AzurePublic", "Global", "Microsoft Virtual Public IP", "", "", 445],
  ["185.220.101.1", "MaliciousFlow", "nl", "Tor", "Botnet", "seen often", 447],
  ["20.33.9.1", "AzurePublic", "us", "AzureFrontDoor.Frontend", "", "", 444],
  ["20.60.4.1", "AzurePublic", "westeurope", "Storage.WestEurope", "", "", 443],
].map(([ip, flowType, location, details, threatType, description, port]) => ({
  ip,
  flowType,
  location,
  details,
  threatType,
  description,
  port,
}));

test("each public address has its place, its owner, and why it is malicious", async () => {
  expect(
    await engine.rows({
      sql: `SELECT Ip AS ip, FlowType AS flowType, Location AS location, PublicIpDetails AS details,
              ThreatType AS threatType, ThreatDescription AS description, Port AS port FROM NTAIpDetails ORDER BY ip`,
    }),
  ).toEqual(wanted);
  expect(
    await engine.rows({
      sql: `SELECT IP_s AS ip, FlowType_s AS flowType, Location_s AS location, PublicIPDetails_s AS details,
              ThreatType_s AS threatType, ThreatDescription_s AS description, toUInt16(Port_d) AS port
            FROM AzureNetworkAnalyticsIPDetails_CL WHERE SubType_s = 'FlowLog' ORDER BY ip`,
    }),
  ).toEqual(wanted);
});

/** How many parts of tables a question reads. */
async function partsRead(question: string): Promise<number> {
  const plan = await engine.rows<{ explain: string }>({ sql: `EXPLAIN ${question}` });
  const counts = plan.map(({ explain }) => /Parts: (\d+)/.exec(explain)?.[1] ?? 0);
  return counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

const later = "toDateTime64('2030-01-01 00:00:00', 7, 'UTC')";

test.each([
  ["NTANetAnalytics", "TimeGenerated"],
  ["NTANetAnalytics", "FlowStartTime"],
  ["NTANetAnalytics", "FlowIntervalStartTime"],
  ["AzureNetworkAnalytics_CL", "TimeGenerated"],
  ["AzureNetworkAnalytics_CL", "FlowStartTime_t"],
  ["AzureNetworkAnalytics_CL", "FlowIntervalStartTime_t"],
])("%s where %s is later than all flows reads none of them", async (table, column) => {
  const question = `SELECT count() FROM ${table} WHERE ${column}`;
  expect(await partsRead(`${question} >= ${later}`)).toBe(0);
  expect(await partsRead(`${question} < ${later}`)).toBe(1);
});

test.each([
  ["NTANetAnalytics", "SubType", "FlowLog", 1],
  ["NTANetAnalytics", "SubType", "Topology", 0],
  ["AzureNetworkAnalytics_CL", "SubType_s", "FlowLog", 1],
  ["AzureNetworkAnalytics_CL", "SubType_s", "Topology", 0],
])("%s where %s is %s reads %i parts of flows", async (table, column, kind, wantedCount) => {
  expect(await partsRead(`SELECT count() FROM ${table} WHERE ${column} = '${kind}'`)).toBe(
    wantedCount,
  );
});
