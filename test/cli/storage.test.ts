// `nightcap storage`: a control plane that was started in plain text is encrypted, and gets a new key.
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BlockBlobClient,
  BlobServiceClient,
  newPipeline,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { type ControlPlane, startControlPlane } from "../../src/server/control-plane.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState } from "../../src/state/state.ts";
import { createKeyFile, readKeyFile } from "../../src/storage/vault/key-file.ts";
import { freePort } from "../e2e/free-port.ts";
import { filesOf } from "../storage/vault/store-parts.ts";
import { runNightcap } from "./run-nightcap.ts";

const content = "the packets that nobody may read on the disk";
let directory: string;
let state: string;
let keyFile: string;
let port: number;
let plane: ControlPlane | null = null;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-storage-"));
  state = join(directory, "state");
  keyFile = join(directory, "key");
  port = await freePort();
  await mkdir(state, { mode: 0o700 });
});
afterAll(async () => {
  await plane?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Ends the control plane and starts it again, with this key file. */
async function restart(key: string | null): Promise<void> {
  await plane?.close();
  plane = null;
  const storage = { encryption: { keyFile: key } };
  const settings = serverSettings.parse({ directory: state, port, storage });
  plane = await startControlPlane({ settings, clock: systemClock, log: silentLog });
}

const storage = (...args: string[]) => runNightcap("storage", ...args, "--state", state);

async function blob(name: string): Promise<BlockBlobClient> {
  const installation = JSON.parse(await readFile(join(state, "installation.json"), "utf8"));
  const { storageKeys } = installation as { storageKeys: [string] };
  const credential = new StorageSharedKeyCredential("nightcapstore", storageKeys[0]);
  const ca = await readFile(join(state, "pki", "ca.pem"), "utf8");
  const options = { tlsOptions: { ca }, retryOptions: { maxTries: 1 } };
  const url = `https://127.0.0.1:${port}/nightcapstore`;
  const service = new BlobServiceClient(url, newPipeline(credential, options));
  return service.getContainerClient("network-watcher-logs").getBlockBlobClient(name);
}

async function plainFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesOf(join(state, "store"))) {
    if ((await readFile(path)).includes("packets that nobody")) found.push(path);
  }
  return found;
}

test("a plain store is encrypted by a command, gets a new key by another, and is read all along", async () => {
  await restart(null);
  const refused = await storage("encrypt");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/is not encrypted/)]);
  const put = await (await blob("first.cap")).upload(content, content.length);
  expect(put.isServerEncrypted).toBe(false);
  expect((await plainFiles()).length).toBe(1);

  const made = await runNightcap("storage", "create-key", keyFile, "--json");
  const { keyId } = JSON.parse(made.stdout) as { keyId: string };
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  await restart(keyFile);
  expect((await storage("encryption")).stdout).toBe(
    `on: AES-256-GCM, key ${keyId}\n0 blobs are encrypted\n1 blobs with ${content.length} bytes are in plain text: nightcap storage encrypt\n`,
  );
  expect((await (await blob("first.cap")).downloadToBuffer()).toString()).toBe(content);
  const second = await (await blob("second.cap")).upload(content, content.length);
  expect(second.isServerEncrypted).toBe(true);
  expect(JSON.parse((await storage("encrypt", "--json")).stdout)).toMatchObject({
    encrypted: true,
    encryptedBlobs: 2,
    plainBlobs: 0,
    sealedOnly: true,
  });
  expect(await plainFiles()).toEqual([]);

  const rotated = await storage("rotate-key");
  expect(rotated.stdout).toMatch(
    /^on: AES-256-GCM, key [0-9a-f]{16}\n2 blobs are encrypted\nnone is in plain text\n$/,
  );
  expect(rotated.stdout).not.toContain(keyId);
  expect((await readKeyFile(keyFile)).length).toBe(1);
  for (const name of ["first.cap", "second.cap"]) {
    expect((await (await blob(name)).downloadToBuffer()).toString()).toBe(content);
    expect((await (await blob(name)).getProperties()).isServerEncrypted).toBe(true);
  }
  const records = await openState({ kind: "sqlite", path: join(state, "nightcap.db") });
  const audit = JSON.stringify(await records.documents("audit").list({}));
  await records.close();
  expect(audit).toMatch(/the store's key [0-9a-f]{16} is replaced by [0-9a-f]{16}/);
}, 60_000);

test("the control plane does not start without the key, with another, or with one that others may read", async () => {
  await expect(restart(null)).rejects.toThrow(/name its key file/);
  const other = join(directory, "other");
  await createKeyFile(other);
  await expect(restart(other)).rejects.toThrow(/another key/);
  await expect(restart(join(directory, "none"))).rejects.toThrow(/cannot read the key file/);
  await restart(keyFile);
  expect((await (await blob("first.cap")).downloadToBuffer()).toString()).toBe(content);
});
