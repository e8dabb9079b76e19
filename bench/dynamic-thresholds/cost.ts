// What a thousand rules with dynamic thresholds cost, over an archive of four weeks on disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAlertEngine } from "../../src/alert/engine.ts";
import type { AlertState } from "../../src/alert/rule-state.ts";
import type { BaselineStatus } from "../../src/alert/dynamic/baseline-status.ts";
import type { Delivery } from "../../src/alert/delivery.ts";
import { parseMetricAlert } from "../../src/alert/rule.ts";
import { silentLog } from "../../src/common/log.ts";
import { createMetricQuery } from "../../src/metric/query.ts";
import { metricArchiveSettings, openMetricArchive } from "../../src/state/metric-archive.ts";
import { openState } from "../../src/state/state.ts";
import { dynamicRule, ruleId, vmId } from "../../test/alert/rules.ts";
import { monday, seriesOf, shapes } from "../../test/alert/dynamic/synthetic-series.ts";

const ruleCount = 1_000;
const hostCount = 4;
const days = 28;
const minute = 60;
const day = 1_440 * minute;
const end = monday + days * day;

/** Four hosts of four weeks: a value each minute, and each second of the last day as in a real archive. */
function openArchive(directory: string) {
  let now = monday;
  const settings = metricArchiveSettings.parse({ secondsKeptHours: 24 * 31 });
  const archive = openMetricArchive({
    path: join(directory, "metrics.db"),
    settings,
    clock: { now: () => now * 1_000, sleep: () => new Promise(() => {}) },
    log: silentLog,
  });
  const shape = shapes["office traffic by week"];
  for (let host = 0; host < hostCount; host++) {
    const { values } = seriesOf(shape, { seed: host, days, windowSeconds: minute });
    for (let from = monday; from < end; from += day) {
      const step = from === end - day ? 1 : minute;
      now = from + day;
      const list = Array.from({ length: day / step }, (_, index) => {
        const second = from + index * step;
        const value = values[Math.floor((second - monday) / minute)] ?? 0;
        return { series: "Network Out Total", second, value };
      });
      archive.append(`${vmId}${host}`, list);
      archive.flush();
    }
  }
  return archive;
}

export async function costLines(): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-bench-"));
  const archive = openArchive(directory);
  const state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  const query = createMetricQuery(archive);
  const rules = Array.from({ length: ruleCount }, (_, index) => ({
    id: `${ruleId}${index}`,
    properties: parseMetricAlert({
      ...dynamicRule({ ignoreDataBefore: new Date((monday + index) * 1_000).toISOString() }),
      scopes: [`${vmId}${index % hostCount}`],
    }),
  }));
  const counted = { evaluations: 0 };
  const tables = {
    states: state.documents<AlertState>("alertStates"),
    deliveries: state.documents<Delivery>("deliveries"),
  };
  const engine = createAlertEngine({
    rules: async () => rules,
    metrics: ({ resourceId, ...window }) => query.window({ hostId: resourceId, ...window }),
    history: ({ resourceId, ...window }) => query.history({ hostId: resourceId, ...window }),
    actionGroup: async () => null,
    states: tables.states,
    baselines: state.documents<BaselineStatus>("baselineStatuses"),
    transact: (work) => work(tables),
    clock: { now: () => end * 1_000, sleep: () => new Promise(() => {}) },
    log: silentLog,
    newId: () => "00000000-0000-4000-8000-000000000001",
    count: () => counted.evaluations++,
  });
  let passes = 0;
  let longest = 0;
  const learning = performance.now();
  while (counted.evaluations < rules.length) {
    passes++;
    const started = performance.now();
    await engine.evaluateDue(end * 1_000 + 600 + passes);
    longest = Math.max(longest, performance.now() - started);
  }
  const learned = performance.now() - learning;
  const started = performance.now();
  await engine.evaluateDue((end + minute) * 1_000 + 600);
  const checked = performance.now() - started;
  await archive.close();
  await state.close();
  rmSync(directory, { recursive: true });
  return [
    `${ruleCount} rules learned from ${days} days each, after a start: ${(learned / 1_000).toFixed(1)} s of work in ${passes} passes, the longest ${longest.toFixed(0)} ms; ${(learned / ruleCount).toFixed(1)} ms a rule and hour`,
    `${ruleCount} rules checked, four windows of five minutes each: ${checked.toFixed(0)} ms`,
    `resident memory at the end: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
  ];
}
