// A plain store is encrypted, and an encrypted one gets a new key, while it is used and though it is killed.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BlobStore, openBlobStore } from "../../../src/storage/blob-store.ts";
import { createKeyFile, readKeyFile, writeKeyFile } from "../../../src/storage/vault/key-file.ts";
import { KeyRing } from "../../../src/storage/vault/key-ring.ts";
import { body, filesOf, id, write } from "./store-parts.ts";

const script = fileURLToPath(new URL("./encryption-process.ts", import.meta.url));
const signal = new AbortController().signal;
const killCount = 2;
let directory: string;
let keyFile: string;
/** What each blob must read as. */
let contents: Map<string, Buffer>;

const at = (blob: string) => ({ container: "captures", blob });
const storePath = (): string => join(directory, "store");
const open = (keys: KeyRing | null): Promise<BlobStore> =>
  openBlobStore({ kind: "directory", directory: storePath(), freeBytesMin: 0, keys });
const ring = async (): Promise<KeyRing> => new KeyRing(await readKeyFile(keyFile));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-convert-"));
  keyFile = join(directory, "key");
  await createKeyFile(keyFile);
  await mkdir(storePath());
  contents = new Map();
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Blobs of all kinds. */
async function fill(store: BlobStore, count: number): Promise<void> {
  await store.createContainer("captures");
  for (let index = 0; index < count; index++) {
    const [one, two] = [randomBytes(90_000), randomBytes(5_000 + index)];
    await store.putBlob(at(`put ${index}`), body(one), write);
    contents.set(`put ${index}`, one);
    await store.stageBlock(at(`blocks ${index}`), id("1"), body(one));
    await store.stageBlock(at(`blocks ${index}`), id("2"), body(two));
    const list = ["2", "1", "2"].map((name) => ({ id: id(name), from: "Latest" }) as const);
    await store.commitBlocks(at(`blocks ${index}`), list, write);
    contents.set(`blocks ${index}`, Buffer.concat([two, one, two]));
    await store.createAppendBlob(at(`log ${index}`), write);
    await store.appendBlock(at(`log ${index}`), body(two), {});
    await store.appendBlock(at(`log ${index}`), body(one), {});
    contents.set(`log ${index}`, Buffer.concat([two, one]));
    await store.stageBlock(at(`staged ${index}`), id("a"), body(two));
    await store.copyBlob(at(`blocks ${index}`), at(`copy ${index}`), { id: "c", source: "s" });
    contents.set(`copy ${index}`, Buffer.concat([two, one, two]));
  }
}

async function checkAll(store: BlobStore): Promise<void> {
  for (const [blob, content] of contents) {
    const found = await buffer((await store.read(at(blob))).stream);
    expect([blob, found.equals(content)]).toEqual([blob, true]);
    expect((await store.verify(at(blob))).intact).toBe(true);
  }
  expect(await readdir(join(storePath(), "damaged"))).toEqual([]);
}

/** Runs the script; kills it so long after it has begun, or lets it end when null. */
async function run(mode: "seal" | "rewrap", killMilliseconds: number | null): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [script, mode, storePath(), keyFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  if (!child.stdout) throw new Error("the child has no output");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  expect(line).toBe("open");
  if (killMilliseconds !== null) {
    await wait(killMilliseconds);
    child.kill("SIGKILL");
  }
  const [code] = (await ended) as [number | null];
  if (killMilliseconds === null) expect(code).toBe(0);
}

test("kill -9 while a store is encrypted, and while it gets a new key, loses nothing", async () => {
  const plain = await open(null);
  await fill(plain, 8);
  const before = new Map(
    (await plain.listBlobs("captures", {})).blobs.map((blob) => [blob.name, blob]),
  );
  await plain.close();
  const mixtures: number[] = [];
  for (let kill = 0; kill < killCount; kill++) {
    await run("seal", 40 + kill * 60);
    const store = await open(await ring());
    await checkAll(store);
    const { encryptedBlobs = 0, plainBlobs = 0 } = store.encryption?.status() ?? {};
    if (encryptedBlobs > 0 && plainBlobs > 0) mixtures.push(plainBlobs);
    await store.close();
  }
  expect(mixtures.length).toBeGreaterThan(0); // or it was never killed in the middle
  await run("seal", null);
  const store = await open(await ring());
  await checkAll(store);
  expect(store.encryption?.status()).toMatchObject({
    plainBlobs: 0,
    plainBytes: 0,
    sealedOnly: true,
  });
  for (const { name, isEncrypted, ...blob } of (await store.listBlobs("captures", {})).blobs) {
    expect([name, isEncrypted]).toEqual([name, true]);
    const { isEncrypted: _was, ...same } = before.get(name) ?? {};
    expect({ name, ...blob }).toEqual(same);
  }
  await store.close();
  const files = await filesOf(storePath());
  expect(files.filter((path) => /-(whole|copy\d+|[0-9a-f]+)$/.test(path))).toEqual([]);

  const [old] = await readKeyFile(keyFile);
  const newer = randomBytes(32);
  await writeKeyFile(keyFile, [newer, old ?? newer]);
  const data = await dataOf(files);
  for (let kill = 0; kill < killCount; kill++) {
    await run("rewrap", 10 + kill * 40);
    const both = await open(await ring());
    await checkAll(both);
    await both.close();
  }
  await run("rewrap", null);
  const withNew = await open(new KeyRing([newer]));
  await checkAll(withNew);
  await withNew.close();
  await expect(open(new KeyRing([old ?? newer]))).rejects.toThrow("another key");
  expect(await dataOf(files)).toEqual(data); // nothing but heads was written
}, 60_000);

/** What is behind the heads of sealed files, of files that grow too. */
async function dataOf(paths: readonly string[]): Promise<Map<string, string>> {
  const { createHash } = await import("node:crypto");
  const found = new Map<string, string>();
  for (const path of paths.filter((each) => /\d-.*\.sealed$/.test(each))) {
    const bytes = (await readFile(path)).subarray(1_024);
    found.set(path, createHash("sha256").update(bytes).digest("hex"));
  }
  return found;
}

test("a store is used while it is encrypted and while it gets a new key", async () => {
  const plain = await open(null);
  await fill(plain, 3);
  await plain.close();
  const keys = await ring();
  const store = await open(keys);
  expect(store.encryption?.status()).toMatchObject({ encryptedBlobs: 0, plainBlobs: 15 });
  // A reader that began before goes on, though its files go.
  const reader = (await store.read(at("blocks 0"))).stream.getReader();
  const first = await reader.read();
  await store.appendBlock(at("log 0"), body("more"), {}); // encrypts this one first
  expect(store.encryption?.status()).toMatchObject({ encryptedBlobs: 1, plainBlobs: 14 });
  contents.set(
    "log 0",
    Buffer.concat([contents.get("log 0") ?? Buffer.alloc(0), Buffer.from("more")]),
  );
  await store.copyBlob(at("put 1"), at("copy of plain"), { id: "c", source: "s" });
  contents.set("copy of plain", contents.get("put 1") ?? Buffer.alloc(0));
  expect((await store.blob(at("copy of plain"))).isEncrypted).toBe(true);
  await store.encryption?.requestSealing();
  const sealing = store.encryption?.seal(signal);
  await store.putBlob(at("meanwhile"), body("new"), write);
  contents.set("meanwhile", Buffer.from("new"));
  await store.deleteBlob(at("put 2"));
  contents.delete("put 2");
  expect(await sealing).toBe(true);
  const rest = [Buffer.from(first.value ?? [])];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    rest.push(Buffer.from(next.value));
  }
  expect(Buffer.concat(rest).equals(contents.get("blocks 0") ?? Buffer.alloc(0))).toBe(true);
  await checkAll(store);
  const [one] = await readKeyFile(keyFile);
  const newer = randomBytes(32);
  let release = (): void => {};
  const slow = new Promise<void>((resolve) => (release = resolve));
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(2 << 20, 1);
    await slow; // it has begun under the old key
    yield Buffer.alloc(10, 2);
  }
  const late = store.putBlob(at("late"), { bytes: slowly(), sizeBytes: (2 << 20) + 10 }, write);
  await wait(50);
  keys.replace([newer, one ?? newer]);
  expect(await store.encryption?.rewrap(signal)).toBe(false);
  release();
  await late;
  expect(await store.encryption?.rewrap(signal)).toBe(true);
  keys.replace([newer]);
  contents.set("late", Buffer.concat([Buffer.alloc(2 << 20, 1), Buffer.alloc(10, 2)]));
  await store.close();
  const again = await open(new KeyRing([newer]));
  await checkAll(again);
  expect((await again.blockList(at("staged 1"))).uncommitted.length).toBe(1);
  await again.close();
});

const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;
if (!canMount) process.stderr.write("skipped: a full disk, for want of the right to mount\n");

test.skipIf(!canMount)(
  "a full disk ends the work with a clear error, and what was there stays",
  () => {
    const small = join(directory, "small");
    const command = `mkdir -p ${small} && mount -t tmpfs -o size=5m none ${small} && exec "$@"`;
    const program = [process.execPath, script, "full", small, keyFile];
    const ran = spawnSync("unshare", ["-m", "sh", "-c", command, "sh", ...program]);
    expect(ran.stderr.toString()).toBe("");
    expect(JSON.parse(ran.stdout.toString())).toEqual({
      sealing: "InsufficientStorage",
      stillReads: true,
      put: "InsufficientStorage",
      append: "InsufficientStorage",
      appendedIntact: true,
      afterwards: "taken",
    });
  },
);

test("what is under a legal hold is encrypted all the same, reads as before, and stays held", async () => {
  const plain = await open(null);
  await fill(plain, 1);
  for (const blob of contents.keys()) await plain.setLegalHold(at(blob), true);
  await plain.close();
  const store = await open(await ring());
  await store.encryption?.requestSealing();
  expect(await store.encryption?.seal(signal)).toBe(true);
  expect(store.encryption?.status()).toMatchObject({ plainBlobs: 0 });
  await checkAll(store);
  for (const blob of contents.keys()) {
    await expect(store.deleteBlob(at(blob))).rejects.toMatchObject({
      code: "BlobImmutableDueToLegalHold",
    });
  }
  await store.setLegalHold(at("put 0"), false);
  await store.deleteBlob(at("put 0"));
  await store.close();
});
