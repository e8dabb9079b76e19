// What brings a flow log into a table in the race: all rows with all fields, on disk, and asked for once.
import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openFlowClasses } from "../../src/cli/flow-logs-classes.ts";
import { importSource } from "../../src/flowsource/import-source.ts";
import { openFlowSource } from "../../src/flowsource/open-source.ts";
import { startWindowParser } from "../../src/flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { addUpHours } from "../../src/flowstore/later/add-up.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { openDuckdb, duckdbTable, type PlainLog } from "./read-tools.ts";

export interface Ingest extends Cost {
  rows: number;
  startSeconds: number;
  /** Of the rows alone. */
  diskBytes: number;
  /** What makes questions faster afterwards. */
  addUp?: Cost & { diskBytes: number };
}

export interface Cost {
  seconds: number;
  /** Of this process and of the engine's. */
  cpuSeconds: number;
}

export const ingestTools = {
  nightcap: (path: string, folder: string) => ingestWithNightcap(path, folder, false),
  "nightcap, enriched": (path: string, folder: string) => ingestWithNightcap(path, folder, true),
  "JSON.parse, inserts": ingestWithJsonParse,
  "DuckDB, 2 threads": ingestWithDuckdb,
} as const;

export type IngestTool = keyof typeof ingestTools;

const ticksPerSecond = 100; // USER_HZ, which Linux keeps for programs

/** CPU seconds of a process, of all its threads (proc(5), stat: utime and stime). */
async function cpuOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The process that has the data open, as ClickHouse's own status file names it. */
export async function enginePid(directory: string): Promise<number> {
  const text = await readFile(join(directory, "data", "status"), "utf8");
  return Number(/PID: (\d+)/.exec(text)?.[1]);
}

export async function measure(work: () => Promise<unknown>, engine?: number): Promise<Cost> {
  const cpu = async () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + (engine === undefined ? 0 : await cpuOf(engine));
  };
  const [cpuBefore, before] = [await cpu(), performance.now()];
  await work();
  const seconds = (performance.now() - before) / 1e3;
  return { seconds, cpuSeconds: (await cpu()) - cpuBefore };
}

async function countRows(engine: FlowEngine, table: string, count: string): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: `SELECT toFloat64(${count}) AS count FROM ${table}`,
  });
  return row?.count ?? 0;
}

const sizeOf = (engine: FlowEngine, tables: string): Promise<number> =>
  countRows(
    engine,
    "system.parts",
    `sumIf(bytes_on_disk, active AND database = currentDatabase() AND match(table, '${tables}'))`,
  );

async function ingestWithNightcap(
  path: string,
  directory: string,
  enrich: boolean,
): Promise<Ingest> {
  const { signal } = new AbortController();
  const began = performance.now();
  const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
  const classes = await openFlowClasses({ state: directory, enrich, signal });
  const ledger = createChunkLedger(engine);
  const parser = startWindowParser();
  const [source, pid] = [await openFlowSource(path, { variables: {} }), await enginePid(directory)];
  const startSeconds = (performance.now() - began) / 1e3;
  const cost = await measure(async () => {
    await importSource(source, {
      addsUp: true,
      ledger,
      parser,
      signal,
      insert: (batch, token, isRolledLater) =>
        insertFlows(engine, batch, classes.classify(batch), { token, isRolledLater }),
    });
  }, pid);
  const rows = await countRows(engine, "flow", "count()");
  const diskBytes = await sizeOf(engine, "^flow$");
  const added = await measure(() => addUpHours(engine, { nowMs: Date.now() }), pid);
  const inRollUps = await countRows(engine, "flow_60m", "sum(recordCount)");
  if (rows !== inRollUps) throw new Error(`the roll-ups have ${inRollUps} rows of ${rows}`);
  const addUp = { ...added, diskBytes: await sizeOf(engine, "^flow_.*(live|later)$") };
  await parser.close();
  await engine.stop();
  return { ...cost, rows, startSeconds, diskBytes, addUp };
}

const plainRowCount = 100_000;

/** The plain way: JSON in, objects of JSON out, into a table like ours that nothing is made of. */
async function ingestWithJsonParse(path: string, directory: string): Promise<Ingest> {
  const began = performance.now();
  const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
  await engine.command({ sql: "CREATE TABLE plain AS flow" });
  const pid = await enginePid(directory);
  const startSeconds = (performance.now() - began) / 1e3;
  const insert = (values: object[]) =>
    engine.client.insert({ table: "plain", values, format: "JSONEachRow" });
  const cost = await measure(async () => {
    const log = JSON.parse(readFileSync(path, "utf8")) as PlainLog;
    let rows: object[] = [];
    for (const row of plainRows(log)) {
      if (rows.push(row) < plainRowCount) continue;
      await insert(rows);
      rows = [];
    }
    await insert(rows);
  }, pid);
  const rows = await countRows(engine, "plain", "count()");
  const diskBytes = await sizeOf(engine, "^plain$");
  await engine.stop();
  return { ...cost, rows, startSeconds, diskBytes };
}

function* plainRows({ records }: PlainLog): Generator<object> {
  for (const record of records) {
    for (const { aclID, flowGroups } of record.flowRecords.flows) {
      for (const { rule, flowTuples } of flowGroups) {
        const origin = JSON.stringify({
          version: record.flowLogVersion,
          flowLogId: record.flowLogResourceID,
          targetId: record.targetResourceID,
          macAddress: record.macAddress,
          aclId: aclID,
          rule,
        });
        for (const tuple of flowTuples) yield plainRow(tuple.split(","), origin);
      }
    }
  }
}

const mapped = (address = ""): string => (address.includes(":") ? address : `::ffff:${address}`);

function plainRow(fields: readonly string[], origin: string): object {
  return {
    time: (Number(fields[0]) / 1e3).toFixed(3),
    source: mapped(fields[1]),
    destination: mapped(fields[2]),
    sourcePort: Number(fields[3]),
    destinationPort: Number(fields[4]),
    protocol: Number(fields[5]),
    direction: fields[6] === "I" ? 0 : 1,
    state: "BCED".indexOf(fields[7] ?? ""),
    encryption: fields[8] === "NX" ? 2 : 1,
    packetsToDestination: Number(fields[9]),
    bytesToDestination: Number(fields[10]),
    packetsToSource: Number(fields[11]),
    bytesToSource: Number(fields[12]),
    origin,
  };
}

/** The tuples' own thirteen fields and nothing of their records. */
async function ingestWithDuckdb(path: string, folder: string): Promise<Ingest> {
  const began = performance.now();
  const file = join(folder, "flows.duckdb");
  const connection = await openDuckdb(file, 2);
  const startSeconds = (performance.now() - began) / 1e3;
  const cost = await measure(async () => {
    await connection.runAndReadAll(duckdbTable(path));
    await connection.runAndReadAll("CHECKPOINT");
  });
  const answer = await connection.runAndReadAll("SELECT count(*)::DOUBLE AS rows FROM flow");
  const rows = Number(answer.getRowObjectsJS()[0]?.["rows"]);
  return { ...cost, rows, startSeconds, diskBytes: statSync(file).size };
}
