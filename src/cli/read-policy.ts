import { readFile } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import { defaultPolicy, parsePolicy, type Policy } from "../inspection/findings/policy.ts";

/** The policy of a file, or the default one when no file is named. */
export async function readPolicy(path: string | undefined): Promise<Policy> {
  if (path === undefined) return defaultPolicy;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SettingsInvalid", `cannot read the policy ${path}`, { cause });
  });
  try {
    return parsePolicy(text);
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", `the policy ${path} cannot be used`, { cause });
  }
}
