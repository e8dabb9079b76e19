// `npm run bench -- flows-views [--rows 10M|100M] [--only VIEW] [--open]`: how long each view of the portal takes over a day of
// rows that the engine makes, beside the same question asked of the raw table in the same run; what adding up the
// intervals costs; and the sizes of the tables. The time of a view is the whole answer: which data there is, the
// translation, the rows and the total. Each is the best of three, after a first run that is not counted; beside it the
// CPU time of the engine. With --directory the rows stay there for the next run. With --no-raw only the
// views are asked. With --open the last hour counts as
// one that is not over, whose records are read as they are: what who asks about the present waits for.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { buildSummaries } from "../../src/flowstore/summary/build-summaries.ts";
import { openLogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import type { FlowView, ViewRequest } from "../../src/logs/views/flow-view.ts";
import { nothingKnown } from "../../src/logs/views/known-estate.ts";
import { readViewData, runView, type ViewData } from "../../src/logs/views/run-view.ts";
import { flowViews } from "../../src/logs/views/view-list.ts";
import { readViewRequest } from "../../src/logs/views/view-request.ts";
import { dayStartMs, daySeconds, makeRows } from "./views-rows.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10M" },
    only: { type: "string" },
    directory: { type: "string" },
    open: { type: "boolean", default: false },
    "no-raw": { type: "boolean", default: false },
  },
});
const rowCount = Number(values.rows.replace("M", "000000"));
const runCount = 3;
const endMs = dayStartMs + daySeconds * 1_000;

/** What the raw table is grouped by for the same question. */
const rawKeys: Readonly<Record<string, string>> = {
  overview: "toStartOfTenMinutes(time), direction, state = 3, flowType",
  "top-pairs": "source, destination",
  "blocked-rules": "aclId, rule, direction",
  "distribution-ips": "source",
  "distribution-hosts": "sourceVirtualMachine, destinationVirtualMachine",
  "distribution-subnets": "sourceSubnet, destinationSubnet",
  "distribution-virtual-networks": "sourceVirtualNetwork, destinationVirtualNetwork",
  "distribution-scale-sets": "sourceScaleSet, destinationScaleSet",
  "distribution-conversations": "source, destination",
  "rule-groups": "aclId",
  "rule-hits": "aclId, rule, direction, state = 3",
  "rule-trend": "toStartOfTenMinutes(time), aclId, rule",
  "rules-never-hit": "aclId, rule",
  "port-ranges": "multiIf(destinationPort < 1024, 0, destinationPort < 49152, 1, 2)",
  ports: "destinationPort, protocol",
  "l7-protocols": "l7Protocol",
  "port-trend": "toStartOfTenMinutes(time), destinationPort",
  gateways: "sourceConnectionName, destinationConnectionName",
  "gateway-utilisation":
    "toStartOfTenMinutes(time), sourceConnectionName, destinationConnectionName",
  "gateway-connections": "sourceSite, destinationSite, sourceSubnet, destinationSubnet",
  "environment-regions": "sourceRegion, destinationRegion",
  "internet-port-count": "destinationPort, protocol, state = 3",
  "internet-machine-count": "sourceVirtualMachine, state = 3",
  "internet-ports": "destinationPort, direction, flowType",
  "internet-machines": "sourceVirtualMachine, direction, flowType",
  "geo-countries": "sourceCountry, destinationCountry, sourceRegion, destinationRegion",
  "geo-cities": "sourceCity, destinationCity",
  "public-ip-counts": "flowType, if(direction = 0, source, destination)",
  "public-ips": "flowType, if(direction = 0, source, destination)",
  "public-ip": "source, destination, destinationPort, aclId, rule, direction, state = 3",
  "public-ip-details": "destinationCountry, destinationCity, destinationAsOwner",
};
const rawDefault = "sourceSubnet, destinationSubnet, direction, state = 3, flowType";
const someAddress = "198.51.100.7";

function rawQuestion({ name, needs }: FlowView): string {
  const keys = rawKeys[name] ?? rawDefault;
  const one = needs
    ? ` AND (source = toIPv6('::ffff:${someAddress}') OR destination = toIPv6('::ffff:${someAddress}'))`
    : "";
  return `SELECT ${keys}, countIf(state IN (0, 3)) AS flows, sum(bytesToDestination + bytesToSource) AS bytes,
    sum(packetsToDestination + packetsToSource) AS packets
    FROM flow WHERE time >= fromUnixTimestamp(${dayStartMs / 1_000}) AND time < fromUnixTimestamp(${endMs / 1_000})${one}
    GROUP BY ${keys} ORDER BY flows DESC LIMIT 20`;
}

const print = (...columns: readonly string[]): void => {
  const [name = "", ...rest] = columns;
  process.stdout.write(`${name.padEnd(32)}${rest.map((text) => text.padStart(14)).join("")}\n`);
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

interface Cost {
  readonly ms: number;
  /** Of the engine's threads, which other programs on the host do not lengthen as they do the time. */
  readonly cpuMs: number;
}

async function cpuOf(engine: FlowEngine): Promise<number> {
  const [row] = await engine.rows<{ value: number }>({
    sql: "SELECT value FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'",
  });
  return (row?.value ?? 0) / 1_000;
}

async function best(engine: FlowEngine, work: () => Promise<unknown>): Promise<Cost> {
  await work();
  const costs: Cost[] = [];
  for (let run = 0; run < runCount; run++) {
    const cpuBefore = await cpuOf(engine);
    const ms = await timed(work);
    costs.push({ ms, cpuMs: (await cpuOf(engine)) - cpuBefore });
  }
  return {
    ms: Math.min(...costs.map(({ ms }) => ms)),
    cpuMs: Math.min(...costs.map(({ cpuMs }) => cpuMs)),
  };
}

async function printSizes(engine: FlowEngine): Promise<void> {
  const sizes = await engine.rows<{ table: string; rows: number; bytes: number }>({
    sql: `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE active AND database = currentDatabase() AND table LIKE 'flow%' GROUP BY table ORDER BY table`,
  });
  for (const { table, rows, bytes } of sizes) {
    print(table, `${rows} rows`, `${(bytes / rowCount).toFixed(1)} B/row`);
  }
}

/** The intervals as they are, or the last one as if it were not over. */
async function dataOf(engine: FlowEngine, request: ViewRequest): Promise<ViewData> {
  const data = await readViewData(engine, request);
  const last = data.intervals.at(-1);
  if (!values.open || !last) return data;
  return { ...data, intervals: [...data.intervals.slice(0, -1), { ...last, build: null }] };
}

async function measure(engine: FlowEngine): Promise<void> {
  const logs = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
  const ratios: number[] = [];
  const times: number[] = [];
  print("view", "ms", "CPU ms", "raw ms", "raw CPU ms", "ratio");
  for (const view of flowViews) {
    if (values.only !== undefined && view.name !== values.only) continue;
    const text = `from=${new Date(dayStartMs).toISOString()}&to=${new Date(endMs).toISOString()}`;
    const query = new URLSearchParams(`${text}${view.needs ? `&ip=${someAddress}` : ""}`);
    const request = readViewRequest(view, query, endMs);
    const own = await best(engine, async () => {
      const data = await dataOf(engine, request);
      return runView(logs, { view, request, known: nothingKnown, data });
    });
    times.push(own.ms);
    if (values["no-raw"]) {
      print(view.name, own.ms.toFixed(0), own.cpuMs.toFixed(0));
      continue;
    }
    const raw = await best(engine, () => engine.rows({ sql: rawQuestion(view) }));
    ratios.push(raw.ms / own.ms);
    const numbers = [own.ms, own.cpuMs, raw.ms, raw.cpuMs].map((number) => number.toFixed(0));
    print(view.name, ...numbers, `${(raw.ms / own.ms).toFixed(1)} x`);
  }
  print("slowest", Math.max(...times).toFixed(0));
  if (ratios.length > 0) print("least ratio", `${Math.min(...ratios).toFixed(1)} x`);
  await logs.close();
}

const kept = values.directory;
const directory = kept ?? (await mkdtemp(join(tmpdir(), "nightcap-bench-")));
const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
try {
  const [found] = await engine.rows<{ count: number }>({
    sql: "SELECT count() AS count FROM flow",
  });
  if (found?.count === 0) {
    const madeMs = await timed(() => makeRows(engine, rowCount));
    print("rows with all roll-ups", `${(rowCount / madeMs / 1_000).toFixed(2)} M/s`);
  }
  const span = { startMs: dayStartMs, endMs };
  const builtMs = await timed(() => buildSummaries(engine, span, { nowMs: endMs }));
  print("adding up the intervals", `${(builtMs / 1_000).toFixed(1)} s`);
  await printSizes(engine);
  await measure(engine);
} finally {
  await engine.stop();
  await engine.close();
  if (kept === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
