// Blobs of flow logs in a real store over https: Azure's layout, each block once, and old ones deleted.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { startBlobWriter } from "../../../src/server/flows/blob-writer.ts";
import type { JournalBatch, JournalConsumer } from "../../../src/server/flows/journal/consumer.ts";
import { writeEntry } from "../../../src/server/flows/journal-entry.ts";
import { createProgress } from "../../../src/server/flows/progress.ts";
import { startRetention } from "../../../src/server/flows/retention.ts";
import { makeUploadUrl } from "../../../src/server/upload-links.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { account, key, makeCertificate, startBlobServer } from "../../storage/blob-server.ts";

const subscription = "/subscriptions/0b1c2d3e-0000-4000-8000-00000000000b";
const logId = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local/flowLogs/log`;
const accountId = `${subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/store`;
const container = "insights-logs-flowlogflowevent";
const folder =
  "flowLogResourceID=/0B1C2D3E-0000-4000-8000-00000000000B_NETWORKWATCHERRG/NETWORKWATCHER_LOCAL_LOG";
const time = Date.parse("2026-11-21T12:34:56Z");
const name = `${folder}/y=2026/m=11/d=21/h=12/m=00/macAddress=020000000001/PT1H.json`;
const certificate = makeCertificate();

let directory: string;
let state: State;
let server: Awaited<ReturnType<typeof startBlobServer>>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-blobs-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  server = await startBlobServer({ directory: join(directory, "store"), certificate });
  const type = "Microsoft.Storage/storageAccounts";
  const properties = { primaryEndpoints: { blob: endpoint() } };
  await state.resources.put({ id: accountId, type, body: { properties } });
  await putLog(0);
});

afterEach(async () => {
  await server.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const endpoint = (): string => `${server.origin}/${account}/`;
const putLog = (days: number) =>
  state.resources.put({
    id: logId,
    type: "Microsoft.Network/networkWatchers/flowLogs",
    body: {
      properties: { storageId: accountId, retentionPolicy: { enabled: true, days }, enabled: true },
    },
  });
const credential = { kind: "keys", keys: [key] } as const;
const storage = {
  makeUploadUrl: (path: string) =>
    makeUploadUrl(path, [{ name: account, blobEndpoint: endpoint(), credential }], Date.now()),
  accountAt: (blobEndpoint: string) =>
    blobEndpoint === endpoint()
      ? { name: account, blobEndpoint, credential, isEmbedded: true }
      : null,
};
const batch = (token: string, ...texts: string[]): JournalBatch => {
  const records = texts.map((text) => ({
    flowLogId: logId,
    macAddress: "020000000001",
    time,
    text,
  }));
  const bytes = writeEntry({ hostId: "h", stream: "s", sequence: 1, receivedAt: 0, records });
  const place = { segment: 1, offset: 0 };
  return { token, entries: [{ offset: 0, end: 1, bytes }], from: place, end: place };
};

/** Writes batches as one run of the control plane does; resolves when all are done. */
async function write(...batches: JournalBatch[]): Promise<void> {
  const left = [...batches];
  let done = 0;
  const consumer: JournalConsumer = {
    at: { segment: 1, offset: 0 },
    next: async () => left[0] ?? null,
    done: async () => void (left.shift(), done++),
    skipTo: async () => {},
    passEnd: async () => {},
  };
  const writer = startBlobWriter({
    state,
    consumer,
    storage,
    certificateAuthorityPem: certificate.certificatePem,
    intervalSeconds: 60,
    progress: createProgress(),
    metrics: createProcessMetrics(),
    onDone: async () => {},
    clock: systemClock,
    log: silentLog,
  });
  await vi.waitFor(() => expect(done).toBe(batches.length), { timeout: 10_000, interval: 5 });
  await writer.close();
}

const read = async (): Promise<string> =>
  new Response((await server.store.read({ container, blob: name })).stream).text();
const sizes = async (): Promise<number[]> =>
  (await server.store.blockList({ container, blob: name })).committed.map((each) => each.sizeBytes);

test("entries are put before the closing block, each once, over restarts too", async () => {
  await write(batch("1/0-10", '{"a":1}', '{"b":2}'));
  expect([await read(), await sizes()]).toEqual(['{"records":[{"a":1},{"b":2}]}', [12, 15, 2]]);
  await write(batch("1/0-10", '{"a":1}', '{"b":2}'), batch("1/10-20", '{"ä":3}'));
  expect([await read(), await sizes()]).toEqual([
    '{"records":[{"a":1},{"b":2},{"ä":3}]}',
    [12, 15, 9, 2],
  ]);
  // Killed between the staging of a block and its commit: nothing of it is to be seen, and it is written again.
  const bytes = Buffer.from("torn");
  const body = {
    bytes: (async function* () {
      yield bytes;
    })(),
    sizeBytes: bytes.length,
  };
  await server.store.stageBlock(
    { container, blob: name },
    Buffer.alloc(24).toString("base64"),
    body,
  );
  await write(batch("1/20-30", '{"d":4}'), batch("1/0-10", '{"a":1}', '{"b":2}'));
  expect(JSON.parse(await read())).toEqual({ records: [{ a: 1 }, { b: 2 }, { ä: 3 }, { d: 4 }] });
});

test("records of a flow log that is gone are left out, and what is after them is written", async () => {
  const gone = batch("1/0-10", '{"a":1}');
  await state.resources.delete(logId);
  await write(gone);
  await putLog(0);
  await write(batch("1/10-20", '{"b":2}'));
  expect(JSON.parse(await read())).toEqual({ records: [{ b: 2 }] });
});

test("blobs older than the retention days go, and only those of this flow log; one that is held stays", async () => {
  await write(batch("1/0-10", '{"a":1}'));
  const held = name.replace("/d=21/", "/d=19/");
  const others = [
    name.replace("/h=12/", "/h=13/"),
    name.replace("_LOG/", "_LOG2/"),
    name.replace("/d=21/", "/d=20/"),
    held,
  ];
  const headers = {
    contentType: "application/json",
    contentEncoding: null,
    contentLanguage: null,
    contentDisposition: null,
    cacheControl: null,
    contentMd5: null,
  };
  for (const blob of others) {
    const body = { bytes: (async function* () {})(), sizeBytes: 0 };
    await server.store.putBlob({ container, blob }, body, { headers, metadata: {} });
  }
  await server.store.setLegalHold({ container, blob: held }, true);
  const left = async (): Promise<string[]> =>
    (await server.store.listBlobs(container, {})).blobs.map((blob) => blob.name);
  const all = [name, ...others].toSorted();
  const run = async (days: number, until: string[]): Promise<void> => {
    await putLog(days);
    const now = Date.parse("2026-11-28T13:00:00Z");
    const retention = startRetention({
      state,
      subscription,
      storage,
      certificateAuthorityPem: certificate.certificatePem,
      intervalSeconds: 3_600,
      clock: { ...systemClock, now: () => now },
      log: silentLog,
    });
    await vi.waitFor(async () => expect(await left()).toEqual(until), { timeout: 5_000 });
    await retention.close();
    expect(await left()).toEqual(until);
  };
  await run(0, all);
  await run(8, all);
  await run(
    7,
    all.filter((each) => each.includes("_LOG2/") || each.includes("/h=13/") || each === held),
  );
});
