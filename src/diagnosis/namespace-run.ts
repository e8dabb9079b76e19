import { namespaceCommand } from "../capture/network-namespace.ts";
import { run, type RunResult } from "../common/run.ts";

const timeoutMilliseconds = 10_000;
const outputBytesMax = 16 << 20;

/** Runs a program in the network namespace that is watched; arguments go as they are, without a shell. */
export async function runInNamespace(
  networkNamespace: string | null,
  command: readonly [program: string, ...args: string[]],
  options: { input?: string; timeoutMilliseconds?: number } = {},
): Promise<RunResult> {
  const [program = "", ...args] = [...(await namespaceCommand(networkNamespace)), ...command];
  return run(program, args, { timeoutMilliseconds, outputBytesMax, ...options });
}
