import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Job } from "../../src/responder/job.ts";
import { legacyAlert } from "./alerts.ts";
import { type ArmBed, type Call, startArmBed } from "./arm-bed.ts";
import { functionKey } from "./open-responder.ts";

const program = fileURLToPath(new URL("crash-child.ts", import.meta.url));
let bed: ArmBed;
let file = "";
let child: { process: ChildProcess; url: string } | undefined;

beforeAll(async () => {
  bed = await startArmBed();
  file = join(bed.directory, "bed.json");
  const { directory, url, ca, webhookUrl, connection } = bed;
  await writeFile(file, JSON.stringify({ directory, url, ca, webhookUrl, connection }));
});

afterEach(kill);
afterAll(() => bed.close());

async function start(): Promise<string> {
  const spawned = spawn(process.execPath, [program, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(spawned.stdout, "data")) as [Buffer];
  child = { process: spawned, url: `http://127.0.0.1:${line.toString().trim()}` };
  return child.url;
}

async function kill(): Promise<void> {
  const running = child?.process;
  child = undefined;
  if (!running || running.exitCode !== null || running.signalCode !== null) return;
  running.kill("SIGKILL");
  await once(running, "exit");
}

/** As an action group: again and again until somebody has taken it. */
async function deliver(rule: string): Promise<void> {
  for (;;) {
    const url = child?.url ?? (await start());
    const answer = await fetch(`${url}/api/responder`, {
      method: "POST",
      headers: { "x-functions-key": functionKey },
      body: JSON.stringify(legacyAlert({ rule })),
    }).catch(() => null);
    if (answer?.status === 202) return;
    await sleep(20);
  }
}

/** Kills the responder the first time that a call of this name is before or after the far side. */
function killAt(point: "before" | "after", name: string): { killed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  bed.hooks[point] = async (call: Call) => {
    if (call.name !== name) return;
    delete bed.hooks[point];
    await kill();
    resolve();
    // Before: the far side never gets it. After: it has taken it, and the answer finds nobody.
    return 503;
  };
  return { killed: promise };
}

async function waitDone(rule: string): Promise<Job> {
  const url = child?.url ?? (await start());
  const find = async (): Promise<Job | undefined> => {
    const jobs = (await (await fetch(url)).json()) as Job[];
    return jobs.find(({ alert, step }) => alert.ruleName === rule && step === "done");
  };
  await expect.poll(find, { timeout: 20_000 }).toBeTruthy();
  const job = await find();
  if (!job) throw new Error(`no job of ${rule}`);
  return job;
}

const points: ["before" | "after", string][] = [
  ["before", "POST token"],
  ["after", "GET virtualMachines"],
  ["after", "GET networkWatchers"],
  ["after", "GET packetCaptures"],
  ["before", "PUT packetCaptures"],
  ["after", "PUT packetCaptures"],
  ["before", "POST queryStatus"],
  ["after", "POST queryStatus"],
  ["before", "POST webhook"],
  ["after", "POST webhook"],
];

test.each(points)(
  "killed %s %s, a restart gives one capture and one notification",
  async (point, name) => {
    const rule = `${point}-${name.replace(" ", "-")}`;
    const before = bed.startedCount();
    const { killed } = killAt(point, name);
    await deliver(rule);
    await killed;
    const job = await waitDone(rule);
    expect(job.outcome?.kind).toBe("captured");
    expect(bed.startedCount() - before).toBe(1);
    const received = bed.received.filter(
      ({ notification }) => notification.alert.ruleName === rule,
    );
    expect(new Set(received.map(({ id }) => id))).toEqual(new Set([job.jobId]));
    // Taken but not recorded is the one case of two sendings: same id and same words, so that the
    // receiver can drop the second. Everywhere else there is exactly one.
    const sentTwice = point === "after" && name === "POST webhook";
    expect(received).toHaveLength(sentTwice ? 2 : 1);
    expect(new Set(received.map(({ notification }) => JSON.stringify(notification))).size).toBe(1);
  },
);

test("killed right after the 202, and again and again at any moment, it still ends once", async () => {
  const before = bed.startedCount();
  bed.captureMilliseconds = 700;
  await deliver("any-moment");
  await kill();
  for (const milliseconds of [0, 60, 120, 250, 500]) {
    await start();
    await sleep(milliseconds);
    await kill();
  }
  const job = await waitDone("any-moment");
  expect(bed.startedCount() - before).toBe(1);
  const received = bed.received.filter(({ id }) => id === job.jobId);
  expect(new Set(received.map(({ notification }) => JSON.stringify(notification))).size).toBe(1);
});
