import { readFileSync } from "node:fs";
import { z } from "zod";
import { NightcapError } from "./errors.ts";

/** Parses outside data with a component's schema; throws `SettingsInvalid` that names each field. */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where: string,
): Readonly<z.infer<Schema>> {
  const result = schema.safeParse(input);
  if (!result.success) {
    throw new NightcapError("SettingsInvalid", `${where}: ${describeIssues(result.error)}`);
  }
  return Object.freeze(result.data);
}

/** Each issue as `path: reason`, joined; for messages to people. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.length > 0 ? issue.path.join(".") : "(whole)"}: ${issue.message}`)
    .join("; ");
}

/** Reads a JSON settings file; a missing or malformed one is an error that names the file. */
export function readSettingsFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", `cannot read settings file ${path}`, { cause });
  }
}
