// An agent in a network namespace of a test, with a folder of its own that goes with it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface HostAgent {
  close(): Promise<void>;
}

/** Starts `nightcap agent` with this name and join token; `more` are further options of it. */
export async function startHostAgent(
  name: string,
  namespace: string,
  token: string,
  more: readonly string[] = [],
): Promise<HostAgent> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-host-"));
  const joinFile = join(directory, "token");
  await writeFile(joinFile, token, { mode: 0o600 });
  const args = ["agent", "--state", directory, "--join-file", joinFile, "--name", name, ...more];
  const child = spawn(
    process.execPath,
    [resolve("src/main.ts"), ...args, "--netns", namespace, "--log-level", "error"],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  return {
    async close() {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
