// How long the translation of KQL takes: the thread's start with the first query, then each query when warm.
//   npm run bench -- flows-translate [--runs 50] [--folder DIRECTORY of .kql files]
// The time of a query is the median of its runs, the message to the thread and back included; beside it the shortest,
// and the CPU time of the process, which other programs on the host do not lengthen as they do the time.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import { openKustoTranslator } from "../../src/logs/kusto-translator.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "50" }, folder: { type: "string" } },
});

const examples: [string, string][] = [
  [
    "top talkers",
    `NTANetAnalytics | where SubType == "FlowLog" and TimeGenerated > ago(24h)
     | summarize Bytes = sum(BytesSrcToDest + BytesDestToSrc) by SrcIp, DestIp, DestPort | top 20 by Bytes desc`,
  ],
  [
    "public addresses",
    `AzureNetworkAnalytics_CL | where SubType_s == "FlowLog"
     | mv-expand ip = split(SrcPublicIPs_s, " ") to typeof(string) | extend parts = split(ip, "|")
     | extend Address = tostring(parts[0]), flows = tolong(parts[1]) | summarize sum(flows) by Address`,
  ],
  [
    "functions and a join",
    `let flows = (start:datetime, stop:datetime) { AzureNetworkAnalytics_CL
       | where SubType_s == "FlowLog" and FlowStartTime_t between (start .. stop)
       | extend Direction = iff(FlowDirection_s == "I", "Inbound", "Outbound") };
     let today = flows(ago(1d), now());
     today | summarize Total = count() by Direction
     | join kind=leftouter (today | where FlowType_s == "MaliciousFlow" | summarize Bad = count() by Direction) on Direction`,
  ],
];

const queries = values.folder === undefined ? examples : queriesOf(values.folder);
const translator = openKustoTranslator({ tables: kustoTables("nightcap") });
const nowMs = Date.now();
print(`first query, with the start of the thread: ${(await timed("print 1")).toFixed(0)} ms`);
const medians: number[] = [];
for (const [name, text] of queries) medians.push(await report(name, text));
const sorted = medians.toSorted((a, b) => a - b);
print(
  `${sorted.length} queries: median ${at(sorted, 0.5)} ms, p95 ${at(sorted, 0.95)} ms, longest ${at(sorted, 1)} ms`,
);
await translator.close();

function queriesOf(folder: string): [string, string][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".kql"))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]);
}

async function report(name: string, text: string): Promise<number> {
  const times: number[] = [];
  const costs: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const before = process.cpuUsage();
    times.push(await timed(text));
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1_000);
  }
  const [cold = 0] = times;
  const ordered = times.toSorted((a, b) => a - b);
  const median = ordered[ordered.length >> 1] ?? 0;
  const cpuMs = costs.toSorted((a, b) => a - b)[costs.length >> 1] ?? 0;
  const least = (ordered[0] ?? 0).toFixed(1);
  print(
    `${name}: ${median.toFixed(1)} ms, least ${least}, CPU ${cpuMs.toFixed(1)}, the first time ${cold.toFixed(1)} ms`,
  );
  return median;
}

/** A query that cannot be translated takes its time too. */
async function timed(text: string): Promise<number> {
  const start = performance.now();
  await translator.translate(text, { nowMs }).catch((error: unknown) => print(String(error)));
  return performance.now() - start;
}

function at(ordered: readonly number[], part: number): string {
  return (ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? 0).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
