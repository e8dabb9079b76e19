import type { Command } from "commander";
import { defaultStateDirectory } from "./credentials.ts";
import { checkHost, type Check } from "./doctor/checks.ts";

interface DoctorOptions {
  json?: boolean;
  state: string;
  captures: string;
  port: string;
}

/** `nightcap doctor`: what works on this host, what is missing, why it matters, how to get it. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("say what works on this host and what is missing")
    .option("--json", "the checks as JSON")
    .option("--state <directory>", "where state is kept", defaultStateDirectory())
    .option("--captures <directory>", "where captures may be left on this host", "/var/captures")
    .option("--port <number>", "port of the control plane", "8443")
    .action(runDoctor);
}

async function runDoctor({ json, state, captures, port }: DoctorOptions): Promise<void> {
  const checks = await checkHost({ state, captures, port: Number(port) });
  const works = mainJobWorks(checks);
  const text = json ? JSON.stringify({ works, checks }, null, 2) : describeChecks(checks);
  process.stdout.write(`${text}\n`);
  process.exitCode = works ? 0 : 1;
}

/** The main job is to record packets of this host and report on them; its checks are `essential`. */
export const mainJobWorks = (checks: readonly Check[]): boolean =>
  checks.every(({ state, essential }) => state !== "missing" || !essential);

const marks = { ok: "ok      ", degraded: "degraded", missing: "missing " } as const;

/** One line a check; what is not ok also says why it matters and how to get it. */
export function describeChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, why, remedy }) => [
    `${marks[state]}  ${name.padEnd(width)}  ${found}`,
    ...(state === "ok" ? [] : [`            why: ${why}`, `            get it: ${remedy}`]),
  ]);
  const verdict = mainJobWorks(checks)
    ? "This host can record, keep and inspect packets."
    : "This host cannot do the main job yet: get what is missing above.";
  return [...lines, "", verdict].join("\n");
}
