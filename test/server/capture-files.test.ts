// Where hosts upload the files of continuous captures: who may ask, and what becomes of overwritten ones.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import type { CaptureSession } from "../../src/provider/captures/capture-session.ts";
import { sessionStore } from "../../src/provider/captures/session-store.ts";
import { type CaptureFiles, createCaptureFiles } from "../../src/server/capture-files.ts";
import { openAccountSecrets } from "../../src/server/account-secrets.ts";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../src/server/storage.ts";
import { openState, type State } from "../../src/state/state.ts";

const sessionId = "0b1c2d3e-0000-4000-8000-000000000001";
const otherId = "0b1c2d3e-0000-4000-8000-000000000002";
const name = "00001_20261121093000";
const baseUrl = "https://127.0.0.1:8443";

let directory: string;
let state: State;
let storage: EmbeddedStorage;
let files: CaptureFiles;
let storagePath: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-files-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  storage = await openEmbeddedStorage({
    directory,
    baseUrl,
    secrets: await openAccountSecrets(directory, ["a2V5", "a2V5"]),
    remoteAddress: () => null,
    clock: systemClock,
    log: silentLog,
  });
  storagePath = `${storage.blobEndpoint}network-watcher-logs/a/packetcapture_1.cap`;
  files = createCaptureFiles({ state, storage });
  await sessionStore(state).add([session(sessionId, true)]);
  await sessionStore(state).add([session(otherId, false)]);
});

afterEach(async () => {
  await storage.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

function session(id: string, uploads: boolean): CaptureSession {
  return {
    captureId: `/captures/${id}`,
    spec: {
      sessionId: id,
      name: "ring",
      interfaces: [],
      filters: [],
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 0,
      timeLimitInSeconds: 60,
      filePath: null,
      uploadUrl: null,
      ring: { overwrites: true, fileCount: 2, fileSizeInBytes: 1_000, uploads },
    },
    hostId: "host-1",
    targetId: "/machine",
    desired: "running",
    observed: null,
    verdict: null,
    storagePath,
    createdBy: { id: "x", name: "x" },
    createdAt: 0,
    desiredAt: 0,
    commandedAt: null,
    started: true,
    result: null,
  };
}

const ask = async (body: unknown, hostId: string | null = "host-1") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(`${baseUrl}/agent/captureFiles`, { method: "POST", body: text });
  const answer = await files(hostId)(request);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test("a host is given a token for the one blob of its file", async () => {
  const { status, body } = await ask({ sessionId, name, overwritten: [] });
  expect(status).toBe(200);
  const url = new URL(String(body["uploadUrl"]));
  expect(url.origin + url.pathname).toBe(storagePath.replace(/\.cap$/, `_${name}.cap`));
  expect(url.searchParams.get("sr")).toBe("b");
  expect(url.searchParams.get("sp")).toBe("rcw");
});

test("what lies beside a capture has the capture's name and an extension", async () => {
  const { status, body } = await ask({ sessionId, name: "coverage", overwritten: [] });
  expect(status).toBe(200);
  const url = new URL(String(body["uploadUrl"]));
  expect(url.origin + url.pathname).toBe(`${storagePath}.coverage.json`);
  expect(await ask({ sessionId, name: "owners", overwritten: [] }, "host-2")).toMatchObject({
    status: 404,
  });
});

test("blobs of overwritten files are deleted, also when asked twice, and no others", async () => {
  const address = storage.addressOf(storagePath.replace(/\.cap$/, `_${name}.cap`));
  if (!address) throw new Error("an address expected");
  const kept = { ...address, blob: address.blob.replace("00001", "00002") };
  const write = { headers: headers(), metadata: {} };
  for (const each of [address, kept]) await storage.store.putBlob(each, content(), write);
  const request = { sessionId, name: null, overwritten: [name] };
  for (let round = 0; round < 2; round++) {
    expect(await ask(request)).toEqual({ status: 200, body: { uploadUrl: null } });
  }
  await expect(storage.store.blob(address)).rejects.toMatchObject({ code: "BlobNotFound" });
  expect(await storage.store.blob(kept)).toMatchObject({ sizeBytes: 3 });
});

test("the blob of an overwritten file stays when it is held, and the ring goes on", async () => {
  const address = storage.addressOf(storagePath.replace(/\.cap$/, `_${name}.cap`));
  if (!address) throw new Error("an address expected");
  await storage.store.putBlob(address, content(), { headers: headers(), metadata: {} });
  await storage.store.setLegalHold(address, true);
  const request = { sessionId, name, overwritten: [name] };
  expect((await ask(request)).status).toBe(200);
  expect(await storage.store.blob(address)).toMatchObject({ sizeBytes: 3, legalHold: true });
  await storage.store.setLegalHold(address, false);
  expect((await ask(request)).status).toBe(200);
  await expect(storage.store.blob(address)).rejects.toMatchObject({ code: "BlobNotFound" });
});

test.each([
  ["no certificate", { sessionId, name, overwritten: [] }, null],
  ["another host", { sessionId, name, overwritten: [] }, "host-2"],
  ["a session that does not upload", { sessionId: otherId, name, overwritten: [] }, "host-1"],
  [
    "an unknown session",
    { sessionId: sessionId.replace(/1$/, "9"), name, overwritten: [] },
    "host-1",
  ],
])("%s is told that there is no such session", async (_who, body, hostId) => {
  expect(await ask(body, hostId)).toMatchObject({
    status: 404,
    body: { error: { code: "CaptureNotFound" } },
  });
});

test.each([
  ["a path in a name", { sessionId, name: "../../other", overwritten: [] }],
  ["a path to delete", { sessionId, name: null, overwritten: ["00001_20261121093000/../x"] }],
  ["too many", { sessionId, name: null, overwritten: Array.from({ length: 101 }, () => name) }],
  ["no JSON", "{"],
  ["too long", " ".repeat(20_000)],
])("refuses %s", async (_what, body) => {
  expect(await ask(body)).toMatchObject({
    status: 400,
    body: { error: { code: "InvalidRequest" } },
  });
});

const headers = () => ({
  contentType: "application/octet-stream",
  contentEncoding: null,
  contentLanguage: null,
  contentDisposition: null,
  cacheControl: null,
  contentMd5: null,
});

const content = () => ({
  sizeBytes: 3,
  bytes: (async function* () {
    yield Buffer.from("abc");
  })(),
});
