// The journal of flows on a real disk, under a process that is killed in mid-write.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import { JournalFull } from "../../../src/server/flows/journal/journal.ts";
import { readEntry, writeEntry } from "../../../src/server/flows/journal-entry.ts";
import { openFlowJournal } from "../../../src/server/flows/open-journal.ts";
import { KeyRing } from "../../../src/storage/vault/key-ring.ts";

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "nightcap-journal-"))));
afterEach(() => rm(directory, { recursive: true, force: true }));

const stream = "00000000-0000-4000-8000-000000000001";
const open = (
  limits: { sizeBytesMax?: number; segmentSizeBytesMax?: number; keys?: KeyRing | null } = {},
) =>
  openFlowJournal({
    directory,
    sizeBytesMax: 1 << 20,
    metrics: createProcessMetrics(),
    log: silentLog,
    ...limits,
  });
const entry = (sequence: number, text = `{"n":${sequence}}`) =>
  writeEntry({
    hostId: "host",
    stream,
    sequence,
    receivedAt: 0,
    records: [{ flowLogId: "/log", macAddress: "020000000001", time: 5, text }],
  });
const sequencesOf = (entries: readonly { bytes: Uint8Array }[]): number[] =>
  entries.map(({ bytes }) => readEntry(bytes).head.sequence);

test("what was acknowledged is read by both readers, each at its own pace, and gone then", async () => {
  const store = await open({ segmentSizeBytesMax: 600 });
  for (let sequence = 1; sequence <= 20; sequence++) {
    await store.journal.append(entry(sequence, JSON.stringify({ sequence, text: "ä\n," })));
  }
  const read = async (reader: typeof store.rows): Promise<number[]> => {
    const found: number[] = [];
    for (let batch = await reader.next(400); batch; batch = await reader.next(400)) {
      found.push(...sequencesOf(batch.entries));
      const [first] = batch.entries.map(({ bytes }) => readEntry(bytes).records[0]);
      expect(JSON.parse(Buffer.from(first?.bytes ?? []).toString())).toHaveProperty("text", "ä\n,");
      await reader.done(batch);
    }
    return found;
  };
  const all = Array.from({ length: 20 }, (_, index) => index + 1);
  expect(await read(store.rows)).toEqual(all);
  await store.tidy();
  expect((await readdir(join(directory, "journal"))).length).toBeGreaterThan(5);
  expect(await read(store.blobs)).toEqual(all);
  await store.tidy();
  expect((await readdir(join(directory, "journal"))).length).toBe(1);
  await store.journal.close();
});

test("a batch that was begun is the same after a restart, whatever came since", async () => {
  let store = await open();
  await store.journal.append(entry(1));
  await store.journal.append(entry(2));
  const before = await store.rows.next(1 << 20);
  await store.journal.close();
  store = await open();
  await store.journal.append(entry(3));
  const again = await store.rows.next(1 << 20);
  expect([again?.token, sequencesOf(again?.entries ?? [])]).toEqual([before?.token, [1, 2]]);
  if (again) await store.rows.done(again);
  expect(sequencesOf((await store.rows.next(1 << 20))?.entries ?? [])).toEqual([3]);
  expect(store.marks.highest("host", stream)).toBe(2); // 3 was appended, and not taken
  await store.journal.close();
});

test("a torn or damaged end is cut off, and a segment without its beginning is none", async () => {
  let store = await open({ segmentSizeBytesMax: 10_000 });
  for (const sequence of [1, 2, 3]) await store.journal.append(entry(sequence));
  const size = store.journal.end.offset;
  await store.journal.close();
  const segment = join(directory, "journal", "000000000001.journal");
  await truncate(segment, size - 1);
  await appendFile(join(directory, "journal", "000000000002.journal"), Buffer.from([1, 0]));
  store = await open();
  expect(store.marks.highest("host", stream)).toBe(2);
  await store.journal.append(entry(3));
  expect(sequencesOf((await store.rows.next(1 << 20))?.entries ?? [])).toEqual([1, 2, 3]);
  await store.journal.close();
});

test("a full journal leaves out what one reader alone lacks, and refuses what both lack", async () => {
  const store = await open({ sizeBytesMax: 4_000, segmentSizeBytesMax: 1_000 });
  const fill = async (): Promise<number> => {
    for (let count = 0; ; count++) {
      const refused = await store.journal.append(entry(count)).catch((error: unknown) => error);
      if (refused instanceof JournalFull) return count;
      if (refused) throw refused;
      if (count > 1_000) return count;
    }
  };
  expect(await fill()).toBeLessThan(40);
  for (let batch = await store.rows.next(4_000); batch; batch = await store.rows.next(4_000)) {
    await store.rows.done(batch);
  }
  const before = store.blobs.at.segment;
  expect(await fill()).toBeGreaterThan(10);
  expect(store.blobs.at.segment).toBeGreaterThan(before);
  expect(store.journal.sizeBytes).toBeLessThanOrEqual(4_000);
  await store.journal.close();
});

test("kill -9 in a loop loses nothing that was acknowledged, and no batch changes", async () => {
  const taken = new Set<number>();
  const seen = { rows: new Map<number, string>(), blobs: new Map<number, string>() };
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, "hold-journal.ts"),
      directory,
    ]);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (text += `problem ${chunk.toString()}\n`));
    while (text.length < 2_000 + round * 900) await sleep(5);
    child.kill("SIGKILL");
    await once(child, "close");
    for (const line of text.slice(0, text.lastIndexOf("\n")).split("\n")) {
      const [what, number, token = ""] = line.split(" ");
      const sequence = Number(number);
      expect(["taken", "rows", "blobs"]).toContain(what);
      if (what === "taken") taken.add(sequence);
      if (what === "rows" || what === "blobs") {
        // Given again after a crash: then under the same token.
        expect(seen[what].get(sequence) ?? token).toBe(token);
        seen[what].set(sequence, token);
      }
    }
  }
  const store = await open();
  for (const name of ["rows", "blobs"] as const) {
    const reader = store[name];
    for (let batch = await reader.next(1 << 20); batch; batch = await reader.next(1 << 20)) {
      for (const sequence of sequencesOf(batch.entries)) {
        expect(seen[name].get(sequence) ?? batch.token).toBe(batch.token);
        seen[name].set(sequence, batch.token);
      }
      await reader.done(batch);
    }
    expect([...taken].filter((sequence) => !seen[name].has(sequence))).toEqual([]);
  }
  expect(store.marks.highest("host", stream)).toBeGreaterThanOrEqual(Math.max(...taken));
  await store.journal.close();
});

/** Whether any segment has these words in it as they are. */
async function isOnDisk(words: string): Promise<boolean> {
  const names = await readdir(join(directory, "journal"));
  const files = await Promise.all(names.map((name) => readFile(join(directory, "journal", name))));
  return files.some((bytes) => bytes.includes(words));
}

test("with keys entries are encrypted, those before them go with their segments, and so do old keys", async () => {
  const [old, newer] = [randomBytes(32), randomBytes(32)];
  const signal = new AbortController().signal;
  let store = await open();
  await store.journal.append(entry(1, `{"secret":1}`));
  await store.journal.close();
  const keys = new KeyRing([old]);
  store = await open({ keys });
  await store.journal.append(entry(2, `{"secret":2}`));
  expect([await isOnDisk(`"secret":1`), await isOnDisk(`"secret":2`)]).toEqual([true, false]);
  expect(await store.sealed.seal(signal)).toBe(false); // nobody has read the first yet
  await store.journal.append(entry(3, `{"secret":3}`));
  const readAll = async (): Promise<number[]> => {
    const found: number[] = [];
    for (const reader of [store.rows, store.blobs]) {
      for (let batch = await reader.next(1); batch; batch = await reader.next(1)) {
        found.push(...sequencesOf(batch.entries));
        await reader.done(batch);
      }
    }
    return found;
  };
  expect(await readAll()).toEqual([1, 2, 3, 1, 2, 3]);
  expect(await store.sealed.seal(signal)).toBe(true);
  expect(await isOnDisk("secret")).toBe(false);

  await store.journal.append(entry(4, `{"secret":4}`));
  keys.replace([newer, old]);
  await store.journal.append(entry(5, `{"secret":5}`)); // under the new key, in a segment of the old one
  expect(await store.sealed.rewrap(signal)).toBe(false);
  await store.journal.close();
  await expect(open({ keys: new KeyRing([old]) })).rejects.toMatchObject({
    code: "StorageKeyInvalid",
  });
  await expect(open()).rejects.toMatchObject({ code: "StorageKeyInvalid" });
  store = await open({ keys });
  expect(await readAll()).toEqual([4, 5, 4, 5]);
  expect(await store.sealed.rewrap(signal)).toBe(true);
  await store.journal.close();
  store = await open({ keys: new KeyRing([newer]) });
  await store.journal.append(entry(6));
  expect(await readAll()).toEqual([6, 6]);
  await store.journal.close();
});
