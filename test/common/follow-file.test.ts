// A file that grows, is renamed, emptied and replaced while it is followed, and while nobody follows it.
import {
  appendFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silentLog } from "../../src/common/log.ts";
import type { FilePlace } from "../../src/common/file-place.ts";
import { followFile } from "../../src/common/follow-file.ts";
import { lineSizeBytesMax } from "../../src/common/line-reader.ts";
import { makeTestClock, type TestClock } from "../provider/control-plane.ts";

let directory: string;
let path: string;
let kept: FilePlace | null;
let clock: TestClock;
let taken: string[];
let gaps: string[];
let failures: number;
let follower: ReturnType<typeof followFile> | null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-follow-"));
  path = join(directory, "eve.json");
  kept = null;
  clock = makeTestClock();
  [taken, gaps, failures, follower] = [[], [], 0, null];
});
afterEach(async () => {
  await follower?.close();
  await rm(directory, { recursive: true });
});

const start = (): void => {
  follower = followFile({
    path,
    place: { get: async () => kept, put: async (place) => void (kept = place) },
    take: async (lines) => {
      if (failures-- > 0) throw new Error("disk full");
      taken.push(...lines);
    },
    onGap: (what) => void gaps.push(what),
    clock,
    log: silentLog,
    intervalMilliseconds: 5,
  });
};
const stop = async (): Promise<void> => {
  await follower?.close();
  follower = null;
};
const until = (expected: string[]) =>
  vi.waitFor(() => expect(taken).toEqual(expected), { timeout: 20_000, interval: 5 });
const placed = (offset: number) =>
  vi.waitFor(() => expect(kept?.offset).toBe(offset), {
    timeout: 20_000,
    interval: 5,
  });
/** Follows from the beginning of an empty file. */
const begin = async (): Promise<void> => {
  await writeFile(path, "");
  start();
  await placed(0);
};
/** The same, and one line of it is taken. */
const beginWithLine = async (): Promise<void> => {
  await begin();
  await appendFile(path, "a\n");
  await until(["a"]);
  await placed(2);
};
/** As `until`, while time passes in which a writer notices that its file was renamed. */
const untilLater = (expected: string[]) =>
  vi.waitFor(
    () => {
      if (taken.length < expected.length) clock.advance(5_001);
      expect(taken).toEqual(expected);
    },
    { timeout: 20_000, interval: 20 },
  );

test("what was there is history; what comes is taken a line at a time, when it is whole", async () => {
  await writeFile(path, "old\n");
  start();
  await placed(4);
  await appendFile(path, "a\n\nb\nhal");
  await until(["a", "b"]);
  await appendFile(path, "f\n");
  await until(["a", "b", "half"]);
});

test("a file that comes later is read from its beginning", async () => {
  start();
  await vi.waitFor(() => expect(kept).not.toBeNull());
  await writeFile(path, "a\n");
  await until(["a"]);
});

test("lines that could not be acted on come again, in their order", async () => {
  await begin();
  failures = 3;
  await appendFile(path, "a\nb\n");
  await until(["a", "b"]);
  expect(failures).toBe(-1);
});

test("a restart goes on where it was", async () => {
  await beginWithLine();
  await stop();
  await appendFile(path, "b\n");
  start();
  await until(["a", "b"]);
  expect(gaps).toEqual([]);
});

test("lines whose place was not written before the end come again: none is lost", async () => {
  await beginWithLine();
  const before = kept;
  await appendFile(path, "b\n");
  await until(["a", "b"]);
  await placed(4);
  await stop();
  kept = before;
  start();
  await until(["a", "b", "b"]);
  expect(gaps).toEqual([]);
});

test("what is no file is not waited for, and is read once it is one", async () => {
  await mkdir(path);
  start();
  await sleep(50);
  await rm(path, { recursive: true });
  await vi.waitFor(() => expect(kept).not.toBeNull());
  await writeFile(path, "a\n");
  await until(["a"]);
});

test("a renamed file is read to its end, also what is written late, and then the new one", async () => {
  await beginWithLine();
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, "late\n");
  await writeFile(path, "new\n");
  await until(["a", "late"]);
  await untilLater(["a", "late", "new"]);
  expect(gaps).toEqual([]);
});

test("files that were rotated while nobody looked are read in their order", async () => {
  await beginWithLine();
  await stop();
  await appendFile(path, "b\n");
  await rename(path, `${path}.1`);
  // The kernel's time stamps have a few milliseconds' grain, and nobody rotates as often as that.
  await sleep(30);
  await writeFile(path, "c\n");
  await rename(`${path}.1`, `${path}.2`);
  await rename(path, `${path}.1`);
  await writeFile(path, "d\n");
  start();
  await until(["a", "b"]);
  await untilLater(["a", "b", "c"]);
  await untilLater(["a", "b", "c", "d"]);
  expect(gaps).toEqual([]);
});

test("a file that is gone with what was not read is a gap, and is said", async () => {
  await beginWithLine();
  await stop();
  // The new file is made first, so that it cannot be given the old one's inode.
  await writeFile(`${path}-new`, "new\n");
  await unlink(path);
  await rename(`${path}-new`, path);
  start();
  await until(["a", "new"]);
  expect(gaps).toEqual(["gone"]);
});

test("a file that was emptied is read from its beginning, though it is longer by then", async () => {
  await beginWithLine();
  await truncate(path, 0);
  await appendFile(path, "x, and more than there was before\n");
  await until(["a", "x, and more than there was before"]);
  expect(gaps).toEqual(["emptied"]);
});

test("a line over the limit is passed over, and only that", async () => {
  await begin();
  await appendFile(path, `a\n${"x".repeat(2 * lineSizeBytesMax)}\nb\n`);
  await until(["a", "b"]);
  expect(gaps).toEqual(["lineTooLong"]);
});
