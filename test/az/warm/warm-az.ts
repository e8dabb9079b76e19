// An az that has loaded its modules already: see serve.py. One for each worker of vitest, which runs
// one file after the other, so that all of its files gain from what the first command loaded.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { access, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMilliseconds = 20;
const folder = "test/az/warm";

export interface WarmAz {
  /** Variables with which `az` in a shell is this one. */
  readonly environment: Readonly<Record<string, string>>;
}

let worker: { process: ChildProcess; directory: string } | undefined;

/** An az that knows no cloud: what an earlier file of this worker left in its configuration is removed. */
export async function openWarmAz(): Promise<WarmAz> {
  worker ??= start();
  const { process: server, directory } = worker;
  const configuration = join(directory, "configuration");
  await rm(configuration, { recursive: true, force: true });
  await mkdir(configuration, { mode: 0o700 });
  const socket = join(directory, "socket");
  while (!(await isThere(socket))) {
    if (server.exitCode !== null) throw new Error(`az's server ended with ${server.exitCode}`);
    await sleep(pollMilliseconds);
  }
  return { environment: { ...environmentOf(directory), NIGHTCAP_TEST_AZ: socket } };
}

function start(): { process: ChildProcess; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-az-"));
  const args = [join(folder, "serve.py"), join(directory, "socket")];
  const server = spawn("/usr/bin/python3", args, {
    env: environmentOf(directory),
    stdio: ["pipe", "ignore", "inherit"], // when it ends, so does the server, and removes the folder
  });
  server.unref();
  return { process: server, directory };
}

/** What az's modules read when they are loaded must be the same for all commands of the server. */
const environmentOf = (directory: string): Record<string, string> => ({
  PATH: [resolve(folder), process.env["PATH"] ?? ""].join(delimiter),
  LANG: "C.UTF-8",
  HOME: directory,
  AZURE_CONFIG_DIR: join(directory, "configuration"),
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONPATH: resolve("src/cli/az-setup/debian-12"),
});

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
