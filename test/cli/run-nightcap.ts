import { execFile } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the whole program in a process of its own. */
export const runNightcap = (...args: string[]): Promise<Output> => runNightcapWith({}, ...args);

/** The same with further variables. */
export function runNightcapWith(
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "src/main.ts"), ...args],
      { cwd: root, env: { ...process.env, ...variables } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
