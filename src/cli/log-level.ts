import { InvalidArgumentError } from "commander";

const levels: readonly string[] = ["trace", "debug", "info", "warn", "error", "silent"];

/** Reads `--log-level`. */
export function readLogLevel(text: string): string {
  if (levels.includes(text)) return text;
  throw new InvalidArgumentError(`expected ${levels.slice(0, -1).join(", ")} or silent`);
}
