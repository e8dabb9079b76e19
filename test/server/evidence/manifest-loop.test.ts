// Finished captures get their manifest: signed once, chained, beside the capture, and checked by the command.
import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { checkManifest } from "../../../src/evidence/check-manifest.ts";
import { type KeyRing, openKeyRing } from "../../../src/evidence/key-ring.ts";
import { manifestHash } from "../../../src/evidence/manifest.ts";
import type { CaptureSession } from "../../../src/provider/captures/capture-session.ts";
import { captureSessionCollection } from "../../../src/provider/captures/capture-session.ts";
import { type AccountSecrets, openAccountSecrets } from "../../../src/server/account-secrets.ts";
import { createManifestChain } from "../../../src/server/evidence/manifest-chain.ts";
import { startManifestLoop } from "../../../src/server/evidence/manifest-loop.ts";
import { createRemoteManifests } from "../../../src/server/evidence/remote-manifests.ts";
import type { SessionLoop } from "../../../src/server/session-loop.ts";
import { type EmbeddedStorage, openEmbeddedStorage } from "../../../src/server/storage.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { runNightcap, runNightcapWith } from "../../cli/run-nightcap.ts";
import {
  account,
  key as storeKey,
  makeCertificate,
  startBlobServer,
} from "../../storage/blob-server.ts";

let directory: string;
let state: State;
let storage: EmbeddedStorage;
let secrets: AccountSecrets;
let keys: KeyRing;
let loop: SessionLoop;
const bytes = randomBytes(200_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const idOf = (number: number): string => `0b1c2d3e-0000-4000-8000-00000000000${number}`;

beforeEach(async () => {
  offset = 0;
  directory = await mkdtemp(join(tmpdir(), "nightcap-manifests-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  secrets = await openAccountSecrets(directory, ["a2V5", "a2V5"]);
  storage = await openEmbeddedStorage({
    directory,
    baseUrl: "https://127.0.0.1:8443",
    secrets,
    remoteAddress: () => null,
    clock: systemClock,
    log: silentLog,
  });
  keys = await openKeyRing(join(directory, "evidence"), systemClock);
  loop = start();
});
afterEach(async () => {
  await loop.close();
  await storage.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const start = (): SessionLoop =>
  startManifestLoop({
    state,
    chain: createManifestChain(state),
    keys,
    store: storage.store,
    addressOf: (path) => storage.addressOf(path),
    remote: createRemoteManifests({
      uploadUrlOf: (url) => storage.makeUploadUrl(url),
      certificateAuthorityPem: certificate.certificatePem,
      clock: later,
      log: silentLog,
    }),
    directoryOf: (sessionId) => join(directory, "reports", sessionId),
    reportKeys: null,
    alertOf: async () => null,
    incidentOf: async () => "incident-1",
    logHead: () => null,
    clock: systemClock,
    log: silentLog,
  });

const certificate = makeCertificate();
let offset = 0;
const later = { ...systemClock, now: () => Date.now() + offset };

async function store(number: number, change: Partial<CaptureSession> = {}): Promise<string> {
  const sessionId = idOf(number);
  const storagePath = `${storage.blobEndpoint}network-watcher-logs/vm/capture_${number}.cap`;
  const address = storage.addressOf(storagePath);
  if (!address) throw new Error("not in the store");
  const body = { bytes: chunk(bytes), sizeBytes: bytes.length };
  const headers = {
    contentType: "application/octet-stream",
    contentEncoding: null,
    contentLanguage: null,
    contentDisposition: null,
    cacheControl: null,
    contentMd5: null,
  };
  await storage.store.putBlob(address, body, { headers, metadata: {} });
  const filePath = join(directory, `capture_${number}.cap`);
  await writeFile(filePath, bytes);
  const session = finished(sessionId, { storagePath, filePath });
  await state.documents<CaptureSession>(captureSessionCollection).put(sessionId, {
    ...session,
    ...change,
  });
  return filePath;
}

async function* chunk(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function finished(
  sessionId: string,
  { storagePath, filePath }: { storagePath: string; filePath: string },
): CaptureSession {
  return {
    captureId: `/captures/${sessionId}`,
    spec: {
      sessionId,
      name: "night",
      interfaces: ["eth0"],
      filters: [],
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 0,
      timeLimitInSeconds: 60,
      filePath,
      uploadUrl: null,
    },
    hostId: "host-1",
    targetId: "/machine",
    desired: "running",
    observed: {
      sessionId,
      revision: 3,
      status: "Stopped",
      stopReason: "TimeExceeded",
      errors: [],
      captureStartTime: "2026-11-21T09:58:02.000Z",
      captureEndTime: "2026-11-21T09:59:02.000Z",
      packets: 10,
      packetsDropped: 0,
      sizeBytes: bytes.length,
      sha256,
      phase: "finished",
      filePath,
      uploaded: true,
    },
    verdict: null,
    storagePath,
    createdBy: { id: "p", name: "responder" },
    createdAt: 0,
    desiredAt: 0,
    commandedAt: null,
    started: true,
    result: { sha256Verified: true, reportPath: null },
  };
}

async function manifestOf(number: number): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    const kept = await createManifestChain(state).of(idOf(number));
    if (kept?.placed)
      return readFile(join(directory, `capture_${number}.cap.manifest.json`), "utf8");
    await systemClock.sleep(10);
  }
  throw new Error("no manifest");
}

test("captures get one manifest each, in a chain, the same in state, store and beside the file", async () => {
  const texts: string[] = [];
  for (const number of [1, 2]) {
    await store(number);
    loop.wake(idOf(number));
    texts.push(await manifestOf(number));
  }
  const checks = texts.map((text) => checkManifest(text, keys.publicKeys()));
  const [first, second] = checks.map((check) => {
    if (check.kind !== "right") throw new Error(check.kind);
    return check.manifest;
  });
  if (!first || !second) throw new Error("two were expected");
  expect([first.sequence, second.sequence]).toEqual([1, 2]);
  expect([first.previousSha256, first.incidentId]).toEqual([null, "incident-1"]);
  expect(second.previousSha256).toBe(manifestHash(first));
  expect(first.files).toMatchObject([{ name: "capture_1.cap", role: "capture", sha256 }]);
  expect(first.files[0]?.blocks).toHaveLength(4);
  const blob = storage.addressOf(
    `${storage.blobEndpoint}network-watcher-logs/vm/capture_1.cap.manifest.json`,
  );
  if (!blob) throw new Error("not in the store");
  expect(await new Response((await storage.store.read(blob)).stream).text()).toBe(texts[0]);
  loop.wake(idOf(1));
  await loop.close();
  loop = start();
  expect(await manifestOf(1)).toBe(texts[0]);
  expect(await createManifestChain(state).list(0, 10)).toHaveLength(2);
});

test("what a crash left without a manifest gets one at the next start; what has no result waits", async () => {
  await loop.close();
  await store(1);
  await store(2, { result: null });
  loop = start();
  await manifestOf(1);
  expect(await createManifestChain(state).of(idOf(2))).toBeNull();
});

test("a path that the host names is written beside only where the capture lies", async () => {
  const path = await store(1);
  await writeFile(path, "something else of this host");
  loop.wake(idOf(1));
  await expect(manifestOf(1)).rejects.toThrow("ENOENT");
});

test("nightcap verify says of the file what it is, with its exit code, by the public key alone", async () => {
  const path = await store(1);
  loop.wake(idOf(1));
  await manifestOf(1);
  const key = join(directory, "public.json");
  await writeFile(key, JSON.stringify({ keys: keys.publicKeys() }));
  const right = await runNightcap("verify", path, "--key", key);
  expect([right.code, right.stderr]).toEqual([0, ""]);
  expect(right.stdout).toContain("capture_1.cap  right");
  const changed = Buffer.from(bytes);
  changed[70_000] = (changed[70_000] ?? 0) ^ 1;
  await writeFile(path, changed);
  const altered = await runNightcap("verify", path, "--key", key, "--json");
  expect(altered.code).toBe(3);
  expect(JSON.parse(altered.stdout)).toMatchObject({
    exitCode: 3,
    files: [{ verdict: { kind: "altered", ranges: [{ start: 65_536, end: 131_072 }] } }],
  });
  await rm(path);
  expect((await runNightcap("verify", path, "--key", key)).code).toBe(4);
  await appendFile(`${path}.manifest.json`, " ");
  expect((await runNightcap("verify", path, "--key", key)).code).toBe(5);
});

test("a capture in another storage account gets its manifest beside it, again until the account takes it", async () => {
  let answers = false;
  let tries = 0;
  const remote = await startBlobServer({
    directory: join(directory, "remote"),
    certificate,
    onRequest: async () => {
      tries++;
      return answers ? null : new Response(null, { status: 403 });
    },
  });
  await remote.store.createContainer("network-watcher-logs");
  const blobEndpoint = `${remote.origin}/${account}/`;
  const credential = { kind: "keys", keys: [storeKey] } as const;
  await secrets.registered.put({ id: "/accounts/x", name: account, blobEndpoint, credential });
  const storagePath = `${blobEndpoint}network-watcher-logs/vm/capture_1.cap`;
  await store(1, { storagePath });
  const chain = createManifestChain(state);
  try {
    loop.wake(idOf(1));
    await expect.poll(() => tries, { timeout: 20_000 }).toBe(1);
    // Signed at once; another capture is not kept waiting, and the account is left alone for a time.
    await expect.poll(async () => (await chain.of(idOf(1)))?.placed).toBe(false);
    await store(2);
    for (const number of [1, 2]) loop.wake(idOf(number));
    await manifestOf(2);
    expect([tries, (await chain.of(idOf(1)))?.placed]).toEqual([1, false]);
    [answers, offset] = [true, 600_000];
    loop.wake(idOf(1));
    const text = await manifestOf(1);
    const blob = { container: "network-watcher-logs", blob: "vm/capture_1.cap.manifest.json" };
    expect(await new Response((await remote.store.read(blob)).stream).text()).toBe(text);
    await verifyRemote(remote.store, storagePath);
  } finally {
    await remote.close();
  }
});

/** By its URL, with a signature that opens the container. */
async function verifyRemote(remote: EmbeddedStorage["store"], storagePath: string): Promise<void> {
  const headers = {
    contentType: "application/octet-stream",
    contentEncoding: null,
    contentLanguage: null,
    contentDisposition: null,
    cacheControl: null,
    contentMd5: null,
  };
  const address = { container: "network-watcher-logs", blob: "vm/capture_1.cap" };
  const put = (content: Uint8Array): Promise<unknown> =>
    remote.putBlob(
      address,
      { bytes: chunk(content), sizeBytes: content.length },
      { headers, metadata: {} },
    );
  const [certificateFile, keyFile] = [join(directory, "ca.pem"), join(directory, "public.json")];
  await writeFile(certificateFile, certificate.certificatePem);
  await writeFile(keyFile, JSON.stringify({ keys: keys.publicKeys() }));
  const signature = generateBlobSASQueryParameters(
    {
      containerName: address.container,
      permissions: ContainerSASPermissions.parse("r"),
      expiresOn: new Date(Date.now() + 600_000),
    },
    new StorageSharedKeyCredential(account, storeKey),
  );
  const url = `${storagePath}?${signature.toString()}`;
  const verify = (...args: string[]) =>
    runNightcapWith({ NODE_EXTRA_CA_CERTS: certificateFile }, "verify", ...args, "--key", keyFile);
  await put(bytes);
  const right = await verify(url);
  expect([right.code, right.stderr]).toEqual([0, ""]);
  expect(right.stdout).toContain("capture_1.cap  right");
  const changed = Uint8Array.from(bytes);
  changed[70_000] = (changed[70_000] ?? 0) ^ 1;
  await put(changed);
  expect((await verify(url)).code).toBe(3);
  const other = await verify(url.replace("capture_1.cap", "capture_9.cap"));
  expect([other.code, other.stderr.includes(encodeURIComponent(signature.signature))]).toEqual([
    1,
    false,
  ]);
  expect((await verify("http://127.0.0.1/a.cap")).stderr).toContain("https is needed");
}
