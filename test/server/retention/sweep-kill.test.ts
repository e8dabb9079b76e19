// kill -9 in the middle of rounds of deletions: what is half done is ended, and what is held is whole.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import { verifyLog } from "../../../src/evidence/access-log/verify-log.ts";
import {
  type StoredCapture,
  storedCaptures,
} from "../../../src/provider/captures/stored-captures.ts";
import { openSlowRetention, openStoreParts } from "./sweep-parts.ts";

const captureCount = 18;
const heldIndex = 7;
const container = "network-watcher-logs";
const blobOf = (index: number): string => `vm/${index}.cap`;
const extensions = ["", ".coverage.json", ".manifest.json"];

let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-sweep-"));
  await fill();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true });
});

/** Recordings that have ended, each with what lies beside it; one of them is held. */
async function fill(): Promise<void> {
  const parts = await openStoreParts(directory);
  const { state, storage } = parts;
  const headers = {
    contentType: "a/b",
    contentEncoding: null,
    contentLanguage: null,
    contentDisposition: null,
    cacheControl: null,
    contentMd5: null,
  };
  const hold = { reason: "case 17", by: { id: "x", name: "ann" }, at: 1 };
  for (let index = 0; index < captureCount; index++) {
    const capture: StoredCapture = {
      key: `0b1c2d3e-0000-4000-8000-0000000000${String(index).padStart(2, "0")}`,
      captureId: `/captures/${index}`,
      place: { container, blob: blobOf(index) },
      class: "bulk",
      classFrom: "request",
      createdAt: index,
      hold: index === heldIndex ? hold : null,
      removal: null,
    };
    await storedCaptures(state).add(capture);
    await Promise.all(
      extensions.map((extension) => {
        const body = { bytes: ReadableStream.from([Buffer.from("abc")]), sizeBytes: 3 };
        const address = { container, blob: blobOf(index) + extension };
        return storage.store.putBlob(address, body, { headers, metadata: {} });
      }),
    );
  }
  await parts.close();
}

/** Killed when it has begun so many deletions. */
async function killAfter(count: number): Promise<void> {
  const script = join(import.meta.dirname, "sweep-process.ts");
  child = spawn(process.execPath, [script, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  if (!child.stdout) throw new Error("no output");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for (let begun = 0; begun < count; begun++) expect((await lines.next()).done).toBe(false);
  child.kill("SIGKILL");
  expect(await gone).toEqual([null, "SIGKILL"]);
}

async function look(): Promise<{ files: Map<number, number>; captures: StoredCapture[] }> {
  const parts = await openStoreParts(directory);
  const { state, storage } = parts;
  const captures = await storedCaptures(state).all();
  const { blobs } = await storage.store.listBlobs(container, {});
  const held = { container, blob: blobOf(heldIndex) };
  await expect(storage.store.deleteBlob(held)).rejects.toMatchObject({
    code: "BlobImmutableDueToLegalHold",
  });
  await parts.close();
  const files = new Map<number, number>();
  for (const { name } of blobs) {
    const index = Number(/^vm\/(\d+)\.cap/.exec(name)?.[1]);
    files.set(index, (files.get(index) ?? 0) + 1);
  }
  return { files, captures };
}

test("whenever it is killed, no file goes of which it is not written first that it goes, and the next start ends it", async () => {
  await killAfter(5);
  const { files, captures } = await look();
  expect(files.size).toBeGreaterThan(5);
  expect(files.size).toBeLessThan(captureCount);
  expect(files.get(heldIndex)).toBe(extensions.length);
  for (const { createdAt: index, removal } of captures) {
    if (files.get(index) !== extensions.length) expect(removal?.why).toBe("age");
  }
  const retention = await openSlowRetention(directory, {
    pauseMilliseconds: 0,
    onRecord: () => {},
  });
  const { state, evidence } = retention;
  await vi.waitFor(async () => expect((await storedCaptures(state).all()).length).toBe(1), {
    timeout: 15_000,
    interval: 50,
  });
  await evidence.log.sign();
  const keys = evidence.keys.publicKeys();
  expect((await verifyLog(evidence.log.directory, { keys })).problems).toEqual([]);
  const entries = await readLog(evidence.log.directory, { after: 0, limit: 1_000, targets: [] });
  const deleted = entries.filter(({ kind }) => kind === "delete").map(({ target }) => target);
  const expected = Array.from(
    { length: captureCount },
    (_, index) => `${container}/${blobOf(index)}`,
  );
  expected.splice(heldIndex, 1);
  expect([...new Set(deleted)].toSorted()).toEqual(expected.toSorted());
  await retention.close();
  expect([...(await look()).files]).toEqual([[heldIndex, extensions.length]]);
});
