import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Clock } from "../../common/clock.ts";
import { drillMessage } from "../../common/drill-message.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";

const mainPath = join(import.meta.dirname, "../../main.ts");
/** A drill has its own limits, which are shorter; this ends one that hangs. */
const timeoutMilliseconds = 5 * 60_000;
const stepCountMax = 100;
const problemLengthMax = 2_000;

export interface DrillStep {
  text: string;
  /** Since the burst began; null: before it. */
  milliseconds: number | null;
}

/** The newest drill of this run of the control plane; times are milliseconds since the epoch. */
export interface DrillRecord {
  state: "running" | "succeeded" | "failed";
  startedAt: number;
  endedAt: number | null;
  steps: DrillStep[];
  incidentId: string | null;
  /** Why it failed. */
  problem: string | null;
}

export interface Drills extends Closable {
  newest(): DrillRecord | null;
  /** Throws `Conflict` while one runs. */
  start(): DrillRecord;
}

/** Runs `nightcap drill` for whoever asks over the API: one at a time, in a process of its own. */
export function createDrills(options: {
  /** The control plane's state folder, whose administrator the drill asks as. */
  directory: string;
  clock: Clock;
  log: Log;
}): Drills {
  const { directory, clock, log } = options;
  let record: DrillRecord | null = null;
  let child: ChildProcess | null = null;
  return {
    newest: () => record,
    start() {
      checkMayRun(record);
      const args = [...process.execArgv, mainPath, "drill", "--json", "--state", directory];
      const started = newRecord(clock.now());
      record = started;
      child = spawn(process.execPath, args, {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        timeout: timeoutMilliseconds,
      });
      follow(child, started, () => {
        started.endedAt = clock.now();
        child = null;
        log.info({ state: started.state, incidentId: started.incidentId }, "drill ended");
      });
      return started;
    },
    async close() {
      if (!child) return;
      const ended = once(child, "close");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function checkMayRun(record: DrillRecord | null): void {
  if (record?.state === "running")
    throw new NightcapError("Conflict", "a drill is under way: wait for its end");
  if (process.getuid?.() === 0) return;
  throw new NightcapError(
    "NotImplemented",
    "not supported: a drill makes network namespaces, for which this control plane has no right; run `sudo nightcap drill` on its machine",
  );
}

const newRecord = (startedAt: number): DrillRecord => ({
  state: "running",
  startedAt,
  endedAt: null,
  steps: [],
  incidentId: null,
  problem: null,
});

/** What the drill says goes into its record, until it ends. */
function follow(child: ChildProcess, record: DrillRecord, onEnd: () => void): void {
  let problem = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    problem = `${problem}${text}`.slice(-problemLengthMax);
  });
  child.on("message", (message) => {
    const { data } = drillMessage.safeParse(message);
    if (data?.kind === "incident") record.incidentId = data.incidentId;
    if (data?.kind !== "step" || record.steps.length >= stepCountMax) return;
    record.steps.push({ text: data.text, milliseconds: data.milliseconds });
  });
  let isOver = false;
  const end = (state: "succeeded" | "failed", why: string | null): void => {
    if (isOver) return;
    isOver = true;
    record.state = state;
    record.problem = why;
    onEnd();
  };
  child.on("error", (error) => end("failed", error.message));
  child.on("close", (code, signal) => {
    if (code === 0) end("succeeded", null);
    else end("failed", problem.trim() || `the drill ended with ${signal ?? `code ${code}`}`);
  });
}
