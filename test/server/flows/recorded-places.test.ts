// Rows that came from hosts by the journal, and the blobs that the same records were written to: each flow counts once.
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { flowLogBlobPath, flowLogPathName } from "../../../src/flowlog/blob-path.ts";
import { importSource } from "../../../src/flowsource/import-source.ts";
import { openFlowSource } from "../../../src/flowsource/open-source.ts";
import { startWindowParser } from "../../../src/flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../../../src/flowstore/ledger/chunk-ledger.ts";
import type { FlowEngine } from "../../../src/flowstore/engine.ts";
import { insertFlows } from "../../../src/flowstore/insert-flows.ts";
import type { JournalBatch, JournalConsumer } from "../../../src/server/flows/journal/consumer.ts";
import { writeEntry } from "../../../src/server/flows/journal-entry.ts";
import { createProgress } from "../../../src/server/flows/progress.ts";
import { startRowWriter } from "../../../src/server/flows/row-writer.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { createClassifier } from "../../../src/traffic/classify/classifier.ts";
import { openSomeEngine } from "../../flowstore/some-engine.ts";
import { trafficDataOf } from "../../traffic/traffic-fixtures.ts";

const group = "/subscriptions/0b1c2d3e-0000-4000-8000-00000000000b/resourceGroups/NetworkWatcherRG";
const logId = `${group}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local/flowLogs/log`;
const time = Date.parse("2026-11-21T12:34:56Z");
const [recorded, other] = ["020000000001", "020000000002"];

let directory: string;
let state: State;
let engine: FlowEngine;
let remove: () => Promise<void>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-recorded-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  ({ engine, remove } = await openSomeEngine());
  const flowAnalyticsConfiguration = {
    networkWatcherFlowAnalyticsConfiguration: { enabled: true, trafficAnalyticsInterval: 10 },
  };
  const retentionPolicy = { enabled: false, days: 0 };
  await state.resources.put({
    id: logId,
    type: "Microsoft.Network/networkWatchers/flowLogs",
    body: { properties: { storageId: "/none", retentionPolicy, flowAnalyticsConfiguration } },
  });
});

afterAll(async () => {
  await remove();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

/** One record of a begun flow to a port of its own. */
function recordOf(macAddress: string, port: number): string {
  const flowTuples = [`${time},10.0.0.4,1.1.1.1,40000,${port},6,O,B,NX,0,0,0,0`];
  return JSON.stringify({
    time: new Date(time).toISOString(),
    flowLogVersion: 4,
    flowLogGUID: "0b1c2d3e-0000-4000-8000-00000000000c",
    macAddress,
    category: "FlowLogFlowEvent",
    flowLogResourceID: logId.toUpperCase(),
    targetResourceID: `${group}/providers/Microsoft.Network/virtualNetworks/net`,
    operationName: "FlowLogFlowEvent",
    flowRecords: { flows: [{ aclID: "acl", flowGroups: [{ rule: "AllowWeb", flowTuples }] }] },
  });
}

/** Brings a record into the table as one run of the control plane does. */
async function record(token: string, macAddress: string, text: string): Promise<void> {
  const records = [{ flowLogId: logId, macAddress, time, text }];
  const bytes = writeEntry({ hostId: "h", stream: "s", sequence: 1, receivedAt: 0, records });
  const place = { segment: 1, offset: 0 };
  const batch = { token, entries: [{ offset: 0, end: 1, bytes }], from: place, end: place };
  const left: JournalBatch[] = [batch];
  const consumer: JournalConsumer = {
    at: place,
    next: async () => left[0] ?? null,
    done: async () => void left.shift(),
    skipTo: async () => {},
    passEnd: async () => {},
  };
  const classify = createClassifier(trafficDataOf());
  const writer = startRowWriter({
    state,
    consumer,
    engine: { open: async () => engine, close: async () => {} },
    classifier: async () => classify,
    gatherMilliseconds: 1,
    progress: createProgress(),
    onDone: async () => {},
    metrics: createProcessMetrics(),
    clock: systemClock,
    log: silentLog,
  });
  await vi.waitFor(() => expect(left).toEqual([]), { timeout: 10_000, interval: 5 });
  await writer.close();
}

function writeBlob(macAddress: string, ...texts: string[]): string {
  const log = flowLogPathName(logId) ?? "";
  const path = flowLogBlobPath({ kind: "vnet", log, hourMilliseconds: time, macAddress });
  mkdirSync(dirname(join(directory, "blobs", path)), { recursive: true });
  writeFileSync(join(directory, "blobs", path), `{"records":[${texts.join(",")}]}`);
  return path;
}

async function importBlobs(from = join(directory, "blobs")) {
  const parser = startWindowParser();
  try {
    return await importSource(await openFlowSource(from, { variables: {} }), {
      ledger: createChunkLedger(engine),
      insert: (batch, token) => insertFlows(engine, batch, null, { token }),
      parser,
      signal: AbortSignal.timeout(60_000),
    });
  } finally {
    await parser.close();
  }
}

const ports = async (): Promise<unknown[]> =>
  (
    await engine.rows<{ port: number }>({
      sql: "SELECT destinationPort AS port FROM flow ORDER BY port",
    })
  ).map(({ port }) => port);

test("a blob of records that the journal brought into the table is left out, and another is read", async () => {
  await record("1/0-9", recorded, recordOf(recorded, 1));
  const path = writeBlob(recorded, recordOf(recorded, 1));
  writeBlob(other, recordOf(other, 2));
  expect(await importBlobs()).toMatchObject({ blobs: 2, inserted: 1, recorded: [path] });
  expect(await ports()).toEqual([1, 2]);
  // It grows, the journal's rows with it.
  await record("1/9-18", recorded, recordOf(recorded, 3));
  writeBlob(recorded, recordOf(recorded, 1), recordOf(recorded, 3));
  expect(await importBlobs()).toMatchObject({ inserted: 0, unchanged: 1, recorded: [path] });
  // Named by its own folder, the blob is the same one.
  const folder = dirname(join(directory, "blobs", path));
  expect(await importBlobs(folder)).toMatchObject({ inserted: 0, recorded: ["PT1H.json"] });
  expect(await ports()).toEqual([1, 2, 3]);
});
