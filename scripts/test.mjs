// `npm test`: set-up, the type check, then every test. The last line is "N passed, N failed".
//   --soak           what kills processes again and again: captures, flows, a cluster's servers
//   --lines          one line for each test, "ok" or "not ok", instead of vitest's own report
//   anything else    goes to vitest (a file, -t NAME); then only tests run
// NIGHTCAP_NO_SKIP=1 (as .ci/run sets) makes a skipped test a failed one.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChecks, typeCheck, webTypeCheck } from "./setup/checks.mjs";
import { handOver } from "./setup/child.mjs";
import { pinnedNode, projectRoot } from "./setup/paths.mjs";
import { setUpToTest } from "./setup/setup.mjs";
import { addUp, describeTotals } from "./setup/test-totals.mjs";

const skippingAllowed = process.env.NIGHTCAP_NO_SKIP !== "1";
const soak = process.argv.includes("--soak");
const lines = process.argv.includes("--lines");
const vitestArgs = process.argv.slice(2).filter((arg) => !["--soak", "--lines"].includes(arg));
const reporter = lines ? join(projectRoot, "scripts/setup/line-reporter.mjs") : "default";

await setUpToTest({ skippingAllowed });
const failedChecks =
  soak || vitestArgs.length > 0
    ? []
    : await runChecks([typeCheck, webTypeCheck], { concurrency: 1 });
const { exitCode, report } = await runVitest();
const totals = addUp({ report, exitCode, failedChecks, skippingAllowed });
process.stdout.write(`${describeTotals(totals)}\n`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function runVitest() {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-test-report-"));
  const file = join(directory, "report.json");
  try {
    const args = [
      join(projectRoot, "node_modules/vitest/vitest.mjs"),
      "run",
      `--reporter=${reporter}`,
      `--reporter=${join(projectRoot, "scripts/setup/second-tries.mjs")}`,
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...vitestArgs,
    ];
    const env = {
      // Tests start the same programs some hundred times: what was compiled for one is read by the next.
      NODE_COMPILE_CACHE: join(directory, "compile-cache"),
      ...(soak ? { NIGHTCAP_SOAK: "1" } : {}),
    };
    const code = await handOver(pinnedNode, args, { cwd: projectRoot, env });
    return { exitCode: code, report: readReport(file) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null; // vitest ended before it could write one
  }
}
