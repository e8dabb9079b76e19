// A real control plane and agent as `nightcap up` runs them, and Debian's browser in front of it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { expect, vi } from "vitest";
import { run } from "../../src/common/run.ts";
import { freePort } from "../e2e/free-port.ts";

const waitOptions = { timeout: 60_000, interval: 100 };
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export const password = "a long night at the rack";

const commandTimeoutMilliseconds = 120_000;

export interface BrowserBed {
  endpoint: string;
  /** The one-time link of the first user. */
  link: string;
  state: string;
  output(): string;
  /** Runs a command of `nightcap` on its state folder. */
  nightcap(...args: string[]): Promise<string>;
  /** A window of its own, which nobody is signed in at; what goes wrong in it is kept in `problems`. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A window of the first user, an Owner named "mara", at the page's address below `/ui/`. */
  openSignedIn(path?: string, options?: BrowserContextOptions): Promise<Page>;
  /** What pages said on their consoles, and errors that nobody caught. */
  problems: string[];
  /** Closes what a test that failed left open over its page, and gives it its network back, so that the next one can act. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Unless told, the first start runs a drill by itself. */
export async function openBrowserBed(more: readonly "--no-drill"[] = []): Promise<BrowserBed> {
  const state = await mkdtemp(join(tmpdir(), "nightcap-web-"));
  const port = await freePort();
  const up = startUp(state, port, more);
  await vi.waitFor(() => expect(up.output()).toContain("Ctrl-C stops it"), waitOptions);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"], // the tests are root, in namespaces of their own
  });
  const problems: string[] = [];
  const endpoint = `https://127.0.0.1:${port}`;
  const link = /https:\S+\/ui\/welcome#\S+/.exec(up.output())?.[0] ?? "";
  const open = (options: BrowserContextOptions = {}): Promise<Page> =>
    openPage(browser, options, problems);
  const allPages = (): Page[] => browser.contexts().flatMap((context) => context.pages());
  let signedIn: Promise<StorageState> | null = null;
  return {
    endpoint,
    link,
    state,
    output: () => up.output(),
    problems,
    async nightcap(...args) {
      const command = [resolve("src/main.ts"), ...args, "--state", state];
      const options = { timeoutMilliseconds: commandTimeoutMilliseconds };
      return (await run(process.execPath, command, options)).stdout;
    },
    open,
    async openSignedIn(path = "", options = {}) {
      signedIn ??= signIn(await open(), link);
      const page = await open({ ...options, storageState: await signedIn });
      await page.goto(`${endpoint}/ui/${path}`);
      return page;
    },
    async recover() {
      for (const context of browser.contexts()) await context.setOffline(false);
      for (const page of allPages())
        if (await dialogsOf(page).count()) await page.keyboard.press("Escape");
    },
    async close() {
      await browser.close();
      up.child.kill("SIGTERM");
      if (up.child.exitCode === null) await once(up.child, "exit");
      await rm(state, { recursive: true, force: true });
    },
  };
}

type StorageState = Exclude<BrowserContextOptions["storageState"], string | undefined>;

/** Makes the first user by the one-time link, and gives the cookies that a browser then has. */
async function signIn(page: Page, link: string): Promise<StorageState> {
  await page.goto(link);
  await page.getByLabel("Name").fill("mara");
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}

function startUp(
  state: string,
  port: number,
  more: readonly string[],
): { child: ChildProcess; output(): string } {
  const args = [resolve("src/main.ts"), "up", "--state", state, "--port", String(port), ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  }
  return { child, output: () => output };
}

async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
  problems: string[],
): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true, // the control plane's own authority
    viewport: { width: 1280, height: 860 },
    locale: "en",
    reducedMotion: "reduce", // what moves for ever keeps a core busy where there is no graphics card
    ...options,
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    const { url } = message.location();
    if (["error", "warning"].includes(message.type())) problems.push(`${message.text()} ${url}`);
  });
  return page;
}

/** Keeps a picture of the page for the documents, where that is asked for. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env["NIGHTCAP_WRITE_DOCS"] !== "1") return;
  await page.waitForLoadState("networkidle");
  const path = resolve(`docs/images/web-${name}.png`);
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const content = await page.locator("main").boundingBox();
  const isCovered = (await dialogsOf(page).count()) > 0;
  const bottom = content && !isCovered ? Math.ceil(content.y + content.height) : size.height;
  // No picture of what stands below the last thing on the page: nothing.
  const height = Math.min(size.height, bottom + 16);
  await page.screenshot({ path, clip: { x: 0, y: 0, width: size.width, height } });
}

const dialogsOf = (page: Page): Locator =>
  page.getByRole("dialog").or(page.getByRole("alertdialog"));

/** What axe-core calls serious or critical on the page as it stands: rule and place of each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const first = await faultsNow(page);
  if (first.length === 0) return first;
  // axe looks at one part after another: what changes meanwhile is judged by halves, and is no fault a moment later.
  await page.waitForLoadState("networkidle");
  const again = new Set(await faultsNow(page));
  return first.filter((fault) => again.has(fault));
}

async function faultsNow(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe, document } = globalThis as unknown as {
      axe: {
        run(
          part: unknown,
        ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
      document: { querySelector(selector: string): unknown };
    };
    // What is behind a dialog's shade can neither be reached nor be read well.
    const shade = '[class*="shade"] ~';
    const dialog = document.querySelector(`${shade} [role$="dialog"], ${shade} * [role$="dialog"]`);
    return (await axe.run(dialog ?? document)).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
