// How fast the page inspects a file that is dropped on it, in Debian's Chromium, beside the command line with the same file.
//   npm run bench -- web-inspect [--size 100MB] [--file CAPTURE] [--runs 3] [--work FOLDER]
// Both by the clock, in turn, the fastest run of each. The page's own worker is asked, as built; no control plane is needed.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { generate } from "./inspection/generate.ts";
import { warm } from "./inspection/measure.ts";
import { sizeOf } from "./inspection/options.ts";

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "100MB" },
    file: { type: "string" },
    runs: { type: "string", default: "3" },
    work: { type: "string", default: join(tmpdir(), "nightcap-bench-inspection") },
  },
});
const project = join(import.meta.dirname, "..");
const assets = join(project, "dist/web/files/assets");
const work = resolve(options.work);
mkdirSync(work, { recursive: true });
const path = options.file ?? makeFile();

function makeFile(): string {
  const sizeBytes = sizeOf(options.size);
  return generate({ kind: "mix", sizeBytes, seed: 1, work, captures: null }).pcap;
}

/** A place to drop a file, and what asks the page's worker to inspect it. */
const html = `<!doctype html><title>bench</title><input type=file><script>
  async function inspectFile(name) {
    const worker = new Worker("/" + name, { type: "module" });
    const begun = performance.now();
    const reply = await new Promise((done) => {
      worker.onmessage = ({ data }) => ["done", "failed"].includes(data.kind) && done(data);
      worker.postMessage({ file: document.querySelector("input").files[0] });
    });
    worker.terminate();
    if (reply.kind !== "done") throw new Error(JSON.stringify(reply));
    return { own: reply.milliseconds, waited: performance.now() - begun };
  }
</script>`;

/** What the worker says that it took, and what whoever dropped the file waited. */
async function inPage(page: Page, worker: string): Promise<{ own: number; waited: number }> {
  await page.setInputFiles("input", path);
  return page.evaluate(`inspectFile(${JSON.stringify(worker)})`);
}

function onCommandLine(): number {
  const begun = performance.now();
  const { status } = spawnSync(join(project, "bin/nightcap"), ["inspect", "--json", path], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`nightcap inspect ended with ${status}`);
  return performance.now() - begun;
}

/** The built files, and the page that asks. */
function serve(): ReturnType<typeof createServer> {
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    if (name === "") {
      response.setHeader("content-type", "text/html");
      return response.end(html);
    }
    if (!readdirSync(assets).includes(name)) return response.writeHead(404).end();
    response.setHeader("content-type", "text/javascript");
    return response.end(readFileSync(join(assets, name)));
  });
  return server.listen(0, "127.0.0.1");
}

async function run(browser: Browser, worker: string, port: number): Promise<void> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  const best = { own: Infinity, waited: Infinity, line: Infinity };
  for (let left = Number(options.runs); left > 0; left--) {
    best.line = Math.min(best.line, onCommandLine());
    const { own, waited } = await inPage(page, worker);
    best.own = Math.min(best.own, own);
    best.waited = Math.min(best.waited, waited);
  }
  const sizeMegabytes = statSync(path).size / 1e6;
  const line = (name: string, milliseconds: number): string =>
    `  ${name}: ${milliseconds.toFixed(0)} ms, ${((sizeMegabytes / milliseconds) * 1e3).toFixed(0)} MB/s`;
  const told = [
    `${path}: ${sizeMegabytes.toFixed(0)} MB`,
    line("nightcap inspect --json", best.line),
    line("the page, with its worker's start", best.waited),
    line("the page's worker itself", best.own),
    `the page has ${((best.line / best.waited) * 100).toFixed(0)} % of the command line's speed`,
  ];
  process.stdout.write(`${told.join("\n")}\n`);
}

const worker = readdirSync(assets).find((name) => /^worker-[\w-]+\.js$/.test(name));
if (worker === undefined) throw new Error("the page is not built: npm start builds it");
warm(path);
const server = serve();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  await run(browser, worker, (server.address() as AddressInfo).port);
} finally {
  await browser.close();
  server.close();
}
