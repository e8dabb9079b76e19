import { execFile } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the whole program in a process of its own. */
export function runNightcap(...args: string[]): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "src/main.ts"), ...args],
      { cwd: root },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
