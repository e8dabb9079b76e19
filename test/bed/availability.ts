import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const probeTimeoutMilliseconds = 10_000;
let known: string | null | undefined;

/**
 * Why a test bed cannot be opened here, as one clear line, or null when it can. Really tries, once.
 * With NIGHTCAP_NO_SKIP=1 it throws instead: there nothing may be skipped.
 */
export function skipReason(environment: NodeJS.ProcessEnv = process.env): string | null {
  known ??= findReason();
  if (known !== null && environment["NIGHTCAP_NO_SKIP"] === "1") {
    throw new Error(`${known} (and NIGHTCAP_NO_SKIP=1 lets no test be skipped)`);
  }
  return known;
}

function findReason(): string | null {
  if (process.getuid?.() !== 0) return "test bed: needs root to make network namespaces";
  const name = `ncprobe-${process.pid}`;
  const attempts: (readonly string[])[] = [
    ["ip", "netns", "add", name],
    [
      "nsenter",
      `--net=/run/netns/${name}`,
      "ip",
      "link",
      "add",
      "name",
      "a0",
      "type",
      "veth",
      "peer",
      "name",
      "b0",
    ],
    ["ip", "-n", name, "link", "add", "name", "c0", "type", "bridge"],
  ];
  try {
    for (const [program = "", ...args] of attempts) {
      const problem = attempt(program, args);
      if (problem !== null) return `test bed: ${problem}`;
    }
    return null;
  } finally {
    attempt("ip", ["netns", "delete", name]);
  }
}

function attempt(program: string, args: readonly string[]): string | null {
  const options = { encoding: "utf8", timeout: probeTimeoutMilliseconds } as const;
  const { status, stderr, error } = spawnSync(program, args, options);
  if (error) return `cannot run ${program}: ${error.message}`;
  return status === 0 ? null : `${program} ${args.join(" ")}: ${stderr.trim()}`;
}

/** True when the program is on this machine. With NIGHTCAP_NO_SKIP=1 it throws instead of saying no. */
export function isProgramThere(
  program: string,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const directories = (environment["PATH"] ?? "").split(delimiter);
  if (directories.some((directory) => existsSync(join(directory, program)))) return true;
  if (environment["NIGHTCAP_NO_SKIP"] === "1") {
    throw new Error(`${program} is missing (and NIGHTCAP_NO_SKIP=1 lets no test be skipped)`);
  }
  return false;
}
