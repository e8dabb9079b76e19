// What retention deletes of a real store, what it leaves, what it says of it, and when uploads are refused.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import { checkRetention } from "../../../src/cli/doctor/retention-checks.ts";
import { openRetentionBed, type RetentionBed } from "./retention-bed.ts";

let bed: RetentionBed | undefined;
afterEach(async () => {
  await bed?.close();
  bed = undefined;
});
const open = async (retention: object): Promise<RetentionBed> => {
  bed = await openRetentionBed({ retention: { intervalSeconds: 1, ...retention } });
  return bed;
};
interface Usage {
  classes: Record<string, unknown>[];
  next: Record<string, unknown>[];
  planned: number;
  refused: string[];
}
const usageOf = async ({ call }: RetentionBed): Promise<Usage> =>
  (await call("GET", "/nightcap/v1/storage/usage")).body as Usage;
const hold = ({ call }: RetentionBed, name: string) =>
  call("PUT", `/nightcap/v1/holds/${name}`, { body: { reason: "case 17" } });
/** A class that is set begins a round at once; the next would come within a second. */
const wake = async ({ call }: RetentionBed, name: string, kept = "evidence"): Promise<void> => {
  const body = { class: kept };
  expect((await call("PUT", `/nightcap/v1/captures/${name}/class`, { body })).status).toBe(200);
};
const waiting = { timeout: 15_000, interval: 20 };
const noPlace = { statusCode: 507, code: "InsufficientStorage" };

test("what is beyond its days goes with all that belongs to it and is recorded; younger, held and foreign files stay", async () => {
  const opened = await open({ bulk: { days: 7 }, evidence: { days: 30 } });
  const { record, blobAt, show, directory, call, advanceDays } = opened;
  const [old, proof, kept] = [
    await record("old", 100),
    await record("proof", 100, { nightcapClass: "evidence" }),
    await record("kept", 100),
  ];
  const beside = blobAt(`${old.storagePath}.coverage.json`);
  const foreign = blobAt(old.storagePath.replace(/[^/]+$/, "notes.txt"));
  const nobodys = blobAt(old.storagePath.replace(/[^/]+$/, "copied.cap"));
  for (const each of [beside, foreign, nobodys]) await each.upload("{}", 2);
  const report = join(directory, "reports", old.sessionId);
  await mkdir(report, { recursive: true });
  await writeFile(join(report, "report.html"), "a report");
  await hold(opened, "kept");
  await advanceDays(8);
  await wake(opened, "proof");
  await vi.waitFor(async () => expect((await show("old"))["removed"]).not.toBeNull(), waiting);
  await vi.waitFor(async () => expect(await nobodys.exists()).toBe(false), waiting);
  const existing = await Promise.all(
    [old.blob, beside, proof.blob, kept.blob, foreign].map((blob) => blob.exists()),
  );
  expect(existing).toEqual([false, false, true, true, true]);
  await expect(stat(report)).rejects.toThrow("ENOENT");
  expect(await show("old")).toMatchObject({
    removed: { why: "age", detail: "bulk is kept for 7 days", complete: true },
    report: null,
    problem: expect.stringMatching(/^its files were deleted at .*: bulk is kept/) as string,
  });
  expect((await hold(opened, "old")).status).toBe(409);
  const targets = [`network-watcher-logs/${old.blob.name}`];
  const entries = await readLog(join(directory, "evidence/log"), { after: 0, limit: 99, targets });
  expect(entries.filter(({ kind }) => kind === "delete")).toMatchObject([
    { who: { kind: "system" }, sizeBytes: 110, detail: "retention: bulk is kept for 7 days" },
  ]);
  expect((await call("GET", "/nightcap/audit")).text).toContain(
    "files of old were deleted: bulk is kept for 7 days",
  );
  expect(await opened.counters("nightcap_retention_removed_captures_total{")).toEqual([
    'nightcap_retention_removed_captures_total{class="bulk",why="age"} 2',
  ]);
  await advanceDays(30);
  await wake(opened, "kept", "bulk");
  await vi.waitFor(async () => expect(await proof.blob.exists()).toBe(false), waiting);
  expect(await kept.blob.exists()).toBe(true);
  await call("DELETE", "/nightcap/v1/holds/kept?reason=over");
  await vi.waitFor(async () => expect(await kept.blob.exists()).toBe(false), waiting);
});

test("files of a packet capture that ARM has deleted keep their class and their days", async () => {
  const { record, call, advanceDays } = await open({ bulk: { days: 7 }, evidence: { days: 30 } });
  const [old, proof] = [
    await record("old", 100),
    await record("proof", 100, { nightcapClass: "evidence" }),
  ];
  for (const { id } of [old, proof]) {
    expect((await call("DELETE", `${id}?api-version=2024-05-01`)).status).toBe(204);
  }
  await vi.waitFor(async () => {
    const { status } = await call("GET", `${proof.id}?api-version=2024-05-01`);
    expect(status).toBe(404);
  }, waiting);
  expect(
    (await call("PUT", `/nightcap/v1/holds/${old.sessionId}`, { body: { reason: "x" } })).status,
  ).toBe(200);
  await advanceDays(8);
  expect((await call("DELETE", "/nightcap/v1/holds/old?reason=over")).status).toBe(200);
  await vi.waitFor(async () => expect(await old.blob.exists()).toBe(false), waiting);
  expect(await proof.blob.exists()).toBe(true);
});

test("a quota of bulk takes the oldest; when all is held uploads are 507, usage says why, and a cleared hold makes room", async () => {
  const opened = await open({ bulk: { sizeBytesMax: 1_000 } });
  const { record, create, finish, call } = opened;
  const a = await record("a", 400);
  const b = await record("b", 400);
  expect(await usageOf(opened)).toMatchObject({ planned: 0, refused: [] });
  const c = await record("c", 400);
  await vi.waitFor(async () => expect(await a.blob.exists()).toBe(false), waiting);
  expect([await b.blob.exists(), await c.blob.exists()]).toEqual([true, true]);
  for (const name of ["b", "c"]) expect((await hold(opened, name)).status).toBe(200);
  const made = await create("d");
  await expect(finish(made, Buffer.alloc(400))).rejects.toMatchObject(noPlace);
  const usage = await usageOf(opened);
  expect(usage.classes.find((each) => each["class"] === "bulk")).toMatchObject({
    sizeBytes: 800,
    quotaBytes: 1_000,
    captureCount: 2,
    heldCount: 2,
    heldBytes: 800,
    freeableBytes: 0,
  });
  expect(await opened.counters("nightcap_retention_refused_writes_total{")).not.toEqual([]);
  await finish(made, Buffer.alloc(200));
  expect((await usageOf(opened)).refused).toEqual([]);
  expect((await hold(opened, "d")).status).toBe(200);
  expect((await usageOf(opened)).refused).toEqual([
    expect.stringMatching(/^Captures of class bulk take 1000 of 1000 bytes, and only 0 of them/),
  ]);
  expect(await checkRetention(opened.directory)).toMatchObject({
    state: "degraded",
    found: expect.stringContaining("uploads are refused: Captures of class bulk") as string,
  });
  const evidence = await create("e", { nightcapClass: "evidence" });
  await finish(evidence, Buffer.alloc(5_000));
  await call("DELETE", "/nightcap/v1/holds/b?reason=over");
  await record("f", 300);
  await vi.waitFor(async () => expect(await b.blob.exists()).toBe(false), waiting);
  expect(await c.blob.exists()).toBe(true);
});

test("evidence within its days is not deleted for a quota: what has no place is refused before it is kept", async () => {
  const opened = await open({
    evidence: { days: 30, sizeBytesMax: 1_000 },
    bulk: { days: 7 },
    totalBytesMax: 5_000,
  });
  const { record, create, finish, blobAt } = opened;
  const proof = await record("proof", 900, { nightcapClass: "evidence" });
  const more = await create("more", { nightcapClass: "evidence" });
  await expect(finish(more, Buffer.alloc(200))).rejects.toMatchObject(noPlace);
  const bulk = await record("bulk", 3_000);
  const foreign = blobAt(bulk.storagePath.replace(/[^/]+$/, "foreign.bin"));
  // What may go is counted anew before a refusal, unless that was done a moment ago.
  await vi.waitFor(() => foreign.uploadData(Buffer.alloc(1_500)), waiting);
  await vi.waitFor(async () => expect(await bulk.blob.exists()).toBe(false), waiting);
  await expect(foreign.uploadData(Buffer.alloc(4_500))).rejects.toMatchObject(noPlace);
  const flowLogs = opened.blobs.getContainerClient("insights-logs-flowlogflowevent");
  await flowLogs.createIfNotExists();
  await flowLogs.getBlockBlobClient("a/PT1H.json").uploadData(Buffer.alloc(6_000));
  expect((await usageOf(opened)).classes).toMatchObject([
    { class: "evidence", sizeBytes: 900 },
    { class: "bulk", captureCount: 0 },
    { class: "flowLogs", sizeBytes: 6_000, fileCount: 1 },
    { class: "other" },
  ]);
  expect(await proof.blob.exists()).toBe(true);
});
