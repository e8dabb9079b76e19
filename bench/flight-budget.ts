// What the flight recorder costs its host, and that its own limits are kept; part of `flight-recorder.ts`.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestBed } from "../test/bed/bed.ts";
import type { Installation } from "../test/e2e/installation.ts";
import { dumpcapsBelow } from "./installation-cost.ts";

const clockTicksPerSecond = 100;
const sampleMilliseconds = 100;
const phaseSeconds = 10;
const captureSeconds = 5;
const mebibyte = 2 ** 20;
/** Less than a recorder needs at this rate, so that the limit has something to do. */
const cpuShareMax = 0.02;
const limitSecondsMax = 30;

export interface BudgetParts {
  bed: TestBed;
  installation: Installation;
  /** Folder of the ring. */
  ring: string;
  packetsPerSecond: number;
  payloadSizeBytes: number;
  /** Makes a capture that looks back, and resolves when it is asked for. */
  create: (name: string, properties: object) => Promise<void>;
  /** Resolves when its file is stored. */
  ended: (name: string) => Promise<unknown>;
  say: (text: string) => void;
}

/** One process as it was last seen. */
interface Seen {
  kind: "agent" | "ring" | "capture";
  seconds: number;
  residentBytes: number;
  writtenBytes: number;
}

export async function measureBudget(parts: BudgetParts): Promise<void> {
  const { bed, say, packetsPerSecond, payloadSizeBytes, create, ended } = parts;
  say(
    "| | agent CPU | ring CPU | capture CPU | agent memory | ring memory | to disk | ring | held |",
  );
  say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  await phase(parts, "at rest", () => sleep(phaseSeconds * 1_000));
  const server = await bed.startServer("iperf3", "internet");
  const rate = String(packetsPerSecond * payloadSizeBytes * 8);
  const words = [
    "-u",
    "-l",
    String(payloadSizeBytes),
    "-b",
    rate,
    "-t",
    "110",
    "-c",
    server.address,
  ];
  const sender = bed.spawn("vm", "iperf3", words, { stdio: "ignore" });
  const { sizeBytesMax } = await settingsOf(parts.installation);
  while (sizeBelow(parts.ring) < sizeBytesMax * 0.9) await sleep(sampleMilliseconds);
  const packets = `${packetsPerSecond} packets/s`;
  await phase(parts, `${packets}, the ring full`, () => sleep(phaseSeconds * 1_000));
  await phase(parts, `${packets}, hold, cut and ${captureSeconds} s of capture`, async () => {
    await create("budget", { lookBackInSeconds: 60, timeLimitInSeconds: captureSeconds });
    await sleep(captureSeconds * 1_000);
  });
  await phase(parts, `${packets}, the capture is finished, stored and inspected`, async () => {
    await ended("budget");
  });
  await measureLimit(parts);
  sender.kill("SIGKILL");
  await server.close();
}

/** Costs of the time that `work` takes, as a row. */
async function phase(parts: BudgetParts, name: string, work: () => Promise<void>): Promise<void> {
  const first = look(parts);
  const seen = new Map(first);
  const peak = { agent: 0, ring: 0, held: 0, folder: 0 };
  const begun = performance.now();
  const sample = (): void => {
    const now = look(parts);
    for (const [pid, each] of now) seen.set(pid, each);
    for (const kind of ["agent", "ring"] as const) {
      peak[kind] = Math.max(peak[kind], sum(now.values(), kind, "residentBytes"));
    }
    peak.folder = Math.max(peak.folder, sizeBelow(parts.ring));
    peak.held = Math.max(peak.held, heldBeside(parts.ring));
  };
  const timer = setInterval(sample, sampleMilliseconds);
  await work().finally(() => clearInterval(timer));
  sample();
  const seconds = (performance.now() - begun) / 1_000;
  const spent = (kind: Seen["kind"]): string => {
    const used = sum(seen.values(), kind, "seconds") - sum(first.values(), kind, "seconds");
    return `${((used / seconds) * 100).toFixed(1)} %`;
  };
  const written =
    sum(seen.values(), null, "writtenBytes") - sum(first.values(), null, "writtenBytes");
  const cells = [
    `${name} (${seconds.toFixed(1)} s)`,
    ...(["agent", "ring", "capture"] as const).map(spent),
    ...[peak.agent, peak.ring].map((bytes) => `${(bytes / mebibyte).toFixed(0)} MiB`),
    `${(written / mebibyte / seconds).toFixed(2)} MiB/s`,
    ...[peak.folder, peak.held].map((bytes) => `${(bytes / mebibyte).toFixed(0)} MiB`),
  ];
  parts.say(`| ${cells.join(" | ")} |`);
}

/** The same agent with a limit for the recorders: it is kept, and the recorder says that it rests. */
async function measureLimit({ installation, ring, say }: BudgetParts): Promise<void> {
  const path = join(installation.directory, "flight-recorder.json");
  const settings = JSON.parse(await readFile(path, "utf8")) as object;
  await installation.killAgent();
  await writeFile(path, JSON.stringify({ ...settings, cpuShareMax }));
  await installation.restartAgent();
  const begun = performance.now();
  const busiest = (): number => dumpcapsBelow(ring).length;
  const all = busiest();
  while (busiest() >= all && performance.now() - begun < limitSecondsMax * 1_000) await sleep(200);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  const log = await readFile(join(installation.directory, "agent.log"), "utf8");
  const reason = /it rests: [^"]*/.exec(log)?.[0] ?? "it was not told to rest";
  say(
    `limit of ${cpuShareMax} processors: ${reason} after ${seconds} s, ${busiest()} of ${all} go on`,
  );
}

function look({ installation, ring }: BudgetParts): Map<number, Seen> {
  const recording = dumpcapsBelow(installation.directory);
  const all: [number, Seen["kind"]][] = [
    [installation.agentPid(), "agent"],
    ...dumpcapsBelow(ring).map((pid): [number, Seen["kind"]] => [pid, "ring"]),
    ...recording.map((pid): [number, Seen["kind"]] => [pid, "capture"]),
  ];
  return new Map(
    all.flatMap(([pid, kind]) => {
      const seen = lookAt(pid, kind);
      return seen ? [[pid, seen] as const] : [];
    }),
  );
}

/** Null: it is gone. */
function lookAt(pid: number, kind: Seen["kind"]): Seen | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const number = (file: string, name: string): number =>
      Number(
        new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(
          readFileSync(`/proc/${pid}/${file}`, "utf8"),
        )?.[1] ?? 0,
      );
    return {
      kind,
      seconds: (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond,
      residentBytes: number("status", "VmRSS") * 1_024,
      writtenBytes: number("io", "write_bytes"),
    };
  } catch {
    return null;
  }
}

function sum(
  all: Iterable<Seen>,
  kind: Seen["kind"] | null,
  what: "seconds" | "residentBytes" | "writtenBytes",
): number {
  let total = 0;
  for (const each of all) if (kind === null || each.kind === kind) total += each[what];
  return total;
}

interface Found {
  inode: number;
  sizeBytes: number;
}

function filesIn(folder: string): Found[] {
  return readdirSync(folder).flatMap((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return found?.isFile() ? [{ inode: found.ino, sizeBytes: found.size }] : [];
  });
}

const sizeBelow = (folder: string): number =>
  filesIn(folder).reduce((total, { sizeBytes }) => total + sizeBytes, 0);

/** Bytes that are only there because captures hold them. */
function heldBeside(ring: string): number {
  const inRing = new Set(filesIn(ring).map(({ inode }) => inode));
  const folder = join(ring, "hold");
  const held = new Map<number, number>();
  for (const session of statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : []) {
    const path = join(folder, session);
    if (!statSync(path, { throwIfNoEntry: false })) continue;
    for (const { inode, sizeBytes } of filesIn(path)) held.set(inode, sizeBytes);
  }
  return [...held].reduce((total, [inode, size]) => total + (inRing.has(inode) ? 0 : size), 0);
}

async function settingsOf({ directory }: Installation): Promise<{ sizeBytesMax: number }> {
  const text = await readFile(join(directory, "flight-recorder.json"), "utf8");
  return { sizeBytesMax: 64 * mebibyte, ...(JSON.parse(text) as object) };
}
