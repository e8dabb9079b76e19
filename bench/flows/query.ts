// `npm run bench -- flows-query [ROWS] [RUNS]`: what a question in KQL costs, apart: the translation when warm, the engine,
// and both together with limits, values and all; then what it costs to start: the first question of a process, the
// command `nightcap query`, and a command that asks nothing. Rows are made in the engine over one day.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { openLogQueries, type LogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { dayStartMs, makeRows } from "./views-rows.ts";

const rowCount = Number(process.argv[2] ?? 1_000_000);
const runCount = Number(process.argv[3] ?? 15);
const nowMs = dayStartMs + 86_400_000;
const run = promisify(execFile);

/** As people ask Traffic Analytics: the portal's and the documentation's subjects, in our own words. */
const questions: readonly (readonly [string, string])[] = [
  ["rows of an hour", "NTANetAnalytics | where TimeGenerated > ago(1h) | count"],
  ["latest records", "NTANetAnalytics | where SubType == 'FlowLog' | top 50 by TimeGenerated"],
  [
    "top talkers",
    `NTANetAnalytics | where SubType == "FlowLog" and TimeGenerated > ago(24h)
     | summarize Bytes = sum(BytesSrcToDest + BytesDestToSrc) by SrcIp, DestIp, DestPort | top 20 by Bytes desc`,
  ],
  [
    "bytes over time",
    `NTANetAnalytics | summarize sum(BytesSrcToDest), sum(BytesDestToSrc) by bin(TimeGenerated, 1h), FlowDirection
     | render timechart`,
  ],
  [
    "denied by rule",
    `NTANetAnalytics | where FlowStatus == "Denied" | summarize Flows = sum(DeniedInFlows + DeniedOutFlows), Peers = dcount(SrcIp)
     by AclGroup, AclRule | order by Flows desc | take 25`,
  ],
  [
    "malicious by country",
    `NTANetAnalytics | where FlowType == "MaliciousFlow"
     | summarize Flows = sum(AllowedInFlows + AllowedOutFlows), Blocked = sum(DeniedInFlows + DeniedOutFlows) by Country, DestPort`,
  ],
  [
    "public addresses",
    `NTANetAnalytics | where isnotempty(DestPublicIps)
     | mv-expand Part = split(DestPublicIps, " ") to typeof(string) | extend Fields = split(Part, "|")
     | summarize Flows = sum(tolong(Fields[1])) by Address = tostring(Fields[0]) | top 10 by Flows`,
  ],
  [
    "services by type, older table",
    `AzureNetworkAnalytics_CL | where SubType_s == "FlowLog"
     | extend Direction = iff(FlowDirection_s == "I", "Inbound", "Outbound"), Status = iff(FlowStatus_s == "A", "Allowed", "Denied")
     | summarize sum(FlowCount_d) by Direction, Status, L7Protocol_s | order by sum_FlowCount_d desc`,
  ],
  [
    "a function and a join",
    `let flows = (start:datetime, stop:datetime) { NTANetAnalytics | where TimeGenerated between (start .. stop) };
     flows(ago(1d), now()) | summarize Total = count() by DestPort
     | join kind=leftouter (flows(ago(1d), now()) | where FlowStatus == "Denied" | summarize Denied = count() by DestPort) on DestPort
     | project DestPort, Total, Share = round(100.0 * Denied / Total, 1) | top 10 by Total`,
  ],
  [
    "a series",
    `NTANetAnalytics | make-series Flows = sum(RecordCount) default = 0 on TimeGenerated from ago(1d) to now() step 1h by FlowType`,
  ],
];

interface Cost {
  readonly translationMs: number;
  readonly executionMs: number;
  readonly wholeMs: number;
}

async function costOf(queries: LogQueries, text: string): Promise<Cost> {
  const startMs = performance.now();
  const { statistics } = await queries.run({ text, nowMs });
  return { ...statistics, wholeMs: performance.now() - startMs };
}

async function measure(queries: LogQueries): Promise<Cost[]> {
  const all: Cost[] = [];
  for (const [name, text] of questions) {
    await costOf(queries, text);
    const costs: Cost[] = [];
    // A comment makes each a text that nobody remembers.
    for (let count = 0; count < runCount; count++)
      costs.push(await costOf(queries, `${text}\n// ${count}`));
    all.push(...costs);
    print(`  ${name.padEnd(30)} ${summary(costs, 0.5)}`);
  }
  return all;
}

function summary(costs: readonly Cost[], part: number): string {
  const at = (key: keyof Cost): string => {
    const sorted = costs.map((cost) => cost[key]).toSorted((a, b) => a - b);
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return value.toFixed(1).padStart(8);
  };
  return `translation ${at("translationMs")} ms, engine ${at("executionMs")} ms, whole ${at("wholeMs")} ms`;
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const startMs = performance.now();
  await work();
  return `${(performance.now() - startMs).toFixed(0)} ms`;
}

const nightcap = (...args: string[]) => run(process.execPath, ["src/main.ts", ...args]);

async function measureStart(engine: FlowEngine, state: string): Promise<void> {
  const settings = logQuerySettings.parse({});
  const first = openLogQueries({ engine: async () => engine, settings });
  const count = "NTANetAnalytics | where TimeGenerated > ago(1h) | count";
  print(`first question, the parser's start included: ${await timed(() => costOf(first, count))}`);
  await first.close();
  const ask = () => nightcap("query", count, "--json", "--state", state);
  print(`nightcap query, the engine running: ${await timed(ask)}`);
  await engine.stop();
  print(`nightcap query, the engine started by it: ${await timed(ask)}`);
  print(`nightcap query --sql: ${await timed(() => nightcap("query", count, "--sql"))}`);
  print(`nightcap --version, which asks nothing: ${await timed(() => nightcap("--version"))}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const state = await mkdtemp(join(tmpdir(), "nightcap-bench-query-"));
const engine = await openFlowEngine(flowStoreSettings.parse({ directory: join(state, "flows") }));
try {
  await makeRows(engine, rowCount);
  const queries = openLogQueries({
    engine: async () => engine,
    settings: logQuerySettings.parse({}),
  });
  print(
    `${rowCount} rows of flows, ${questions.length} questions, ${runCount} runs each; medians:`,
  );
  const all = await measure(queries);
  print(`all, p50: ${summary(all, 0.5)}`);
  print(`all, p95: ${summary(all, 0.95)}`);
  await queries.close();
  await measureStart(engine, state);
} finally {
  await engine.stop();
  await engine.close();
  await rm(state, { recursive: true, force: true, maxRetries: 5 });
}
