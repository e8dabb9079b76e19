import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWriteBehind } from "../../src/capture/write-behind.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-write-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("chunks are in the file in their order, more than are flushed at a time", async () => {
  const path = join(directory, "file");
  const file = await openWriteBehind(path, 0o600);
  const chunks = Array.from({ length: 40 }, (_, at) => Buffer.alloc(1 << 20, at + 1));
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) await file.write(chunk);
  await file.finish();
  await file.close();
  expect((await readFile(path)).equals(all)).toBe(true);
  expect(chunks.every(({ byteLength }) => byteLength === 0)).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk is told by the next chunk, or at the end",
  async () => {
    const chunk = Buffer.alloc(1_000);
    const first = await openWriteBehind("/dev/full", 0o600);
    await first.write(chunk);
    await expect(first.write(chunk)).rejects.toMatchObject({ code: "ENOSPC" });
    await first.close();
    const second = await openWriteBehind("/dev/full", 0o600);
    await second.write(chunk);
    await expect(second.finish()).rejects.toMatchObject({ code: "ENOSPC" });
    await second.close();
  },
);
