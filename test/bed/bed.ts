// The test bed: four machines as network namespaces, for tests that need real packets.
//
//   vm 192.0.2.10 ----+
//                     +-- lan (bridge, 192.0.2.1) router (198.51.100.1) wan ---- internet 198.51.100.80, .66
//   client 192.0.2.20 +
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { run, type RunOptions, type RunResult } from "../../src/common/run.ts";
import { skipReason } from "./availability.ts";
import { deadBedNames, hostNames, makeBedName, namespaceName, type HostName } from "./names.ts";
import { defaultPorts, serverCommand, waitForListener, type ServerKind } from "./servers.ts";
import { buildTopology, hostAddresses, type HostAddresses } from "./topology.ts";
import { removeBed, startWatcher } from "./watcher.ts";

export interface TestBedOptions {
  /** Also gives IPv6 addresses (2001:db8::/32) and routes; off, IPv6 is silent. */
  ipv6?: boolean;
}

export interface BedServer {
  address: string;
  port: number;
  process: ChildProcess;
  close(): Promise<void>;
}

export interface TestBed {
  name: string;
  /** A directory of the bed's own, removed with it. */
  directory: string;
  /** The host's namespace as `ip netns` and the agent's settings take it. */
  netnsName(host: HostName): string;
  addresses(host: HostName): HostAddresses;
  /** Runs a program on a host to its end; the exit code is an answer, not an error. */
  exec(
    host: HostName,
    program: string,
    args?: readonly string[],
    options?: RunOptions,
  ): Promise<RunResult>;
  /** Starts a program on a host; it is killed when the bed closes. The process is the program's own. */
  spawn(
    host: HostName,
    program: string,
    args?: readonly string[],
    options?: SpawnOptions,
  ): ChildProcess;
  /** Starts a server and resolves when it listens; `address` is the host's first IPv4 address. */
  startServer(kind: ServerKind, host: HostName, options?: { port?: number }): Promise<BedServer>;
  /** Kills what runs in the namespaces and removes them; resolves when nothing is left. */
  close(): Promise<void>;
}

/**
 * Opens a test bed. It is removed when it is closed or when this process ends, kill -9 included; a
 * bed that survived both its owner and its watcher is removed here. Throws where `skipReason` speaks.
 */
export async function openTestBed({ ipv6 = false }: TestBedOptions = {}): Promise<TestBed> {
  const reason = skipReason();
  if (reason !== null) throw new Error(reason);
  await removeDeadBeds();
  const name = makeBedName();
  const directory = bedDirectory(name);
  await mkdir(directory, { mode: 0o700 });
  const watcher = startWatcher(directory, namespacesOf(name));
  try {
    await buildTopology(name, ipv6);
  } catch (cause) {
    await watcher.remove();
    throw cause;
  }
  let closing: Promise<void> | undefined;
  const bed: TestBed = {
    name,
    directory,
    netnsName: (host) => namespaceName(name, host),
    addresses: (host) => hostAddresses(host, ipv6),
    exec: (host, program, args = [], options = {}) =>
      run("nsenter", enter(name, host, program, args), options),
    spawn: (host, program, args = [], options = {}) =>
      spawn("nsenter", enter(name, host, program, args), options),
    startServer: (kind, host, options) => startServer(bed, kind, host, options),
    close: () => (closing ??= watcher.remove()),
  };
  return bed;
}

async function startServer(
  bed: TestBed,
  kind: ServerKind,
  host: HostName,
  { port = defaultPorts[kind] }: { port?: number } = {},
): Promise<BedServer> {
  const directory = await mkdtemp(join(bed.directory, `${kind}-`));
  const { program, args } = await serverCommand(kind, port, directory);
  const child = bed.spawn(host, program, args, { stdio: "ignore" });
  const exited = once(child, "exit");
  await waitForListener(child, port);
  return {
    address: bed.addresses(host).ipv4[0] ?? "",
    port,
    process: child,
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

// nsenter becomes the program, so the process id is the program's.
const enter = (
  bedName: string,
  host: HostName,
  program: string,
  args: readonly string[],
): string[] => [`--net=/run/netns/${namespaceName(bedName, host)}`, "--", program, ...args];

const bedDirectory = (name: string): string => join(tmpdir(), name);
const namespacesOf = (name: string): string[] => hostNames.map((host) => namespaceName(name, host));

async function removeDeadBeds(): Promise<void> {
  for (const name of deadBedNames()) await removeBed(bedDirectory(name), namespacesOf(name));
}
