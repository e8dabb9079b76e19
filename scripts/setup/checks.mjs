// The static checks: each is one program whose exit code says whether the code passes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./child.mjs";
import { pinnedNode, projectRoot } from "./paths.mjs";

const checkTimeoutMilliseconds = 5 * 60_000;
const codeFolders = ["src", "test", "bench", "scripts"].filter((name) =>
  existsSync(join(projectRoot, name)),
);

export const typeCheck = { name: "types (tsc)", program: "typescript/bin/tsc", args: [] };
export const webTypeCheck = {
  name: "types of the page (tsc)",
  program: "typescript/bin/tsc",
  args: ["--noEmit", "--project", "src/web"],
};
export const allChecks = [
  typeCheck,
  webTypeCheck,
  {
    name: "lint (oxlint)",
    program: "oxlint/bin/oxlint",
    args: ["--type-aware", "--deny-warnings", ...codeFolders],
  },
  { name: "format (oxfmt)", program: "oxfmt/bin/oxfmt", args: ["--check", ...codeFolders] },
  { name: "unused code (knip)", program: "knip/bin/knip.js", args: ["--no-progress"] },
];

/** Runs the checks, at most `concurrency` at once; prints the output of those that fail; gives their names. */
export async function runChecks(checks, { concurrency }) {
  const waiting = [...checks];
  const failed = [];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await passes(check))) failed.push(check.name);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  return failed;
}

async function passes({ name, program, args }) {
  const began = Date.now();
  const path = join(projectRoot, "node_modules", program);
  const { code, output } = await runQuietly(pinnedNode, [path, ...args], {
    timeoutMilliseconds: checkTimeoutMilliseconds,
  });
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name}, ${seconds} s\n`);
  return code === 0;
}
