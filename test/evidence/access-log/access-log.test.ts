// The chain of accesses: what a change, a move, a gap or a cut comes to, and what a crash leaves.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type AccessLog,
  headPath,
  openAccessLog,
} from "../../../src/evidence/access-log/access-log.ts";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import { listSegments } from "../../../src/evidence/access-log/segments.ts";
import { verifyLog } from "../../../src/evidence/access-log/verify-log.ts";
import { type KeyRing, openKeyRing } from "../../../src/evidence/key-ring.ts";

let root: string;
let directory: string;
let keys: KeyRing;
const clock = { now: () => Date.parse("2026-11-21T10:00:00.000Z") };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nightcap-log-"));
  directory = join(root, "log");
  keys = await openKeyRing(root, clock);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (change: Partial<Parameters<typeof openAccessLog>[0]> = {}): Promise<AccessLog> =>
  openAccessLog({
    directory,
    keys,
    clock,
    segmentSizeBytesMax: 1 << 20,
    segmentCountMax: 10,
    headMilliseconds: 60_000,
    onError: () => {},
    ...change,
  });
const entry = (target: string) =>
  ({ kind: "download", who: { kind: "key" }, address: "127.0.0.1", target, sizeBytes: 5 }) as const;
const verify = () => verifyLog(directory, { keys: keys.publicKeys() });

async function fill(count: number, change: Parameters<typeof open>[0] = {}): Promise<void> {
  const log = await open(change);
  for (let number = 0; number < count; number++) await log.append(entry(`c/${number}.cap`));
  await log.close();
}
async function onlySegment(): Promise<string> {
  const [segment] = await listSegments(directory);
  if (!segment) throw new Error("no segment");
  return segment.path;
}

test("entries are numbered, chained, signed at the end, and go on after a restart", async () => {
  await fill(3);
  await fill(2);
  // Two openings and two signatures are entries as well.
  expect(await verify()).toMatchObject({
    entries: 9,
    firstSequence: 1,
    signedHeads: 2,
    unsignedEntries: 0,
    problems: [],
  });
  const query = { after: 0, limit: 100, targets: ["C/1.CAP"] };
  const found = await readLog(directory, query);
  expect(found.map(({ sequence, target }) => [sequence, target])).toEqual([
    [3, "c/1.cap"],
    [8, "c/1.cap"],
  ]);
  expect((await stat(await onlySegment())).mode & 0o777).toBe(0o600);
});

test("many at once are one after the other", async () => {
  const log = await open();
  const numbers = await Promise.all(
    Array.from({ length: 3_000 }, (_, index) => log.append(entry(`c/${index}`))),
  );
  await log.close();
  expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 2));
  expect((await verify()).problems).toEqual([]);
});

test("a change of any byte, a line moved, taken out or put in, and a cut all show", async () => {
  await fill(4);
  const path = await onlySegment();
  const bytes = await readFile(path);
  const unseen: number[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    if ((await verify()).problems.length === 0) unseen.push(at);
  }
  expect(unseen).toEqual([]);
  const lines = bytes.toString("utf8").trimEnd().split("\n");
  const [first = "", second = "", ...others] = lines;
  const versions = {
    moved: [second, first, ...others],
    takenOut: [first, ...others],
    beginningGone: [second, ...others],
    putIn: [first, first, second, ...others],
    cut: lines.slice(0, 4),
    empty: [],
  };
  for (const [name, version] of Object.entries(versions)) {
    await writeFile(path, version.map((line) => `${line}\n`).join(""));
    expect([name, (await verify()).problems.length > 0]).toEqual([name, true]);
  }
  await rm(path);
  expect((await verify()).problems).toEqual(["the log ends with entry 0, but entry 6 was there"]);
});

test("what was told elsewhere shows a log that was cut with its signatures, or written anew", async () => {
  await fill(2);
  const { head } = await verify();
  const path = await onlySegment();
  const lines = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, `${lines[0]}\n`);
  await rm(headPath(directory));
  const anchored = await verifyLog(directory, { keys: keys.publicKeys(), anchors: [head] });
  expect(anchored.problems).toEqual([
    `the log ends with entry 1, but entry ${head.sequence} was there`,
  ]);
  await rm(directory, { recursive: true });
  await fill(5);
  expect((await verify()).problems).toEqual([]);
  const anew = await verifyLog(directory, { keys: keys.publicKeys(), anchors: [head] });
  expect(anew.problems).toEqual([`entry ${head.sequence} is not the one that was told elsewhere`]);
});

test("segments are closed when they are full, and the oldest go with a word", async () => {
  await fill(60, { segmentSizeBytesMax: 2_000, segmentCountMax: 3 });
  const segments = await listSegments(directory);
  expect(segments.length).toBeLessThanOrEqual(3);
  const verdict = await verify();
  expect(verdict.problems).toEqual([]);
  expect(verdict.firstSequence).toBeGreaterThan(1);
  await rm(segments[0]?.path ?? "");
  expect((await verify()).problems).toHaveLength(1);
});

test("a torn last line is cut off, and that is an entry", async () => {
  await fill(2);
  await appendFile(await onlySegment(), '{"address":null,"kind":"down');
  expect((await verify()).problems).toHaveLength(1);
  await fill(1);
  expect((await verify()).problems).toEqual([]);
  const opened = (await readLog(directory, { after: 4, limit: 1, targets: [] }))[0];
  expect(opened).toMatchObject({ kind: "opened", sizeBytes: 28 });
});

test("what cannot be written is refused, and the chain goes on when it can be again", async () => {
  const log = await open();
  await rm(directory, { recursive: true });
  await writeFile(directory, "not a folder");
  await expect(log.sign()).rejects.toMatchObject({ code: "AccessLogFailed" });
  await rm(directory);
  await log.close();
});

test("after kill -9 every acknowledged entry is there, and the chain is right", async () => {
  const acknowledged: number[] = [];
  for (let round = 0; round < 2; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, "append-process.ts"), root]);
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = chunk.toString("utf8").split("\n").filter(Boolean);
      acknowledged.push(...lines.map(Number));
      if (acknowledged.length > (round + 1) * 300) child.kill("SIGKILL");
    });
    await once(child, "close");
  }
  expect(acknowledged.length).toBeGreaterThan(600);
  await fill(1);
  keys = await openKeyRing(root, clock);
  const verdict = await verify();
  expect(verdict.problems).toEqual([]);
  const all = await readLog(directory, { after: 0, limit: 100_000, targets: ["a.cap"] });
  const kept = new Set(all.map(({ sequence }) => sequence));
  expect(acknowledged.filter((sequence) => !kept.has(sequence))).toEqual([]);
});
