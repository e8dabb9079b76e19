import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createReportLinks } from "../../../src/server/results/report-link.ts";
import { reportFiles } from "../../../src/server/results/report-task.ts";

const sessionId = "5f2b8f6f-0000-4000-8000-000000000001";
const begun = Date.UTC(2026, 10, 21, 2);
let directory: string;
let now: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-link-"));
  await writeFile(join(directory, reportFiles.html), "<p>the answer</p>");
  now = begun;
});
afterEach(() => rm(directory, { recursive: true }));

const links = createReportLinks({
  baseUrl: "https://x",
  secret: Buffer.from("a secret of nobody"),
  directoryOf: () => directory,
  keys: null,
  now: () => now,
  onView: async () => {},
});
const statusOf = async (link: string): Promise<number> =>
  (await links.handler(new Request(link))).status;

test("a link without an end reads the report, and another key does not", async () => {
  const link = links.linkTo(sessionId);
  now += 10 * 365 * 86_400_000;
  expect(await statusOf(link)).toBe(200);
  expect(await statusOf(link.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).toBe(404);
});

test("a link that ends reads it until then, and nobody puts the end off", async () => {
  const link = links.linkTo(sessionId, begun + 60_000);
  expect(await statusOf(link)).toBe(200);
  now += 60_000;
  expect(await statusOf(link)).toBe(404);
  expect(await statusOf(link.replace(/02%3A01/, "03%3A01"))).toBe(404);
  expect(await statusOf(link.replace(/&until=.*/, ""))).toBe(404);
  expect(await statusOf(link.replace(/until=.*/, "until=never"))).toBe(404);
});
