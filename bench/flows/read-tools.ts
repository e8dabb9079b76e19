// What reads a flow log in the race: each gives the same totals, or the race is void.
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createFlowBatch } from "../../src/flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../src/flowlog/flow-log-reader.ts";

export interface FlowTotals {
  tuples: number;
  packets: number;
  bytes: number;
}

/** A folder in whose node_modules @duckdb/node-api is. */
export const duckdbVariable = "NIGHTCAP_BENCH_DUCKDB";

const chunkSizeBytes = 1 << 20;
const batchCapacity = 65_536;

export const readTools = {
  nightcap: readWithNightcap,
  "JSON.parse": readWithJsonParse,
  "DuckDB, 1 thread": (path: string) => readWithDuckdb(path, 1),
  "DuckDB, 2 threads": (path: string) => readWithDuckdb(path, 2),
} as const;

export type ReadTool = keyof typeof readTools;

function readWithNightcap(path: string): FlowTotals {
  const totals = { tuples: 0, packets: 0, bytes: 0 };
  const reader = createFlowLogReader(createFlowBatch(batchCapacity), (batch) => {
    const { packetsToDestination, packetsToSource, bytesToDestination, bytesToSource } = batch;
    for (let row = 0; row < batch.length; row++) {
      totals.packets += (packetsToDestination[row] ?? 0) + (packetsToSource[row] ?? 0);
      totals.bytes += (bytesToDestination[row] ?? 0) + (bytesToSource[row] ?? 0);
    }
    totals.tuples += batch.length;
    return batch;
  });
  const file = openSync(path, "r");
  const chunk = new Uint8Array(chunkSizeBytes);
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk))
    reader.write(chunk.subarray(0, size));
  closeSync(file);
  const { failure, malformed } = reader.end();
  if (failure || malformed > 0) throw new Error(failure?.message ?? `${malformed} malformed`);
  return totals;
}

export interface PlainLog {
  records: {
    flowLogVersion: number;
    flowLogResourceID: string;
    targetResourceID: string;
    macAddress: string;
    flowRecords: {
      flows: { aclID: string; flowGroups: { rule: string; flowTuples: string[] }[] }[];
    };
  }[];
}

/** The plain way: all in memory, each tuple split and its numbers converted. */
function readWithJsonParse(path: string): FlowTotals {
  const log = JSON.parse(readFileSync(path, "utf8")) as PlainLog;
  const totals = { tuples: 0, packets: 0, bytes: 0 };
  for (const { flowRecords } of log.records)
    for (const { flowGroups } of flowRecords.flows)
      for (const { flowTuples } of flowGroups) for (const tuple of flowTuples) add(totals, tuple);
  return totals;
}

function add(totals: FlowTotals, tuple: string): void {
  const fields = tuple.split(",");
  totals.tuples++;
  totals.packets += Number(fields[9]) + Number(fields[11]);
  totals.bytes += Number(fields[10]) + Number(fields[12]);
}

interface DuckdbConnection {
  runAndReadAll(sql: string): Promise<{ getRowObjectsJS(): Record<string, unknown>[] }>;
}

interface Duckdb {
  DuckDBInstance: {
    create(path: string, options: object): Promise<{ connect(): Promise<DuckdbConnection> }>;
  };
}

export async function openDuckdb(path: string, threads: number): Promise<DuckdbConnection> {
  const load = createRequire(join(process.env[duckdbVariable] ?? "", "package.json"));
  const { DuckDBInstance } = load("@duckdb/node-api") as Duckdb;
  const instance = await DuckDBInstance.create(path, { threads: String(threads) });
  return instance.connect();
}

/** All thirteen fields become a table's columns, as ours become a batch's. */
async function readWithDuckdb(path: string, threads: number): Promise<FlowTotals> {
  const connection = await openDuckdb(":memory:", threads);
  await connection.runAndReadAll(duckdbTable(path));
  const sums = `SELECT count(*)::DOUBLE AS tuples, sum(c9 + c11)::DOUBLE AS packets, sum(c10 + c12)::DOUBLE AS bytes FROM flow`;
  const [row = {}] = (await connection.runAndReadAll(sums)).getRowObjectsJS();
  return {
    tuples: Number(row["tuples"]),
    packets: Number(row["packets"]),
    bytes: Number(row["bytes"]),
  };
}

export function duckdbTable(path: string): string {
  const types = "BIGINT,VARCHAR,VARCHAR,USMALLINT,USMALLINT,UTINYINT,VARCHAR,VARCHAR,VARCHAR";
  const columns = [...types.split(","), "BIGINT", "BIGINT", "BIGINT", "BIGINT"].map(
    (type, index) => `fields[${index + 1}]::${type} AS c${index}`,
  );
  return `CREATE TABLE flow AS SELECT ${columns.join(", ")} FROM (
    SELECT string_split(unnest(g.flowTuples), ',') AS fields FROM (
    SELECT unnest(f.flowGroups) AS g FROM (
    SELECT unnest(r.flowRecords.flows) AS f FROM (
    SELECT unnest(records) AS r FROM read_json('${path.replaceAll("'", "''")}', maximum_object_size = 2000000000)))))`;
}
