// Reports on the disk: encrypted where there is a key, and moved from one form and one key to the next.
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  readReportFile,
  ReportKeys,
  sealedReports,
  writeReportFile,
} from "../../../src/server/results/report-file.ts";
import { KeyRing } from "../../../src/storage/vault/key-ring.ts";

const signal = new AbortController().signal;
let reports: string;
beforeEach(async () => (reports = await mkdtemp(join(tmpdir(), "nightcap-reports-"))));
afterEach(() => rm(reports, { recursive: true, force: true }));

const place = (session: string) => ({ directory: join(reports, session), name: "report.html" });
const textOf = async (session: string, keys: KeyRing | null): Promise<string | undefined> =>
  (await readReportFile(place(session), keys))?.toString();

test("a report is encrypted, and opens for its session alone; one in plain text stays readable until it is", async () => {
  const keys = new KeyRing([randomBytes(32)]);
  const inUse = new ReportKeys(keys);
  const sealed: string[] = [];
  const part = sealedReports({
    directory: reports,
    keys,
    inUse,
    onSealed: async (session) => void sealed.push(session),
  });
  expect(await part.seal(signal)).toBe(true); // there is none
  await writeReportFile(place("one"), "<p>the finding", null);
  await writeReportFile(place("two"), "<p>another", inUse.take().key);
  expect(await textOf("one", keys)).toBe("<p>the finding"); // those in plain text stay readable
  expect(await part.seal(signal)).toBe(true);
  expect(sealed).toEqual(["one"]);
  for (const session of ["one", "two"]) {
    expect(await readdir(join(reports, session))).toEqual(["report.html.sealed"]);
    const bytes = await readFile(join(reports, session, "report.html.sealed"));
    expect(bytes.includes("finding") || bytes.includes("another")).toBe(false);
  }
  expect(await textOf("one", keys)).toBe("<p>the finding");
  expect(await textOf("three", keys)).toBeUndefined();
  await writeFile(
    join(reports, "two", "report.html.sealed"),
    await readFile(join(reports, "one", "report.html.sealed")),
  );
  await expect(textOf("two", keys)).rejects.toMatchObject({ code: "StorageSealBroken" });
});

test("a worker that began with the old key keeps it, until its report is written", async () => {
  const [old, newer] = [randomBytes(32), randomBytes(32)];
  const keys = new KeyRing([old]);
  const inUse = new ReportKeys(keys);
  const part = sealedReports({ directory: reports, keys, inUse, onSealed: async () => {} });
  const { key, release } = inUse.take();
  keys.replace([newer, old]);
  expect(await part.rewrap(signal)).toBe(false);
  await writeReportFile(place("late"), "late", key);
  release();
  expect(await part.rewrap(signal)).toBe(true);
  expect(await textOf("late", new KeyRing([newer]))).toBe("late");
  await expect(textOf("late", new KeyRing([old]))).rejects.toMatchObject({
    code: "StorageKeyInvalid",
  });
});
