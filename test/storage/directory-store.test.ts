import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { openBlobStore, type BlobStore, type IncomingBody } from "../../src/storage/blob-store.ts";
import { stores } from "./store-kinds.ts";

const headers = {
  contentType: "text/plain",
  contentEncoding: null,
  contentLanguage: null,
  contentDisposition: null,
  cacheControl: null,
  contentMd5: null,
};
const write = { headers, metadata: {} };
const address = { container: "captures", blob: "a" };
const id = (name: string): string => Buffer.from(name).toString("base64");

describe.each(stores)("$kind", ({ keys, sealed }) => {
  let directory: string;
  let now: number;
  const open = (freeBytesMin = 0): Promise<BlobStore> =>
    openBlobStore({
      kind: "directory",
      directory,
      freeBytesMin,
      keys,
      clock: { ...systemClock, now: () => now },
    });

  function body(content: string): IncomingBody {
    const bytes = Buffer.from(content);
    return { bytes: ReadableStream.from([bytes]), sizeBytes: bytes.length };
  }

  const files = async (): Promise<string[]> =>
    (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-store-"));
    now = Date.now();
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  test("everything acknowledged is there after the store is opened again without being closed", async () => {
    const store = await open();
    await store.createContainer("captures", { owner: "us" });
    await store.stageBlock(address, id("1"), body("one"));
    await store.stageBlock(address, id("2"), body("two"));
    await store.commitBlocks(address, [{ id: id("2"), from: "Latest" }], write);
    await store.stageBlock(address, id("3"), body("three"));
    await store.stageBlock({ ...address, blob: "never committed" }, id("x"), body("x"));

    const again = await open();
    expect((await again.container("captures")).metadata).toEqual({ owner: "us" });
    expect(await text((await again.read(address)).stream)).toBe("two");
    expect((await again.blockList(address)).uncommitted).toEqual([{ id: id("3"), sizeBytes: 5 }]);
    const other = await again.blockList({ ...address, blob: "never committed" });
    expect(other.uncommitted).toEqual([{ id: id("x"), sizeBytes: 1 }]);
    await store.close();
    await again.close();
  });

  test("what a crash leaves behind is removed at the next start, and nothing else", async () => {
    const store = await open();
    await store.createContainer("captures");
    await store.stageBlock(address, id("1"), body("one"));
    await store.commitBlocks(address, [{ id: id("1"), from: "Latest" }], write);
    await store.stageBlock(address, id("2"), body("two"));
    await store.close();
    const before = await files();
    const blobDirectory = dirname(before.find((path) => path.endsWith("blob.json")) ?? "");
    await writeFile(join(directory, "incoming", "half"), "half a block");
    await writeFile(join(blobDirectory, "1-ff"), "of an older generation");
    await writeFile(join(blobDirectory, "blob.json.abc.partial"), "{");

    const again = await open();
    expect((await files()).toSorted()).toEqual(before.toSorted());
    const list = await again.blockList(address);
    expect(list.uncommitted).toEqual([{ id: id("2"), sizeBytes: 3 }]);
    expect(await text((await again.read(address)).stream)).toBe("one");
    await again.close();
  });

  test("a blob whose record is damaged is set aside, and the others are served", async () => {
    const store = await open();
    await store.createContainer("captures");
    await store.putBlob(address, body("a"), write);
    await store.putBlob({ ...address, blob: "b" }, body("b"), write);
    await store.close();
    const sidecar = (await files()).find((path) => path.endsWith("blob.json")) ?? "";
    await writeFile(sidecar, "{");
    const again = await open();
    expect((await again.listBlobs("captures", {})).blobs.length).toBe(1);
    expect((await readdir(join(directory, "damaged"))).length).toBe(1);
    await again.close();
  });

  test("verify sees a changed byte", async () => {
    const store = await open();
    await store.createContainer("captures");
    await store.putBlob(address, body("evidence"), write);
    expect((await store.verify(address)).intact).toBe(true);
    await writeFile(
      (await files()).find((path) => path.endsWith(`-whole${sealed}`)) ?? "",
      "Evidence",
    );
    expect((await store.verify(address)).intact).toBe(false);
    await store.close();
  });

  test("blocks that nobody commits go after a week, committed ones stay", async () => {
    const store = await open();
    await store.createContainer("captures");
    await store.putBlob(address, body("kept"), write);
    await store.stageBlock(address, id("1"), body("one"));
    now += 6 * 24 * 3_600_000;
    expect(await store.collectGarbage()).toBe(0);
    now += 2 * 24 * 3_600_000;
    expect(await store.collectGarbage()).toBe(1);
    expect((await store.blockList(address)).uncommitted).toEqual([]);
    expect(await text((await store.read(address)).stream)).toBe("kept");
    await store.close();
  });

  test("a write that would leave too little free is refused before it begins", async () => {
    const store = await open(Number.MAX_SAFE_INTEGER);
    await store.createContainer("captures");
    await expect(store.putBlob(address, body("a"), write)).rejects.toMatchObject({
      code: "InsufficientStorage",
      status: 507,
    });
    await store.close();
  });

  test("a body that ends early leaves nothing", async () => {
    const store = await open();
    await store.createContainer("captures");
    const short = { ...body("short"), sizeBytes: 100 };
    await expect(store.stageBlock(address, id("1"), short)).rejects.toThrow(/Content-Length/);
    expect(await readdir(join(directory, "incoming"))).toEqual([]);
    await expect(store.blockList(address)).rejects.toThrow(/does not exist/);
    await store.close();
  });
});
