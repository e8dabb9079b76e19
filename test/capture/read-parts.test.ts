// A part is read into the same memory again and again, and every byte of it comes once.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPart } from "../../src/capture/read-parts.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-read-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("all bytes come in their order, and a chunk is good until the one after the next is asked for", async () => {
  const content = Buffer.alloc(7 * (1 << 20) + 123);
  for (let at = 0; at + 4 <= content.length; at += 4) content.writeUInt32LE(at, at);
  const path = join(directory, "part");
  await writeFile(path, content);
  let at = 0;
  let before: { chunk: Uint8Array; at: number } | null = null;
  const memory = new Set<ArrayBufferLike>();
  for await (const chunk of readPart(path)) {
    expect(Buffer.compare(chunk, content.subarray(at, at + chunk.length))).toBe(0);
    if (before) {
      const there = content.subarray(before.at, before.at + before.chunk.length);
      expect(Buffer.compare(before.chunk, there)).toBe(0);
    }
    before = { chunk, at };
    memory.add(chunk.buffer);
    at += chunk.length;
  }
  expect(at).toBe(content.length);
  expect(memory.size).toBe(3);
});

test("an empty part is no chunk, a missing one an error, and an end before the end is no trouble", async () => {
  const path = join(directory, "part");
  await writeFile(path, "");
  expect(await Array.fromAsync(readPart(path))).toEqual([]);
  await expect(Array.fromAsync(readPart(join(directory, "none")))).rejects.toThrow(/ENOENT/);
  await writeFile(path, Buffer.alloc(5 << 20));
  for await (const chunk of readPart(path)) {
    expect(chunk).toHaveLength(1 << 20);
    break;
  }
});
