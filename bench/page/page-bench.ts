// What the measurements of the page share: a control plane of its own, the browser, and people who sign in.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";

const password = "a long night at the rack";
const startSecondsMax = 120;

export interface PageBench {
  endpoint: string;
  state: string;
  browser: Browser;
  /** The one-time link of the first user. */
  link: string;
  /** Ends control plane and agent, and starts them again on the same state; whoever was signed in still is. */
  restart(): Promise<void>;
}

/** Runs `measure` before a control plane, agent and browser that end with it. Needs root and chromium. */
export async function withPageBench(measure: (bench: PageBench) => Promise<void>): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "nightcap-bench-page-"));
  const port = await freePort();
  let up = startUp(state, port);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const link = await firstLink(up);
    const restart = async (): Promise<void> => {
      await stop(up);
      up = startUp(state, port);
      await firstLink(up);
    };
    await measure({ endpoint: `https://127.0.0.1:${port}`, state, browser, link, restart });
  } finally {
    await browser.close();
    await stop(up);
    await rm(state, { recursive: true, force: true });
  }
}

async function stop(up: ChildProcess): Promise<void> {
  up.kill("SIGTERM");
  if (up.exitCode === null) await once(up, "exit");
}

/** By the command itself, which keeps what Node compiled. */
function startUp(state: string, port: number): ChildProcess {
  const args = ["up", "--state", state, "--port", String(port)];
  return spawn(resolve("bin/nightcap"), args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** The one-time link of the first user, which is printed when all is up; empty once it was used. */
async function firstLink(up: ChildProcess): Promise<string> {
  let output = "";
  up.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  for (let second = 0; second < startSecondsMax; second++) {
    const link = /https:\S+\/ui\/welcome#\S+/.exec(output)?.[0] ?? "";
    if (output.includes("Ctrl-C stops it")) return link;
    await wait(1_000);
  }
  throw new Error(`nightcap up is not ready after ${startSecondsMax} s:\n${output}`);
}

/** A window of the user whom the link makes, or lets in for the first time. */
export async function signIn({ browser }: PageBench, link: string): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en" });
  const page = await context.newPage();
  await page.goto(link);
  const name = page.getByLabel("Name");
  await page.getByLabel("New password").fill(password);
  if (await name.isEditable()) await name.fill("bench");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { level: 1, name: "Tonight" }).waitFor();
  return page;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
