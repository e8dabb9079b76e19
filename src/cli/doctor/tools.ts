import { describeError } from "../../common/errors.ts";
import { run, type RunResult } from "../../common/run.ts";
import type { Check, Subject } from "./checks.ts";

const toolTimeoutMilliseconds = 10_000;

/** Runs a program to its end, or gives null when there is none of that name. */
export async function runIfThere(
  program: string,
  args: readonly string[],
): Promise<RunResult | null> {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  // `env` looks the name up in a PATH that has the system's own folders, as a plain user's has not.
  const result = await run("env", [`PATH=${path}`, program, ...args], {
    timeoutMilliseconds: toolTimeoutMilliseconds,
  });
  return result.code === programNotFound ? null : result;
}

/** env(1): the exit status when the program is not found. */
const programNotFound = 127;

export const firstLine = (text: string): string => text.trim().split("\n")[0]?.trim() ?? "";

export const ok = (subject: Subject, found: string): Check => ({ ...subject, state: "ok", found });
export const degraded = (subject: Subject, found: string): Check => ({
  ...subject,
  state: "degraded",
  found,
});
export const missing = (subject: Subject, found: string): Check => ({
  ...subject,
  state: "missing",
  found,
});

/** The check that `work` gives, or a missing one that says what was thrown. */
export async function attempt(subject: Subject, work: () => Promise<Check>): Promise<Check> {
  try {
    return await work();
  } catch (error) {
    return missing(subject, describeError(error));
  }
}
