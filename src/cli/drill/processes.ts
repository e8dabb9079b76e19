import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { NightcapError } from "../../common/errors.ts";
import type { Closable } from "../../common/lifecycle.ts";

const stopTimeoutMilliseconds = 10_000;
/** It takes half a second; a machine with trouble of its own is slower, and that is when drills are run. */
const readyTimeoutMilliseconds = 60_000;
const trafficScript = fileURLToPath(new URL("./traffic.ts", import.meta.url));

/** A process inside one of the drill's namespaces; its standard input closes when the drill dies. */
export function startTraffic(
  namespace: string,
  role: "server" | "calm" | "burst",
  address: string,
): Closable {
  const node = [process.execPath, ...process.execArgv, trafficScript, role, address];
  const child = spawn("ip", ["netns", "exec", namespace, ...node], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  return { close: () => end(child) };
}

/** The agent that watches the drill's virtual machine: the same program as on any host. */
export async function startDrillAgent(options: {
  directory: string;
  joinFile: string;
  name: string;
  networkNamespace: string;
}): Promise<Closable> {
  const main = process.argv[1] ?? "";
  const args = ["agent", "--state", options.directory, "--join-file", options.joinFile];
  const host = ["--name", options.name, "--netns", options.networkNamespace, "--log-level", "warn"];
  const child = spawn(process.execPath, [...process.execArgv, main, ...args, ...host], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = once(child, "exit").then(() => "ended");
  const late = new Promise((resolve) =>
    setTimeout(resolve, readyTimeoutMilliseconds, "late").unref(),
  );
  const first = await Promise.race([once(child, "message").then(() => "ready"), ended, late]);
  if (first !== "ready") {
    await end(child);
    throw new NightcapError("DrillFailed", "the drill's agent did not start; its log is above");
  }
  return { close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMilliseconds);
  await ended;
  clearTimeout(killer);
}
