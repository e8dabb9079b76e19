// The page's list of packets on a large stored capture: how soon it shows, how soon windows of it come, and how smoothly
// it scrolls.
//   npm run bench -- packet-page [--size 1GB] [--work FOLDER] [--file CAPTURE]
// Starts a control plane and waits for the recording of its drill, puts a generated capture in that file's place over
// the storage API, and opens its Packets tab in Debian's Chromium. Frame times are the gaps between calls of
// requestAnimationFrame while the list is scrolled by the wheel, and while its scroll bar is pulled. The report on
// the page stays that of the drill, so the first opening makes the index that the inspection of a recording keeps; then
// the control plane is started again, and opens the capture as one that was inspected. Needs root and chromium.
import { mkdirSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { run } from "../../src/common/run.ts";
import { generate } from "../inspection/generate.ts";
import { warm } from "../inspection/measure.ts";
import { sizeOf } from "../inspection/options.ts";
import { spread, windows } from "./packet-windows.ts";
import { type PageBench, signIn, withPageBench } from "./page-bench.ts";

const blockSizeBytes = 32 * 1024 * 1024;
const recordingSecondsMax = 120;
const pullCount = 60;
const wheelTurnCount = 600;

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "1GB" },
    work: { type: "string", default: join(tmpdir(), "nightcap-bench-inspection") },
    file: { type: "string" },
  },
});

async function main(): Promise<void> {
  const path = options.file ?? makeFile();
  await withPageBench(async (bench) => {
    const page = await signIn(bench, bench.link);
    const capture = await drillsCapture(bench, page);
    await putInPlace(bench, capture.file, path);
    print(`${path}: ${(await sizeBytesOf(path)) / 1e6} MB`);
    warm(path);
    const address = `${bench.endpoint}${capture.path}?tab=packets`;
    await opening(page, address, "opened without an index");
    await indexBeside(join(bench.state, "reports", sessionOf(capture.path)));
    await bench.restart();
    await page.goto(`${bench.endpoint}/ui/captures`);
    await page
      .getByRole("link", { name: /^alert-/ })
      .first()
      .waitFor();
    await opening(page, address, "opened after an inspection");
    await opening(page, address, "opened again");
    const stranger = await bench.browser.newContext({
      ignoreHTTPSErrors: true,
      locale: "en",
      storageState: await page.context().storageState(),
    });
    await opening(
      await stranger.newPage(),
      address,
      "opened by a browser that has nothing of it yet",
    );
    await stranger.close();
    await windows(page, sessionOf(capture.path), print);
    await measure(page);
    print(
      `load average ${loadavg()
        .map((load) => load.toFixed(1))
        .join(" ")}`,
    );
  });
}

function makeFile(): string {
  const work = resolve(options.work);
  mkdirSync(work, { recursive: true });
  const sizeBytes = sizeOf(options.size);
  return generate({ kind: "mix", sizeBytes, seed: 1, work, captures: null }).pcap;
}

/** Where the drill's recording is shown, and where its file is. */
async function drillsCapture(
  { endpoint }: PageBench,
  page: Page,
): Promise<{ path: string; file: string }> {
  await page.goto(`${endpoint}/ui/captures`);
  const timeout = recordingSecondsMax * 1_000;
  await page
    .getByRole("link", { name: /^alert-/ })
    .first()
    .click({ timeout });
  await page.getByRole("tab", { name: "Summary" }).waitFor({ timeout });
  const file = await page.getByRole("link", { name: "Download" }).getAttribute("href");
  return { path: new URL(page.url()).pathname, file: file ?? "" };
}

/** Writes the file over the stored one, block by block, as somebody who may. */
async function putInPlace(bench: PageBench, blob: string, path: string): Promise<void> {
  const role = "Storage Blob Data Contributor";
  const args = ["user", "add", "writer", "--role", role, "--json", "--state", bench.state];
  const command = [resolve("src/main.ts"), ...args];
  const added = await run(process.execPath, command, { timeoutMilliseconds: 60_000 });
  const page = await signIn(
    bench,
    (JSON.parse(added.stdout) as { link: { url: string } }).link.url,
  );
  const session = await page.request.get(`${bench.endpoint}/nightcap/v1/session`);
  const { csrf } = (await session.json()) as { csrf: string };
  const put = async (query: string, data: Buffer | string): Promise<void> => {
    const headers = {
      "x-nightcap-csrf": csrf,
      origin: bench.endpoint,
      "x-ms-version": "2023-11-03",
    };
    const answer = await page.request.put(`${bench.endpoint}${blob}?${query}`, { headers, data });
    if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`);
  };
  const file = await open(path);
  const ids: string[] = [];
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(blockSizeBytes));
    if (bytesRead === 0) break;
    const id = Buffer.from(String(ids.length).padStart(6, "0")).toString("base64");
    await put(`comp=block&blockid=${encodeURIComponent(id)}`, buffer.subarray(0, bytesRead));
    ids.push(id);
  }
  await file.close();
  const list = ids.map((id) => `<Latest>${id}</Latest>`).join("");
  await put(
    "comp=blocklist",
    `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`,
  );
  await page.context().close();
}

async function sizeBytesOf(path: string): Promise<number> {
  const file = await open(path);
  const { size } = await file.stat();
  await file.close();
  return size;
}

const sessionOf = (path: string): string => path.split("/").at(-1) ?? "";

async function opening(page: Page, address: string, what: string): Promise<void> {
  const begun = performance.now();
  await page.goto(address);
  await page.getByRole("row", { name: /^1\D/ }).waitFor();
  print(`${what}: rows after ${(performance.now() - begun).toFixed(0)} ms`);
}

/** Until what the first opening found out is kept. */
async function indexBeside(report: string): Promise<void> {
  for (let second = 0; second < recordingSecondsMax; second++) {
    if ((await readdir(report)).includes("packets.index")) return;
    await wait(1_000);
  }
  throw new Error(`no index in ${report}`);
}

async function measure(page: Page): Promise<void> {
  const begun = performance.now();
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await page.locator("[role=row][aria-selected=true]:not([aria-busy=true])").waitFor();
  const last = await page
    .locator("[role=row][aria-selected=true] [role=gridcell]")
    .first()
    .textContent();
  print(`the last packet, ${last}: ${(performance.now() - begun).toFixed(0)} ms`);
  await page.keyboard.press("Home");
  await page.locator("[role=row][aria-rowindex='2']").waitFor();
  print(`the wheel: ${await gaps(page, wheelTurnCount, () => page.mouse.wheel(0, 120))}`);
  print(
    `the scroll bar: ${await gaps(page, pullCount, (at) =>
      page.evaluate(`(() => {
      const list = document.querySelector("[role=grid]");
      list.scrollTop = ${at / pullCount} * list.scrollHeight;
    })()`),
    )}`,
  );
  const settled = performance.now();
  await page.locator("[role=grid] [aria-busy=true]").first().waitFor({ state: "detached" });
  print(`  rows after the last pull: ${(performance.now() - settled).toFixed(0)} ms`);
}

/** Gaps between frames while `act` is done so many times, and the share of frames with a row that had not come. */
async function gaps(
  page: Page,
  count: number,
  act: (at: number) => Promise<unknown>,
): Promise<string> {
  await page.getByRole("grid").hover();
  await page.evaluate(`(() => {
    const seen = (globalThis.seen = { gaps: [], empty: 0, last: performance.now(), goesOn: true });
    const look = (now) => {
      seen.gaps.push(now - seen.last);
      seen.last = now;
      const list = document.querySelector("[role=grid]");
      if (list.querySelector("[aria-busy=true]")) seen.empty++;
      if (seen.goesOn) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  for (let at = 0; at < count; at++) await act(at);
  const seen = await page.evaluate<{ gaps: number[]; empty: number }>(
    "(() => { globalThis.seen.goesOn = false; return globalThis.seen; })()",
  );
  const empty = ((100 * seen.empty) / Math.max(1, seen.gaps.length)).toFixed(0);
  return `frames ${spread(seen.gaps.slice(2))}; rows still to come in ${empty} % of them`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
