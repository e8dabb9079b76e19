// How fast a flow log becomes rows that can be asked for, beside DuckDB and a plain JSON.parse loop.
//   npm run bench -- flows-ingest [--size 300MB] [--tuples 4000000] [--seed 1] [--runs 3] [--tool NAME]
// DuckDB is no dependency: npm install --prefix FOLDER @duckdb/node-api, then NIGHTCAP_BENCH_DUCKDB=FOLDER
// Each run is a process of its own with a new store; the start of processes is not counted and printed apart. From the
// opening of the file to all rows in the table and in all views; the median counts. CPU is of all processes and threads:
// on a busy host it says more than the clock. What comes behind is not in it: parts are merged when no large insert has
// come for three seconds, and hours are added up, which has columns of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateFlowLog, type GeneratedLog } from "./generate.ts";
import { type Ingest, ingestTools, type IngestTool } from "./ingest-tools.ts";
import { duckdbVariable } from "./read-tools.ts";

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "1000MB" },
    tuples: { type: "string", default: "4000000" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "3" },
    tool: { type: "string" },
    /** Of a run's own process. */
    file: { type: "string" },
    folder: { type: "string", default: "" },
  },
});

const heading = [
  "",
  "M tuples/s",
  "seconds",
  "CPU s",
  "M/s of CPU",
  "start s",
  "added up s",
  "its CPU s",
  "B a flow",
  "B roll-ups",
];

if (values.file === undefined) race();
else {
  const run = await ingestTools[values.tool as IngestTool](values.file, values.folder);
  process.stdout.write(JSON.stringify(run));
  process.exit(0);
}

function race(): void {
  const folder = mkdtempSync(join(tmpdir(), "nightcap-bench-ingest-"));
  try {
    const path = join(folder, "PT1H.json");
    const log = generateFlowLog({
      path,
      tupleCountMax: Number(values.tuples),
      sizeBytesMax: Number(/^(\d+)MB$/.exec(values.size)?.[1]) * 1e6,
      seed: Number(values.seed),
    });
    print(
      `${log.tuples} tuples, ${(log.sizeBytes / 1e6).toFixed(0)} MB, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`,
    );
    print(row(heading));
    const medians = new Map<string, Ingest>();
    for (const tool of chosenTools()) {
      const run = median(tool, path, folder);
      if (run === null) print(row([tool, "not measured"]));
      else {
        medians.set(tool, run);
        print(line(tool, run, log));
      }
    }
    printRatios(medians);
    if (process.env[duckdbVariable] === undefined)
      print(`DuckDB: npm install --prefix FOLDER @duckdb/node-api, and ${duckdbVariable}=FOLDER`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function chosenTools(): IngestTool[] {
  const all = Object.keys(ingestTools) as IngestTool[];
  return all.filter((tool) => values.tool === undefined || tool === values.tool);
}

/** Null for a tool that is not there. */
function median(tool: IngestTool, path: string, folder: string): Ingest | null {
  if (tool.startsWith("DuckDB") && process.env[duckdbVariable] === undefined) return null;
  const runs = Array.from({ length: Number(values.runs) }, () => runOnce(tool, path, folder));
  return runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1] ?? null;
}

function runOnce(tool: IngestTool, path: string, folder: string): Ingest {
  const store = mkdtempSync(join(folder, "store-"));
  const args = ["--max-old-space-size=12288", import.meta.filename];
  args.push("--tool", tool, "--file", path, "--folder", store);
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  rmSync(store, { recursive: true, force: true, maxRetries: 5 });
  if (status !== 0) throw new Error(`${tool} failed: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as Ingest;
}

function line(tool: string, run: Ingest, { tuples }: GeneratedLog): string {
  if (run.rows !== tuples) throw new Error(`${tool} has ${run.rows} rows`);
  return row([
    tool,
    (tuples / run.seconds / 1e6).toFixed(2),
    run.seconds.toFixed(2),
    run.cpuSeconds.toFixed(2),
    (tuples / run.cpuSeconds / 1e6).toFixed(2),
    run.startSeconds.toFixed(2),
    run.addUp ? run.addUp.seconds.toFixed(1) : "-",
    run.addUp ? run.addUp.cpuSeconds.toFixed(1) : "-",
    (run.diskBytes / tuples).toFixed(1),
    run.addUp ? (run.addUp.diskBytes / tuples).toFixed(1) : "-",
  ]);
}

function printRatios(medians: ReadonlyMap<string, Ingest>): void {
  const ours = medians.get("nightcap");
  if (!ours) return;
  print(row(["nightcap is", "by the clock", "by CPU"]));
  for (const [tool, { seconds, cpuSeconds }] of medians) {
    if (tool === "nightcap") continue;
    const ratios = [seconds / ours.seconds, cpuSeconds / ours.cpuSeconds];
    print(row([`  than ${tool}`, ...ratios.map((ratio) => `${ratio.toFixed(1)} x`)]));
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(22) : cell.padStart(13))).join("");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
