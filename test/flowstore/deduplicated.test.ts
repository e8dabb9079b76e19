// A flow between two logged interfaces is in the log twice: here each such flow counts once, as its larger side has it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFlowBatch } from "../../src/flowlog/flow-batch.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { boundedSql } from "../../src/logs/bounded-sql.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import type { FlowType } from "../../src/traffic/classified-flows.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import { someOrigin } from "./flow-rows.ts";
import { someEndpoint } from "./some-endpoint.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let remove: () => Promise<void>;

const noon = Date.UTC(2026, 10, 20, 12);
const [inbound, outbound] = [0, 1];
const [begun, goesOn, denied] = [0, 1, 3];
const [web, data, internet] = ["10.0.0.5", "10.0.1.6", "13.67.42.7"];

interface Tuple {
  readonly from?: string;
  readonly to?: string;
  readonly port: number;
  readonly direction: number;
  readonly state?: number;
  readonly packets?: number;
  readonly bytes?: number;
  readonly flowType?: FlowType;
  /** The networks of both sides; "" where they are not known. */
  readonly networks?: readonly [string, string];
}

const tuples: readonly Tuple[] = [
  // 80: the source saw more bytes.
  { port: 80, direction: outbound, state: begun },
  { port: 80, direction: outbound, packets: 10, bytes: 1_000 },
  { port: 80, direction: inbound, state: begun },
  { port: 80, direction: inbound, packets: 9, bytes: 900 },
  // 81: the destination did.
  { port: 81, direction: outbound, packets: 5, bytes: 500 },
  { port: 81, direction: inbound, packets: 6, bytes: 600 },
  // 82: both the same.
  { port: 82, direction: outbound, packets: 1, bytes: 40 },
  { port: 82, direction: inbound, packets: 1, bytes: 40 },
  // 83: the same bytes in fewer packets, as offloading makes them.
  { port: 83, direction: outbound, packets: 1, bytes: 4_000 },
  { port: 83, direction: inbound, packets: 3, bytes: 4_000 },
  // 84: let out by one rule, kept out by another.
  { port: 84, direction: outbound, state: begun },
  { port: 84, direction: inbound, state: denied },
  { port: 84, direction: inbound, state: denied },
  // 85: the source has no flow log.
  { port: 85, direction: inbound, packets: 2, bytes: 200 },
  // 86: each side's log knows its own network only.
  { port: 86, direction: outbound, packets: 2, bytes: 90, networks: ["rg/a", ""] },
  { port: 86, direction: inbound, packets: 2, bytes: 90, networks: ["", "rg/b"] },
  // 87: the same addresses in two networks; the one's flow is not the other's.
  { port: 87, direction: outbound, packets: 4, bytes: 100, networks: ["rg/a", "rg/a"] },
  { port: 87, direction: inbound, packets: 4, bytes: 100, networks: ["rg/a", "rg/a"] },
  { port: 87, direction: inbound, packets: 1, bytes: 50, networks: ["rg/b", "rg/b"] },
  // 88: no address of the Internet's is logged here, whatever there is in the other direction.
  { port: 88, direction: outbound, bytes: 7, to: internet, flowType: "ExternalPublic" },
  { port: 88, direction: inbound, bytes: 70, from: internet, to: web, flowType: "ExternalPublic" },
];

async function insertTuples(): Promise<void> {
  const batch = createFlowBatch(tuples.length);
  batch.length = tuples.length;
  batch.origins.push({ ...someOrigin, rule: "in" }, { ...someOrigin, rule: "out" });
  for (const [row, tuple] of tuples.entries()) {
    batch.time[row] = noon + row * 1_000;
    readAddress(tuple.from ?? web, batch.source, row * 4);
    readAddress(tuple.to ?? data, batch.destination, row * 4);
    batch.destinationPort[row] = tuple.port;
    batch.protocol[row] = 6;
    batch.direction[row] = tuple.direction;
    batch.origin[row] = tuple.direction;
    batch.state[row] = tuple.state ?? goesOn;
    batch.packetsToDestination[row] = tuple.packets ?? 0;
    batch.bytesToDestination[row] = tuple.bytes ?? 0;
  }
  const networks = tuples.map(({ networks: both = ["rg/a", "rg/b"] as const }) => both);
  await insertFlows(
    engine,
    batch,
    {
      source: Uint32Array.from(tuples, (_, row) => 2 * row),
      destination: Uint32Array.from(tuples, (_, row) => 2 * row + 1),
      verdict: Uint32Array.from(tuples.keys()),
      l7Protocol: new Uint32Array(tuples.length),
      l7Protocols: [""],
      endpoints: networks.flat().map((virtualNetwork) => someEndpoint({ virtualNetwork })),
      verdicts: tuples.map(({ from, to, flowType = "InterVNet" }) => ({
        flowType,
        reason: "",
        publicSide: from === internet ? "source" : to === internet ? "destination" : "",
      })),
      dataVersion: "",
    },
    { token: "hand" },
  );
}

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
  await insertTuples();
});

afterAll(() => remove());

test("of two records of a flow the larger is counted", async () => {
  const rows = await engine.rows({
    sql: `SELECT DestPort AS port, FlowDirection AS direction, FlowStatus AS status, AclRule AS rule,
            sum(BytesSrcToDest) AS bytes, sum(PacketsSrcToDest) AS packets,
            sum(AllowedInFlows + AllowedOutFlows + DeniedInFlows + DeniedOutFlows) AS flows
          FROM NTANetAnalyticsDeduplicated GROUP BY ALL ORDER BY port, direction`,
  });
  const line = (...[port, direction, status, bytes, packets, flows]: (string | number)[]) => ({
    port,
    direction,
    status,
    rule: direction === "Inbound" ? "in" : "out",
    bytes,
    packets,
    flows,
  });
  expect(rows).toEqual([
    line(80, "Outbound", "Allowed", 1_000, 10, 1),
    line(81, "Inbound", "Allowed", 600, 6, 1),
    line(82, "Outbound", "Allowed", 40, 1, 1),
    line(83, "Inbound", "Allowed", 4_000, 3, 1),
    line(84, "Inbound", "Denied", 0, 0, 2),
    line(84, "Outbound", "Allowed", 0, 0, 1),
    line(85, "Inbound", "Allowed", 200, 2, 1),
    line(86, "Outbound", "Allowed", 90, 2, 1),
    line(87, "Inbound", "Allowed", 50, 1, 1),
    line(87, "Outbound", "Allowed", 100, 4, 1),
    line(88, "Inbound", "Allowed", 70, 0, 1),
    line(88, "Outbound", "Allowed", 7, 0, 1),
  ]);
});

test("the records themselves are all still there", async () => {
  expect(
    await engine.rows({ sql: "SELECT sum(BytesSrcToDest) AS bytes FROM NTANetAnalytics" }),
  ).toEqual([{ bytes: tuples.reduce((sum, { bytes = 0 }) => sum + bytes, 0) }]);
});

test("a query's time range bounds the flows, and the granules that are read for it", async () => {
  const tables = new Map(kustoTables().map((table) => [table.name, table]));
  const bounded = (startMs: number, endMs: number): string =>
    boundedSql(
      {
        sql: "SELECT toUInt32(count()) AS count FROM NTANetAnalyticsDeduplicated",
        tables: ["NTANetAnalyticsDeduplicated"],
      },
      tables,
      { database: engine.database, query: { text: "", timeRange: { startMs, endMs } } },
    );
  const countOf = async (sql: string) => (await engine.rows<{ count: number }>({ sql }))[0]?.count;
  const hour = 3_600_000;
  expect(await countOf(bounded(noon, noon + hour))).toBe(12);
  // The record of the last tuple, whose interval began long before the range.
  const lastSecond = noon + (tuples.length - 1) * 1_000;
  expect(await countOf(bounded(lastSecond, lastSecond + 1))).toBe(1);
  expect(await countOf(bounded(noon - hour, noon))).toBe(0);
  const plan = await engine.rows<{ explain: string }>({
    sql: `EXPLAIN indexes = 1 ${bounded(noon + 2 * hour, noon + 9 * hour)}`,
  });
  const text = plan.map(({ explain }) => explain).join("\n");
  expect(text.match(/Parts: 0\/1/g)).toHaveLength(2);
});

test("a condition on the interval reads the granules of that time, also of pairs", async () => {
  const plan = await engine.rows<{ explain: string }>({
    sql: `EXPLAIN indexes = 1 SELECT sum(BytesSrcToDest) FROM NTANetAnalyticsDeduplicated
          WHERE FlowIntervalStartTime >= toDateTime64('2030-01-01 00:00:00', 7, 'UTC')`,
  });
  const text = plan.map(({ explain }) => explain).join("\n");
  expect(text.match(/Parts: 0\/1/g)).toHaveLength(2);
});
