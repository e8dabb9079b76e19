// `npm run bench -- flows-rules [--rows 10M] [--directory FOLDER]`: what one evaluation of each built-in rule costs the
// engine, over rows of 14 days that the engine makes itself; and what the table of destinations holds then. With a
// folder the rows are kept for the next run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seriesQuery } from "../../src/alert/logs/compose-query.ts";
import { windowQuery } from "../../src/alert/logs/evaluate-log-rule.ts";
import { flowRules } from "../../src/alert/logs/flow-rules.ts";
import { parseLogRule } from "../../src/alert/logs/log-rule.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { type LogQueries, openLogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { dayStartMs, daySeconds, makeRows } from "./views-rows.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10M" },
    directory: { type: "string" },
  },
});
const rowCount = Number(values.rows.replace("M", "000000"));
const rememberedDays = 14;
const runCount = 5;
const nowMs = dayStartMs + daySeconds * 1_000;
const scopes = ["/subscriptions/00000000-0000-0000-0000-000000000001"];

const print = (name: string, value: string): void => {
  process.stdout.write(`${name.padEnd(32)}${value}\n`);
};

async function measureRule(queries: LogQueries, rule: (typeof flowRules)[number]): Promise<void> {
  const properties = parseLogRule({ ...rule.properties, scopes });
  const window = windowQuery({ id: rule.name, properties }, [], nowMs / 1_000);
  const timeRange = { startMs: window.fromSecond * 1_000, endMs: nowMs };
  const text = seriesQuery(window.part);
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run <= runCount; run++) {
    const { statistics, rows } = await queries.run({ text, nowMs, timeRange, timeoutSeconds: 60 });
    found = rows.length;
    if (run > 0) times.push(statistics.executionMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const [least, median] = [sorted[0] ?? 0, sorted[runCount >> 1] ?? 0];
  print(rule.name, `median ${median.toFixed(0)} ms, least ${least.toFixed(0)} ms, ${found} series`);
}

async function printSizes(engine: FlowEngine): Promise<void> {
  const sizes = await engine.rows<{ table: string; rows: number; bytes: number }>({
    sql: `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE active AND database = currentDatabase() AND table IN ('flow', 'flow_destination') GROUP BY table ORDER BY table`,
  });
  for (const { table, rows, bytes } of sizes)
    print(table, `${rows} rows, ${(bytes / 1e6).toFixed(1)} MB`);
}

const kept = values.directory;
const directory = kept ?? (await mkdtemp(join(tmpdir(), "nightcap-bench-")));
const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
try {
  const [found] = await engine.rows<{ count: number }>({
    sql: "SELECT count() AS count FROM flow",
  });
  if (found?.count === 0)
    await makeRows(engine, rowCount, { days: rememberedDays, isRolledLater: 1 });
  await printSizes(engine);
  const settings = logQuerySettings.parse({});
  const queries = openLogQueries({ engine: async () => engine, settings });
  for (const rule of flowRules) await measureRule(queries, rule);
  await queries.close();
} finally {
  await engine.stop();
  await engine.close();
  if (kept === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
