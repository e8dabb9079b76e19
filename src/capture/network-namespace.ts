import { readdir, readFile } from "node:fs/promises";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { run } from "../common/run.ts";
import { requireProgram } from "./programs.ts";

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const interfaceNamePattern = /^[^/\s:]{1,15}$/;
const listTimeoutMilliseconds = 5_000;
/** net/if.h */
const flagUp = 0x1;
const flagLoopback = 0x8;

/**
 * The words to put before a command so that it runs in the named network namespace (as `ip netns`
 * keeps them); none for null, the caller's own.
 */
export async function namespaceCommand(name: string | null): Promise<string[]> {
  if (name === null) return [];
  if (!namePattern.test(name)) {
    throw new NightcapError(
      "InvalidParameter",
      `network namespace "${name}" is not a name; allowed: letters, digits, "_", "." and "-"`,
    );
  }
  return [await requireProgram("nsenter"), `--net=/run/netns/${name}`, "--"];
}

/** Throws `InvalidParameter` for what cannot be the name of an interface (or would be read as an option). */
export function assertInterfaceName(name: string): void {
  if (interfaceNamePattern.test(name) && !name.startsWith("-")) return;
  throw new NightcapError(
    "InvalidParameter",
    `"${name}" is not the name of an interface; allowed: 1 to 15 characters without "/", ":" and spaces`,
  );
}

/** Names of the interfaces that are up, without the loopback, sorted. */
export async function listUsableInterfaces(networkNamespace: string | null): Promise<string[]> {
  const names =
    networkNamespace === null ? await listFromSysfs() : await listFromIp(networkNamespace);
  return names.sort();
}

const usable = (flags: number): boolean => (flags & flagUp) !== 0 && (flags & flagLoopback) === 0;

async function listFromSysfs(): Promise<string[]> {
  const names = await readdir("/sys/class/net");
  const flags = await Promise.all(
    // One that disappears meanwhile, or a file such as bonding_masters, has no flags.
    names.map((name) => readFile(`/sys/class/net/${name}/flags`, "utf8").catch(() => "0")),
  );
  return names.filter((_, index) => usable(Number(flags[index] ?? "0")));
}

const ipLinks = z.array(z.object({ ifname: z.string(), flags: z.array(z.string()) }));

/** sysfs shows the namespace that it was mounted in, so another one is asked through iproute2. */
async function listFromIp(networkNamespace: string): Promise<string[]> {
  const [program = "", ...args] = await namespaceCommand(networkNamespace);
  const ip = await requireProgram("ip");
  const { code, stdout, stderr } = await run(program, [...args, ip, "-json", "link", "show"], {
    timeoutMilliseconds: listTimeoutMilliseconds,
  });
  if (code !== 0) {
    throw new NightcapError(
      "CaptureFailed",
      `cannot list the interfaces of network namespace "${networkNamespace}": ${stderr.trim()}`,
    );
  }
  return ipLinks
    .parse(JSON.parse(stdout === "" ? "[]" : stdout))
    .filter(({ flags }) => flags.includes("UP") && !flags.includes("LOOPBACK"))
    .map(({ ifname }) => ifname);
}
