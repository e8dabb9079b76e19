// Append blobs and copies in the directory store, without the protocol in between.
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
const write = { headers, metadata: { team: "net" } };
const log = { container: "logs", blob: "log" };
const id = (name: string): string => Buffer.from(name).toString("base64");
const hash = (content: string): string => createHash("sha256").update(content).digest("hex");

describe.each(stores)("$kind", ({ keys, sealed }) => {
  let directory: string;
  let store: BlobStore;
  const open = () => openBlobStore({ kind: "directory", directory, freeBytesMin: 0, keys });

  function body(content: string): IncomingBody {
    const bytes = Buffer.from(content);
    return { bytes: ReadableStream.from([bytes]), sizeBytes: bytes.length };
  }

  const contentOf = async (blob: string): Promise<string> =>
    text((await store.read({ container: "logs", blob })).stream);

  async function paths(end: string): Promise<string[]> {
    const all = await readdir(directory, { recursive: true });
    return all.filter((path) => path.endsWith(end)).map((path) => join(directory, path));
  }

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-append-"));
    store = await open();
    await store.createContainer("logs");
  });

  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  test("an append blob grows block by block, and its hash with it, over a restart", async () => {
    await store.createAppendBlob(log, write);
    expect((await store.appendBlock(log, body("one "), {})).offset).toBe(0);
    expect((await store.appendBlock(log, body("two "), { position: 4 })).offset).toBe(4);
    await store.close();
    const [file = ""] = await paths(`-whole${sealed}`);
    await appendFile(file, "cut short by a crash");
    store = await open();
    expect(await contentOf("log")).toBe("one two ");
    const { properties, offset } = await store.appendBlock(log, body("three"), {});
    expect([offset, properties.appendCount]).toEqual([8, 3]);
    expect(await contentOf("log")).toBe("one two three");
    expect(await store.verify(log)).toMatchObject({ intact: true, sha256: hash("one two three") });
  });

  test("a block whose conditions do not hold is not appended", async () => {
    await store.createAppendBlob(log, write);
    await store.appendBlock(log, body("one"), {});
    await expect(store.appendBlock(log, body("x"), { position: 0 })).rejects.toMatchObject({
      code: "AppendPositionConditionNotMet",
    });
    await expect(store.appendBlock(log, body("xx"), { sizeBytesMax: 4 })).rejects.toMatchObject({
      code: "MaxBlobSizeConditionNotMet",
    });
    await store.putBlob({ ...log, blob: "block" }, body("b"), write);
    await expect(store.appendBlock({ ...log, blob: "block" }, body("x"), {})).rejects.toMatchObject(
      {
        code: "InvalidBlobType",
      },
    );
    await expect(store.stageBlock(log, id("a"), body("x"))).rejects.toMatchObject({
      code: "InvalidBlobType",
    });
    expect(await contentOf("log")).toBe("one");
    expect(await readdir(join(directory, "incoming"))).toEqual([]);
  });

  test("of blocks appended at once each is there once, whole", async () => {
    await store.createAppendBlob(log, write);
    const parts = Array.from({ length: 30 }, (_, index) => `<${index}>`);
    await Promise.all(parts.map((part) => store.appendBlock(log, body(part), {})));
    const found = (await contentOf("log")).match(/<\d+>/g) ?? [];
    expect(found.toSorted()).toEqual(parts.toSorted());
    expect(await store.verify(log)).toMatchObject({ intact: true });
  });

  test("a copy shares its source's blocks and outlives it", async () => {
    const source = { container: "logs", blob: "source" };
    for (const name of ["1", "2"]) await store.stageBlock(source, id(name), body(name.repeat(4)));
    const entries = ["2", "1", "2"].map((name) => ({ id: id(name), from: "Latest" as const }));
    await store.commitBlocks(source, entries, write);
    const copy = { id: "c1", source: "https://here/logs/source" };
    const made = await store.copyBlob(source, { container: "logs", blob: "copy" }, copy);
    expect(made).toMatchObject({ name: "copy", sizeBytes: 12, metadata: { team: "net" } });
    const [linked = ""] = await paths(`-copy0${sealed}`);
    expect((await stat(linked)).nlink).toBe(2);
    await store.deleteBlob(source);
    await store.close();
    store = await open();
    expect(await contentOf("copy")).toBe("222211112222");
    expect(await store.verify({ container: "logs", blob: "copy" })).toMatchObject({ intact: true });
    const list = await store.blockList({ container: "logs", blob: "copy" });
    expect(list.committed.map((block) => block.id)).toEqual([id("2"), id("1"), id("2")]);
  });

  test("a copy of an append blob keeps what it was, and onto itself it changes the metadata", async () => {
    await store.createAppendBlob(log, write);
    await store.appendBlock(log, body("before"), {});
    const target = { ...log, blob: "copy" };
    await store.copyBlob(log, target, { id: "c1", source: "s" });
    await store.appendBlock(log, body(" after"), {});
    expect([await contentOf("log"), await contentOf("copy")]).toEqual(["before after", "before"]);
    await store.appendBlock(target, body("!"), {});
    const metadata = { team: "other" };
    const again = await store.copyBlob(target, target, { id: "c2", source: "s", metadata });
    expect(again).toMatchObject({ metadata, sizeBytes: 7, appendCount: 2 });
    expect(await contentOf("copy")).toBe("before!");
    await expect(
      store.copyBlob({ ...log, blob: "nosuch" }, target, { id: "c3", source: "s" }),
    ).rejects.toMatchObject({ code: "BlobNotFound" });
  });

  test("a blob that has only blocks is listed by its name when asked, also after a restart", async () => {
    await store.stageBlock({ container: "logs", blob: "half/done" }, id("a"), body("a"));
    await store.putBlob({ container: "logs", blob: "done" }, body("b"), write);
    await store.close();
    store = await open();
    const names = async (uncommittedToo: boolean) =>
      (await store.listBlobs("logs", { uncommittedToo })).blobs.map(({ name }) => name);
    expect(await names(false)).toEqual(["done"]);
    expect(await names(true)).toEqual(["done", "half/done"]);
  });
});
