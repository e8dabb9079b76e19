// Nightcap's own processes as a test runs them: really started, really killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { resolve } from "node:path";

const readyTimeoutMilliseconds = 30_000;
const mainPath = resolve("src/main.ts");

export interface RunningProcess {
  readonly pid: number;
  /** What the process said when it was ready. */
  readonly ready: string;
  /** Ends it at once, as a power cut does to one process. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `nightcap ARGS` and waits until it says that it is ready. Its log goes to `logPath`. */
export async function startNightcap(
  args: readonly string[],
  logPath: string,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, [mainPath, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const log = createWriteStream(logPath, { flags: "a" });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = once(child, "exit").then(() => null);
  const message = once(child, "message", { signal: AbortSignal.timeout(readyTimeoutMilliseconds) });
  const first = await Promise.race([message, ended]).catch(() => null);
  if (first === null) {
    await end(child, "SIGKILL");
    throw new Error(`nightcap ${args.join(" ")} did not get ready; its log is ${logPath}`);
  }
  const [{ ready }] = first as [{ ready: string }];
  return { pid: child.pid ?? 0, ready, kill: (signal = "SIGKILL") => end(child, signal) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
