// A store with keys: nothing readable on the disk, and nothing that was changed there is given out.
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { array, assert, asyncProperty, integer, nat } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BlobStore, openBlobStore } from "../../../src/storage/blob-store.ts";
import { KeyRing } from "../../../src/storage/vault/key-ring.ts";
import { body, filesOf, id, write } from "./store-parts.ts";

const keys = new KeyRing([randomBytes(32)]);
const secret = "the words that nobody may read on the disk";
let directory: string;
let store: BlobStore;

const open = (with_: KeyRing | null = keys): Promise<BlobStore> =>
  openBlobStore({ kind: "directory", directory, freeBytesMin: 0, keys: with_ });
const at = (blob: string) => ({ container: "captures", blob });
const read = async (blob: string, range?: { start: number; end: number }): Promise<Buffer> =>
  buffer((await store.read(at(blob), range && (() => range))).stream);
const reopen = async (): Promise<void> => {
  await store.close();
  store = await open();
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-encrypted-"));
  store = await open();
  await store.createContainer("captures", { owner: "secretowner" });
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

/** The one file of a blob whose path has `part`. */
async function fileOf(blob: string, part: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  const name = createHash("sha256").update(blob).digest("hex");
  const found = (await filesOf(directory)).filter(
    (path) => basename(dirname(path)) === name && basename(path).includes(part),
  );
  expect(found.length).toBe(1);
  return found[0] ?? "";
}

test("neither content nor names nor metadata can be read on the disk, staged, appended or copied", async () => {
  const metadata = { ...write, metadata: { note: "secretnote" } };
  await store.putBlob(at("secret put"), body(secret), metadata);
  await store.stageBlock(at("secret staged"), id("1"), body(secret));
  await store.createAppendBlob(at("secret log"), metadata);
  await store.appendBlock(at("secret log"), body(secret.repeat(300)), {});
  await store.copyBlob(at("secret log"), at("secret copy"), { id: "c", source: "secretsource" });
  await reopen();
  const plain = ["secret", secret, Buffer.from(secret).toString("base64").slice(0, 30)];
  const all = await filesOf(directory);
  expect(all.length).toBeGreaterThan(8);
  for (const path of all) {
    const bytes = await readFile(path);
    for (const words of plain) expect([path, bytes.includes(words)]).toEqual([path, false]);
  }
  expect((await read("secret put")).toString()).toBe(secret);
  expect((await read("secret copy")).toString()).toBe(secret.repeat(300));
  const { blobs } = await store.listBlobs("captures", { uncommittedToo: true });
  expect(blobs.map(({ name, isEncrypted }) => [name, isEncrypted])).toEqual([
    ["secret copy", true],
    ["secret log", true],
    ["secret put", true],
    ["secret staged", false],
  ]);
});

test("blocks of any sizes, staged or appended, give any range back, over restarts", async () => {
  const sizes = array(integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 6 });
  let run = 0;
  const check = async (blockSizes: number[], a: number, b: number): Promise<void> => {
    const blocks = blockSizes.map((size) => randomBytes(size));
    const whole = Buffer.concat(blocks);
    const [staged, appended] = [`staged ${run}`, `appended ${run++}`];
    await store.createAppendBlob(at(appended), write);
    for (const [index, block] of blocks.entries()) {
      await store.stageBlock(at(staged), id(String(index)), body(block));
      await store.appendBlock(at(appended), body(block), {});
      if (index === 1) await reopen();
    }
    const entries = blocks.map((_, index) => ({ id: id(String(index)), from: "Latest" }) as const);
    const { sha256 } = await store.commitBlocks(at(staged), entries, write);
    const [start, end] = [a % whole.length, b % whole.length].toSorted((x, y) => x - y);
    for (const name of [staged, appended]) {
      const part = await read(name, { start: start ?? 0, end: end ?? 0 });
      expect(part.equals(whole.subarray(start, (end ?? 0) + 1))).toBe(true);
      expect((await read(name)).equals(whole)).toBe(true);
      expect(await store.verify(at(name))).toMatchObject({ sha256, intact: true });
    }
  };
  await assert(asyncProperty(sizes, nat(), nat(), check), { numRuns: 8 });
});

test("an append blob goes on after a crash whose chunks were never counted, and a copy grows by itself", async () => {
  await store.createAppendBlob(at("log"), write);
  const blocks = [randomBytes(10_000), randomBytes(9_000), randomBytes(70_000)] as const;
  await store.appendBlock(at("log"), body(blocks[0]), {});
  await store.close();
  const record = await readFile(await fileOf("log", "blob.json"));
  store = await open();
  await store.appendBlock(at("log"), body(randomBytes(50_000)), {});
  await store.close();
  await writeFile(await fileOf("log", "blob.json"), record); // as if the crash came before it was written
  store = await open();
  await store.copyBlob(at("log"), at("copy"), { id: "c", source: "s" });
  await store.appendBlock(at("log"), body(blocks[1]), {});
  await store.appendBlock(at("copy"), body(blocks[2]), {});
  expect((await read("log")).equals(Buffer.concat([blocks[0], blocks[1]]))).toBe(true);
  expect((await read("copy")).equals(Buffer.concat([blocks[0], blocks[2]]))).toBe(true);
});

test("without its key, or with another, the store does not open, and is as it was", async () => {
  await store.putBlob(at("a"), body(secret), write);
  await store.close();
  const before = await filesOf(directory);
  await expect(open(null)).rejects.toMatchObject({
    code: "StorageKeyInvalid",
    message: expect.stringContaining("name its key file in the setting") as string,
  });
  await expect(open(new KeyRing([randomBytes(32)]))).rejects.toMatchObject({
    code: "StorageKeyInvalid",
    message: expect.stringContaining("another key") as string,
  });
  await rm(join(directory, "encryption.json")); // also when what says so is gone
  await expect(open(null)).rejects.toMatchObject({ code: "StorageKeyInvalid" });
  await expect(open(new KeyRing([randomBytes(32)]))).rejects.toMatchObject({
    code: "StorageKeyInvalid",
  });
  const left = before.filter((path) => !path.endsWith("encryption.json"));
  expect(await filesOf(directory)).toEqual(left);
  store = await open();
  expect((await read("a")).toString()).toBe(secret);
});

test("files and records that change places are found", async () => {
  for (const blob of ["a", "b"]) await store.putBlob(at(blob), body(`${secret} ${blob}`), write);
  await store.close();
  const copy = `${directory}-copy`;
  await cp(directory, copy, { recursive: true });
  const swap = async (part: string): Promise<void> => {
    const [a, b] = [await fileOf("a", part), await fileOf("b", part)];
    await rename(a, `${directory}/aside`);
    await rename(b, a);
    await rename(`${directory}/aside`, b);
  };
  await swap("-whole");
  store = await open();
  await expect(read("a")).rejects.toThrow("is another file than the one that was written");
  expect(await store.verify(at("a"))).toMatchObject({ sha256: null, intact: false });
  await store.close();
  await rm(directory, { recursive: true });
  await rename(copy, directory);
  // With their records they are whole, but of the wrong blob.
  await swap("-whole");
  await swap("blob.json");
  store = await open();
  expect((await store.listBlobs("captures", {})).blobs).toEqual([]);
  expect((await readdir(join(directory, "damaged"))).length).toBe(2);
});

test("a block that waits to be committed is its blob's alone", async () => {
  for (const blob of ["a", "b"]) await store.stageBlock(at(blob), id("1"), body(secret));
  await store.close();
  await cp(await fileOf("a", "1-"), await fileOf("b", "1-"));
  store = await open();
  await expect(store.blockList(at("b"))).rejects.toThrow("does not exist");
  expect((await store.blockList(at("a"))).uncommitted.length).toBe(1);
});

test("a file that was cut, and what was put in in plain text, is not given out", async () => {
  await store.putBlob(at("a"), body(randomBytes(200_000)), write);
  await truncate(await fileOf("a", "-whole"), 1_024 + 65_564);
  await expect(read("a")).rejects.toThrow("ends at byte");
  await expect(store.verify(at("a"))).resolves.toMatchObject({ intact: false });
  await store.close();
  // A plain store's own record and file, put in place of ours.
  const other = await mkdtemp(join(tmpdir(), "nightcap-plain-"));
  const plain = await openBlobStore({ kind: "directory", directory: other, freeBytesMin: 0 });
  await plain.createContainer("captures");
  await plain.putBlob(at("a"), body("forged"), write);
  await plain.close();
  const forged = (await filesOf(other)).filter((path) => /blob.json|-whole/.test(path));
  const target = dirname(await fileOf("a", "blob.json"));
  for (const path of forged) await cp(path, join(target, basename(path)));
  store = await open();
  await expect(store.blob(at("a"))).rejects.toThrow("does not exist");
  await rm(other, { recursive: true });
});
