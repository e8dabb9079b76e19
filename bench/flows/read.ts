// How fast a flow log is read, beside a plain JSON.parse loop and DuckDB's read_json, unnest and string_split.
//   npm run bench -- flows-read [--size 300MB] [--tuples 4000000] [--seed 1] [--runs 3]
// DuckDB is no dependency: npm install --prefix /tmp/duck @duckdb/node-api, then NIGHTCAP_BENCH_DUCKDB=/tmp/duck
// Each run is a process of its own, with the reading of the file, without the start of Node; the median counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateFlowLog, type GeneratedLog } from "./generate.ts";
import { duckdbVariable, type FlowTotals, readTools, type ReadTool } from "./read-tools.ts";

interface Run extends FlowTotals {
  seconds: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

const { values } = parseArgs({
  options: {
    size: { type: "string", default: "300MB" },
    tuples: { type: "string", default: "4000000" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "3" },
    /** Of a run's own process. */
    tool: { type: "string" },
    file: { type: "string", default: "" },
  },
});

if (values.tool === undefined) race();
else process.stdout.write(JSON.stringify(await measure(values.tool as ReadTool, values.file)));

async function measure(tool: ReadTool, path: string): Promise<Run> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const totals = await readTools[tool](path);
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...totals,
    seconds: (performance.now() - begin) / 1e3,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1_024,
  };
}

function race(): void {
  const folder = mkdtempSync(join(tmpdir(), "nightcap-bench-flows-"));
  try {
    const path = join(folder, "PT1H.json");
    const log = generateFlowLog({
      path,
      tupleCountMax: Number(values.tuples),
      sizeBytesMax: Number(/^(\d+)MB$/.exec(values.size)?.[1]) * 1e6,
      seed: Number(values.seed),
    });
    print(`${log.tuples} tuples, ${(log.sizeBytes / 1e6).toFixed(0)} MB`);
    print(row(["", "M tuples/s", "MB/s", "M/s of CPU", "peak MB", "nightcap is"]));
    let ours: Run | null = null;
    for (const tool of Object.keys(readTools) as ReadTool[]) {
      const run = median(tool, path);
      ours ??= run;
      print(run ? line(tool, { run, ours, log }) : row([tool, "not measured"]));
    }
    if (process.env[duckdbVariable] === undefined)
      print(`DuckDB: npm install --prefix FOLDER @duckdb/node-api, and ${duckdbVariable}=FOLDER`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Null for a tool that is not there. */
function median(tool: ReadTool, path: string): Run | null {
  if (tool.startsWith("DuckDB") && process.env[duckdbVariable] === undefined) return null;
  const runs = Array.from({ length: Number(values.runs) }, () => runOnce(tool, path));
  return runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1] ?? null;
}

function runOnce(tool: ReadTool, path: string): Run {
  const args = ["--max-old-space-size=8192", import.meta.filename, "--tool", tool, "--file", path];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} failed: ${stderr.slice(0, 2_000)}`);
  return JSON.parse(stdout) as Run;
}

function line(tool: string, { run, ours, log }: { run: Run; ours: Run | null; log: GeneratedLog }) {
  const isSame = ours?.packets === run.packets && ours.bytes === run.bytes;
  if (!isSame || run.tuples !== log.tuples) throw new Error(`${tool} has other totals`);
  return row([
    tool,
    (run.tuples / run.seconds / 1e6).toFixed(2),
    (log.sizeBytes / run.seconds / 1e6).toFixed(0),
    (run.tuples / run.cpuSeconds / 1e6).toFixed(2),
    run.peakMegabytes.toFixed(0),
    `${(run.seconds / ours.seconds).toFixed(1)} x`,
  ]);
}

function row(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(18) : cell.padStart(12))).join("");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
