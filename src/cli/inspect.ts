import { createReadStream } from "node:fs";
import type { Command } from "commander";
import { inspect } from "../inspection/inspect.ts";
import { InspectionError } from "../inspection/inspection-error.ts";
import { describeError } from "../common/errors.ts";
import { renderInspection } from "./inspection-text.ts";
import { progressOf } from "./progress.ts";

const readSizeBytes = 1_048_576;
const exitUnreadable = 1;

interface InspectFlags {
  json?: boolean;
}

/** `nightcap inspect FILE...`: what is in captures, for people or as one JSON object a line. */
export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .description("say what is in a capture: protocols, conversations, round-trip times, names")
    .argument("<file...>", "pcap or pcapng files, also gzipped")
    .option("--json", "one JSON object a line, in the order of the files")
    .action(async (files: string[], flags: InspectFlags) => {
      for (const path of files) {
        if (!(await inspectOne(path, flags))) process.exitCode = exitUnreadable;
      }
    });
}

/** False when the file could not be read; that is told where the answer would be. */
async function inspectOne(path: string, flags: InspectFlags): Promise<boolean> {
  const progress = progressOf(path);
  try {
    const source = createReadStream(path, { highWaterMark: readSizeBytes });
    const inspection = await inspect(source, { onProgress: progress.show });
    progress.clear();
    const text = flags.json
      ? `${JSON.stringify({ path, ...inspection })}\n`
      : renderInspection(path, inspection);
    await write(text);
    return true;
  } catch (error) {
    progress.clear();
    const told = { code: codeOf(error), message: describeError(error) };
    if (flags.json) await write(`${JSON.stringify({ path, error: told })}\n`);
    else process.stderr.write(`nightcap: ${path}: ${told.message}\n`);
    return false;
  }
}

/** Nightcap's own codes as they are; those of the operating system (ENOENT) mean an unreadable file. */
function codeOf(error: unknown): string {
  return error instanceof InspectionError ? error.code : "CaptureFileFailed";
}

/** Waits for a slow reader, so that memory stays bounded. */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
