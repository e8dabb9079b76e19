// A finished capture is inspected while it is compared with the host's hash, and counts only when both are good.
import { ReportKeys } from "../../../src/server/results/report-file.ts";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../../src/provider/captures/capture-session.ts";
import { keptIndex } from "../../../src/inspection/browse/kept-index.ts";
import { openAccountSecrets } from "../../../src/server/account-secrets.ts";
import { startResultLoop } from "../../../src/server/results/result-loop.ts";
import type { SessionLoop } from "../../../src/server/session-loop.ts";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../../src/server/storage.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { background } from "../../inspection/change/conversations.ts";
import { Traffic } from "../../inspection/change/traffic.ts";
import { capture } from "../../report/sample-report.ts";

let directory: string;
let state: State;
let storage: EmbeddedStorage;
let loop: SessionLoop;

const packets = ((): Uint8Array => {
  const traffic = new Traffic();
  background(traffic, -400_000, 400_000);
  return traffic.pcap();
})();
const headers = {
  contentType: "application/vnd.tcpdump.pcap",
  contentEncoding: null,
  contentLanguage: null,
  contentDisposition: null,
  cacheControl: null,
  contentMd5: null,
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-results-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  storage = await openEmbeddedStorage({
    directory,
    baseUrl: "https://127.0.0.1:8443",
    secrets: await openAccountSecrets(directory, ["a2V5", "a2V5"]),
    remoteAddress: () => null,
    clock: systemClock,
    log: silentLog,
  });
  loop = startResultLoop({
    state,
    store: storage.store,
    addressOf: (path) => storage.addressOf(path),
    directoryOf: (sessionId) => join(directory, "reports", sessionId),
    reportKeys: new ReportKeys(null),
    linkTo: (sessionId) => `https://127.0.0.1:8443/reports/${sessionId}`,
    describeSession: async () => ({ capture, alert: null, createdAt: "2026-11-21T02:00:00.000Z" }),
    changeOf: async () => null,
    groups: { add: async () => [] },
    onResult() {},
    factsOf: async () => null,
    historyOf: async () => null,
    traffic: { settingsPath: join(directory, "traffic.json"), stateDirectory: directory },
    log: silentLog,
  });
});
afterEach(async () => {
  await loop.close();
  await storage.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

/** Stores `content`; the session says that the host made `made`. */
async function add(sessionId: string, content: Uint8Array, made = content): Promise<void> {
  const storagePath = `${storage.blobEndpoint}network-watcher-logs/${sessionId}.cap`;
  const address = storage.addressOf(storagePath);
  if (!address) throw new Error("not in the store");
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield content;
  }
  const body = { bytes: bytes(), sizeBytes: content.length };
  await storage.store.putBlob(address, body, { headers, metadata: {} });
  const sha256 = createHash("sha256").update(made).digest("hex");
  await state.documents<CaptureSession>(captureSessionCollection).put(sessionId, {
    captureId: `/captures/${sessionId}`,
    spec: { sessionId, name: sessionId },
    observed: { phase: "finished", sha256, uploaded: true, filePath: null },
    storagePath,
    result: null,
  } as unknown as CaptureSession);
}

async function resultOf(sessionId: string): Promise<CaptureSession["result"]> {
  loop.wake(sessionId);
  const sessions = state.documents<CaptureSession>(captureSessionCollection);
  return vi.waitFor(async () => {
    const result = (await sessions.get(sessionId))?.body.result ?? null;
    expect(result).not.toBeNull();
    return result;
  }, 15_000);
}

const hasReport = (sessionId: string): boolean =>
  existsSync(join(directory, "reports", sessionId, "report.html"));

test("what the host made has its report, of every packet", async () => {
  expect(packets.length).toBeGreaterThan(3 << 20);
  await add("good", packets);
  expect(await resultOf("good")).toMatchObject({ sha256Verified: true });
  const text = await readFile(join(directory, "reports", "good", "report.json"), "utf8");
  const { file } = JSON.parse(text) as { file: { packets: number; bytesCaptured: number } };
  expect(24 + file.packets * 16 + file.bytesCaptured).toBe(packets.length);
  // Beside it lies where each packet begins, of these bytes and of no others.
  const kept = await readFile(join(directory, "reports", "good", "packets.index"));
  const sha256 = createHash("sha256").update(packets).digest("hex");
  const index = keptIndex(kept, { sizeBytes: packets.length, sha256 });
  expect(index?.packetCount).toBe(file.packets);
  expect(index?.endOffset).toBe(packets.length);
});

test("one other byte at the very end, and there is no report", async () => {
  const other = Uint8Array.from(packets);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  await add("other", other, packets);
  expect(await resultOf("other")).toMatchObject({
    sha256Verified: false,
    reportPath: null,
    problem: expect.stringMatching(/^stored file has SHA-256 [0-9a-f]{64}, the host made /),
  });
  expect(hasReport("other")).toBe(false);
});

test("where the inspection ends before the file does, the rest of it is compared too", async () => {
  const torn = new Uint8Array(packets.length + (4 << 20));
  torn.set(packets);
  torn.fill(0xff, packets.length);
  await add("torn", torn);
  expect(await resultOf("torn")).toMatchObject({ sha256Verified: true });
  expect(hasReport("torn")).toBe(true);
  const other = Uint8Array.from(torn);
  other[other.length - 1] = 0;
  await add("torn-other", other, torn);
  expect(await resultOf("torn-other")).toMatchObject({ sha256Verified: false });
  expect(hasReport("torn-other")).toBe(false);
});

test("what is no capture is compared all the same", async () => {
  await add("text", Buffer.from("no capture at all".repeat(100_000)));
  expect(await resultOf("text")).toMatchObject({
    sha256Verified: true,
    reportPath: null,
    problem: expect.stringMatching(/^not inspected: /),
  });
  expect(hasReport("text")).toBe(false);
});

test("a file that broke off on the disk is said to be so", async () => {
  await add("short", packets);
  const folder = join(directory, "store/containers/network-watcher-logs");
  const names = await readdir(folder, { recursive: true });
  const name = names.find((each) => each.endsWith("-whole")) ?? "";
  await writeFile(join(folder, name), packets.subarray(0, 1_000_000));
  expect(await resultOf("short")).toMatchObject({
    reportPath: null,
    problem: expect.stringMatching(/^not inspected: /),
  });
  expect(hasReport("short")).toBe(false);
});
