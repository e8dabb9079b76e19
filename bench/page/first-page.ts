// How soon the first page can be used by a browser that has nothing of it yet, and how much script that takes.
//   npm run bench -- first-page [ROUNDS]
// Starts a control plane, and opens the door and then, signed in, Tonight, each in a window without a cache, in Debian's
// Chromium over loopback and TLS. Usable is: the door's name can be typed in; Tonight shows its hosts. Needs root and
// chromium.
import type { Page } from "playwright-core";
import { type PageBench, signIn, withPageBench } from "./page-bench.ts";

const roundCount = Number(process.argv[2] ?? 20);
type State = Awaited<ReturnType<ReturnType<Page["context"]>["storageState"]>>;

interface Opening {
  milliseconds: number;
  scriptSizeBytes: number;
  requestCount: number;
}

await withPageBench(async (bench) => {
  const doors: Opening[] = [];
  for (let round = 0; round < roundCount; round++) {
    doors.push(await open(bench, undefined, (page) => page.getByLabel("Name").waitFor()));
  }
  describe("the door", doors);
  const page = await signIn(bench, bench.link);
  const signedIn = await page.context().storageState();
  await page.context().close();
  const tonight: Opening[] = [];
  for (let round = 0; round < roundCount; round++) {
    const usable = (fresh: Page): Promise<void> =>
      fresh.locator('main a[href*="/hosts/"]').first().waitFor();
    tonight.push(await open(bench, signedIn, usable));
  }
  describe("Tonight", tonight);
});

async function open(
  { browser, endpoint }: PageBench,
  storageState: State | undefined,
  usable: (page: Page) => Promise<unknown>,
): Promise<Opening> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: "en",
    ...(storageState ? { storageState } : {}),
  });
  const page = await context.newPage();
  const begun = performance.now();
  await page.goto(`${endpoint}/ui/`, { waitUntil: "commit" });
  await usable(page);
  const milliseconds = performance.now() - begun;
  const transfers = await page.evaluate<{ name: string; size: number }[]>(
    `performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize }))`,
  );
  await context.close();
  const scripts = transfers.filter(({ name }) => new URL(name).pathname.endsWith(".js"));
  return {
    milliseconds,
    scriptSizeBytes: scripts.reduce((sum, { size }) => sum + size, 0),
    requestCount: transfers.length + 1,
  };
}

function describe(what: string, openings: readonly Opening[]): void {
  const sorted = openings.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  const most = (values: number[]): number => Math.max(...values);
  const kilobytes = (most(openings.map((one) => one.scriptSizeBytes)) / 1e3).toFixed(0);
  const requests = most(openings.map((one) => one.requestCount));
  process.stdout.write(
    `${what}: usable after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms, of ${sorted.length}; ${kilobytes} kB of compressed script, ${requests} requests\n`,
  );
}
