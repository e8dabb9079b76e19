import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { backoffDelay } from "../common/backoff.ts";
import type { Closable } from "../common/lifecycle.ts";

const restart = { minimumMilliseconds: 200, maximumMilliseconds: 30_000 };
/** A child that ran this long was well: its next restart is quick again. */
const steadyMilliseconds = 60_000;
/** Time for a child to end by itself before it is killed. */
const stopTimeoutMilliseconds = 10_000;

export interface SupervisedProcess extends Closable {
  /** Resolves with the first message that the child sends: it is ready. Rejects if it ends before, the first time. */
  readonly ready: Promise<unknown>;
}

/**
 * Keeps one of Nightcap's own processes running: starts it again when it ends, with backoff. The
 * child ends when this process does, even by kill -9, because its channel to us closes.
 */
export function supervise(options: {
  args: readonly string[];
  onRestart(reason: string): void;
}): SupervisedProcess {
  const abort = new AbortController();
  const { signal } = abort;
  const { promise: ready, resolve, reject } = Promise.withResolvers<unknown>();
  let child: ChildProcess | undefined;
  let wasReady = false;

  const runOnce = async (): Promise<string> => {
    const started = spawn(process.execPath, [...process.execArgv, ...options.args], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child = started;
    started.once("message", (message) => {
      wasReady = true;
      resolve(message);
    });
    const [code, killedBy] = (await once(started, "exit")) as [number | null, string | null];
    return killedBy === null ? `exit code ${code}` : `signal ${killedBy}`;
  };
  const running = (async () => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const startedAt = Date.now();
      const reason = await runOnce().catch((error: Error) => error.message);
      reject(new Error(reason)); // no effect once it was ready
      if (signal.aborted) return;
      if (Date.now() - startedAt > steadyMilliseconds) attempt = 0;
      if (wasReady) options.onRestart(reason);
      await sleep(backoffDelay(restart, attempt), undefined, { signal }).catch(() => {});
    }
  })();
  return {
    ready,
    async close() {
      abort.abort();
      child?.kill("SIGTERM");
      const killer = setTimeout(() => child?.kill("SIGKILL"), stopTimeoutMilliseconds);
      await running;
      clearTimeout(killer);
    },
  };
}
