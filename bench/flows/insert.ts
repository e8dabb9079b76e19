// `npm run bench -- flows-insert [ROWS] [ROWS_A_BATCH]`: what it costs to bring flows into the table:
// encoding, the insert without roll-ups, the insert with them; bytes on disk; and how fast Azure's views
// answer afterwards beside the same question to the raw table. Rows are begin, continue and end of flows
// from 200 interfaces to 5,000 addresses, made by a fixed seed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlowBatch, type FlowBatch } from "../../src/flowlog/flow-batch.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { encodeFlows } from "../../src/flowstore/native/flow-block.ts";
import { createNativeWriter } from "../../src/flowstore/native/native-writer.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";

const rowCount = Number(process.argv[2] ?? 4_000_000);
const batchRowCount = Number(process.argv[3] ?? 250_000);
const interfaceCount = 200;
const rulesPerInterface = 10;
const peerCount = 5_000;
const spanMilliseconds = 6 * 3_600_000;
const startTime = Date.UTC(2026, 10, 21, 0);

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function createBatch(): FlowBatch {
  const batch = createFlowBatch(batchRowCount);
  batch.length = batchRowCount;
  for (let index = 0; index < interfaceCount * rulesPerInterface; index++) {
    const number = Math.floor(index / rulesPerInterface);
    batch.origins.push({
      version: 4,
      flowLogId:
        "/SUBSCRIPTIONS/A/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/W/FLOWLOGS/F",
      targetId: "/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v",
      macAddress: (0x2248000000 + number).toString(16).toUpperCase().padStart(12, "0"),
      aclId: `/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n${number % 7}`,
      rule: `Rule${index % rulesPerInterface}`,
    });
  }
  return batch;
}

function fill(batch: FlowBatch, random: () => number, at: number): void {
  for (let first = 0; first < batch.length; first += 3) {
    const port = random();
    const flow = {
      nic: Math.floor(random() * interfaceCount),
      peer: Math.floor(random() * random() * peerCount),
      sourcePort: 1024 + Math.floor(random() * 60_000),
      port: port < 0.6 ? 443 : port < 0.8 ? 80 : Math.floor(random() * 60_000),
      rule: Math.floor(random() * random() * rulesPerInterface),
    };
    for (let step = 0; step < 3 && first + step < batch.length; step++) {
      writeRow(batch, { row: first + step, step, at, random, ...flow });
    }
  }
}

interface Row {
  row: number;
  step: number;
  at: number;
  random: () => number;
  nic: number;
  peer: number;
  sourcePort: number;
  port: number;
  rule: number;
}

function writeRow(batch: FlowBatch, { row, step, at, random, ...flow }: Row): void {
  batch.time[row] = at + step * 20_000 + Math.floor(random() * 20_000);
  batch.source.set([0, 0, 0xffff, 0x0a000000 + flow.nic], row * 4);
  batch.destination.set([0, 0, 0xffff, 0x34000000 + flow.peer * 977], row * 4);
  batch.sourcePort[row] = flow.sourcePort;
  batch.destinationPort[row] = flow.port;
  batch.protocol[row] = 6;
  batch.direction[row] = 1;
  batch.state[row] = step;
  batch.origin[row] = flow.nic * rulesPerInterface + flow.rule;
  const counted = step > 0 ? 1 : 0;
  batch.packetsToDestination[row] = counted * Math.floor(random() * 100);
  batch.bytesToDestination[row] = counted * Math.floor(random() * 100_000);
  batch.packetsToSource[row] = counted * Math.floor(random() * 100);
  batch.bytesToSource[row] = counted * Math.floor(random() * 100_000);
}

/** Seconds that `work` takes over all batches, without the making of rows. */
async function measure(name: string, work: (batch: FlowBatch, number: number) => unknown) {
  const random = createRandom(1);
  const batch = createBatch();
  let seconds = 0;
  for (let done = 0; done < rowCount; done += batchRowCount) {
    fill(batch, random, startTime + (done / rowCount) * spanMilliseconds);
    const before = performance.now();
    await work(batch, done);
    seconds += (performance.now() - before) / 1000;
  }
  print(name, `${(rowCount / seconds / 1e6).toFixed(2)} M rows/s`);
}

const print = (name: string, value: string): void => {
  process.stdout.write(`${name.padEnd(44)} ${value}\n`);
};

const rollUps = ["flow_interval", "flow_address", "flow_1m", "flow_10m", "flow_60m"];

async function printSizes(engine: FlowEngine): Promise<void> {
  const sizes = await engine.rows<{ table: string; rows: number; bytes: number }>({
    sql: `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
          WHERE active AND database = currentDatabase() AND table LIKE 'flow%' GROUP BY table ORDER BY table`,
  });
  for (const { table, rows, bytes } of sizes) {
    print(table, `${rows} rows, ${(bytes / rowCount).toFixed(1)} bytes for each flow record`);
  }
}

const questions: readonly (readonly [string, string, string])[] = [
  [
    "bytes over time",
    "SELECT toStartOfHour(FlowIntervalStartTime) AS t, sum(BytesSrcToDest + BytesDestToSrc) FROM NTANetAnalytics GROUP BY t",
    "SELECT toStartOfHour(time) AS t, sum(bytesToDestination + bytesToSource) FROM flow GROUP BY t",
  ],
  [
    "top talking pairs",
    "SELECT SrcIp, DestIp, sum(BytesSrcToDest) AS b FROM NTANetAnalytics GROUP BY SrcIp, DestIp ORDER BY b DESC LIMIT 10",
    "SELECT source, destination, sum(bytesToDestination) AS b FROM flow GROUP BY source, destination ORDER BY b DESC LIMIT 10",
  ],
  [
    "flows by rule",
    "SELECT AclRule, sum(AllowedOutFlows) FROM NTANetAnalytics GROUP BY AclRule",
    "SELECT rule, countIf(state = 0) FROM flow GROUP BY rule",
  ],
  [
    "flows by rule, board table",
    "SELECT simpleJSONExtractString(origin, 'rule') AS rule, sum(begun) FROM flow_60m GROUP BY rule",
    "SELECT rule, countIf(state = 0) FROM flow GROUP BY rule",
  ],
];

async function time(engine: FlowEngine, sql: string): Promise<number> {
  let best = Infinity;
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = performance.now();
    await engine.rows({ sql });
    best = Math.min(best, performance.now() - before);
  }
  return best;
}

const directory = await mkdtemp(join(tmpdir(), "nightcap-bench-"));
const engine = await openFlowEngine(flowStoreSettings.parse({ directory }));
try {
  const writer = createNativeWriter();
  await measure("encode alone", (batch) =>
    encodeFlows(writer, batch, null, { intervalMinutes: 60 }),
  );
  await measure("insert with roll-ups", (batch, number) =>
    insertFlows(engine, batch, null, { token: `with ${number}` }),
  );
  await printSizes(engine);
  for (const [name, view, raw] of questions) {
    const [viewTime, rawTime] = [await time(engine, view), await time(engine, raw)];
    print(name, `${viewTime.toFixed(0)} ms, raw table ${rawTime.toFixed(0)} ms`);
  }
  for (const table of rollUps) await engine.command({ sql: `DROP VIEW ${table}_rows` });
  await measure("insert without roll-ups", (batch, number) =>
    insertFlows(engine, batch, null, { token: `without ${number}` }),
  );
} finally {
  await engine.stop();
  await engine.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
