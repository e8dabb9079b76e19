import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSpool } from "../../src/uplink/spool.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-spool-"));
});
afterEach(() => rm(directory, { recursive: true }));

const open = (sizeBytesMax = 8 << 20) => openSpool({ directory, sizeBytesMax });

test("gives messages in the order they came, each once until it is rewound", async () => {
  const spool = await open();
  for (const n of [1, 2, 3]) await spool.append({ n });
  expect((await spool.take(2)).map(({ message }) => message)).toEqual([{ n: 1 }, { n: 2 }]);
  expect((await spool.take(2)).map(({ message }) => message)).toEqual([{ n: 3 }]);
  spool.rewind();
  expect(await spool.take(10)).toHaveLength(3);
  await spool.close();
});

test("what was not acknowledged is there after a restart, also with a torn last line", async () => {
  const spool = await open();
  for (const n of [1, 2]) await spool.append({ n });
  await spool.close();
  const [name = ""] = await readdir(directory);
  await appendFile(join(directory, name), '{"n":3');
  const again = await open();
  await again.append({ n: 4 });
  expect((await again.take(10)).map(({ message }) => message)).toEqual([
    { n: 1 },
    { n: 2 },
    { n: 4 },
  ]);
  await again.close();
});

test("removes segments that were acknowledged and keeps the others", async () => {
  const spool = await open();
  const text = "x".repeat(100_000);
  for (let n = 0; n < 10; n++) await spool.append({ n, text });
  const before = (await readdir(directory)).length;
  const taken = await spool.take(6);
  await spool.remove(taken);
  expect((await readdir(directory)).length).toBeLessThan(before);
  spool.rewind();
  const left = await spool.take(10);
  expect(left.map(({ message }) => (message as { n: number }).n)).toEqual([6, 7, 8, 9]);
  await spool.remove(left);
  await spool.close();
  expect(await readdir(directory)).toEqual([]);
});

test("drops the oldest and counts it when the control plane is away too long", async () => {
  const spool = await open(1 << 20);
  const text = "x".repeat(100_000);
  for (let n = 0; n < 30; n++) await spool.append({ n, text });
  const left = (await spool.take(100)).map(({ message }) => (message as { n: number }).n);
  expect(left.at(-1)).toBe(29);
  expect(left.length + spool.droppedCount).toBe(30);
  expect(spool.droppedCount).toBeGreaterThan(10);
  await spool.close();
});
