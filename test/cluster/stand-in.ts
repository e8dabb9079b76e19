import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Every server has an address of its own, so that all of them can have the same ports, as in a real cluster. */
export const httpPort = 8123;
export const tcpPort = 9000;

const startMillisecondsMax = 20_000;
const pollMilliseconds = 20;
const memoryBytesMax = 1_500_000_000;
const outputCharactersMax = 2_000;

/** Why no server can be started here, or null. With NIGHTCAP_NO_SKIP=1 it throws instead: there nothing may be skipped. */
export function skipCluster(environment: NodeJS.ProcessEnv = process.env): string | null {
  const missing = findMissing();
  if (missing !== null && environment["NIGHTCAP_NO_SKIP"] === "1") {
    throw new Error(`${missing} (and NIGHTCAP_NO_SKIP=1 lets no test be skipped)`);
  }
  return missing;
}

function findMissing(): string | null {
  if (process.platform !== "linux") return "cluster tests need Linux, for its loopback addresses";
  if (libraryPath() === null) return "cluster tests need libchdb.so of the package chdb";
  const python = spawnSync("python3", ["-c", "import ctypes"]);
  return python.status === 0 ? null : "cluster tests need python3 with ctypes";
}

/** The library that the package brings for this machine. */
function libraryPath(): string | null {
  try {
    const modules = join(
      dirname(createRequire(import.meta.url).resolve("chdb/package.json")),
      "..",
    );
    const folder = join(modules, "@chdb");
    const lib = readdirSync(folder).find((name) => name.startsWith("lib-linux-"));
    return lib === undefined ? null : join(folder, lib, "libchdb.so");
  } catch {
    return null;
  }
}

export interface StandIn {
  readonly address: string;
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Takes connections, and says nothing more, until it is resumed. */
  hang(): void;
  resume(): void;
}

/** A server that is not started yet; killed, and started again, it has its data. */
export async function createStandIn(
  directory: string,
  address: string,
  clusters: string,
): Promise<StandIn> {
  await mkdir(join(directory, "data"), { recursive: true });
  const config = join(directory, "config.xml");
  await writeFile(config, configOf(address, clusters));
  const url = `http://${address}:${httpPort}`;
  let child: ChildProcess | null = null;
  return {
    address,
    url,
    async start() {
      const output = join(directory, "output.log");
      child = await spawnServer({ directory: join(directory, "data"), config, output });
      await listens(url, child, output);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
    hang: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
  };
}

async function spawnServer(places: {
  directory: string;
  config: string;
  output: string;
}): Promise<ChildProcess> {
  const file = await open(places.output, "w");
  const program = fileURLToPath(new URL("stand_in.py", import.meta.url));
  const { directory, config } = places;
  const args = [program, libraryPath() ?? "", directory, config];
  const child = spawn("python3", args, { stdio: ["ignore", file.fd, file.fd] });
  await file.close();
  return child;
}

async function listens(url: string, child: ChildProcess, output: string): Promise<void> {
  const deadline = Date.now() + startMillisecondsMax;
  for (;;) {
    const answer = await fetch(`${url}/ping`).catch(() => null);
    if (answer?.ok) return;
    if (child.exitCode !== null || Date.now() > deadline) {
      const said = (await readFile(output, "utf8")).slice(-outputCharactersMax);
      throw new Error(`the server at ${url} does not listen: ${said}`);
    }
    await sleep(pollMilliseconds);
  }
}

const configOf = (address: string, clusters: string): string => `<clickhouse>
  <listen_host>${address}</listen_host>
  <http_port>${httpPort}</http_port>
  <tcp_port>${tcpPort}</tcp_port>
  <logger><level>none</level></logger>
  <max_server_memory_usage>${memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>33554432</mark_cache_size>
  <background_distributed_schedule_pool_size>4</background_distributed_schedule_pool_size>
  <remote_servers replace="1">${clusters}</remote_servers>
</clickhouse>
`;
