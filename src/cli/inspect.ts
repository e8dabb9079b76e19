import { Option, type Command } from "commander";
import { inspect, inspectAsJson, type InspectionDepth } from "../inspection/inspect.ts";
import { InspectionError } from "../inspection/inspection-error.ts";
import { describeError } from "../common/errors.ts";
import type { Policy } from "../inspection/findings/policy.ts";
import type { Filter } from "../inspection/filter/filter.ts";
import { packetMatcher } from "../inspection/packets.ts";
import { compileOrExplain } from "./filter-option.ts";
import { renderInspection } from "./inspection-text.ts";
import { readPolicy } from "./read-policy.ts";
import { progressOf } from "./progress.ts";
import { readCapture } from "./read-capture.ts";

const writeSizeMin = 65_536;
const exitUnreadable = 1;
const exitUsage = 2;

interface InspectFlags {
  json?: boolean;
  depth: InspectionDepth;
  policy?: string;
  filter?: string;
}

/** `nightcap inspect FILE...`: what is in captures, for people or as one JSON object a line. */
export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .description("say what is in a capture: findings, latency, protocols, destinations, streams")
    .argument("<file...>", "pcap or pcapng files, also gzipped")
    .addOption(
      new Option("--depth <depth>", "how far up packets are dissected; transport is faster")
        .choices(["transport", "all"])
        .default("all"),
    )
    .option("--filter <expression>", "only packets that this display filter matches")
    .option("--policy <file>", "what is expected on the network, as JSON")
    .option("--json", "one JSON object a line, in the order of the files")
    .action(async (files: string[], flags: InspectFlags) => {
      const policy = await readPolicy(flags.policy);
      const filter = flags.filter === undefined ? null : compileOrExplain(flags.filter);
      if (filter === "invalid") {
        process.exitCode = exitUsage;
        return;
      }
      for (const path of files) {
        if (!(await inspectOne(path, { ...flags, policy, filter })))
          process.exitCode = exitUnreadable;
      }
    });
}

interface Wanted extends Omit<InspectFlags, "policy" | "filter"> {
  policy: Policy;
  filter: Filter | null;
}

/** False when the file could not be read; that is told where the answer would be. */
async function inspectOne(path: string, wanted: Wanted): Promise<boolean> {
  const progress = progressOf(path);
  try {
    const source = readCapture(path);
    const { depth, policy, filter } = wanted;
    const accepts = filter && (await packetMatcher(() => readCapture(path), filter));
    const options = { onProgress: progress.show, depth, policy, ...(accepts && { accepts }) };
    if (wanted.json) {
      const pieces = await inspectAsJson(source, options);
      progress.clear();
      await writeJson(path, pieces);
    } else {
      const inspection = await inspect(source, options);
      progress.clear();
      await write(renderInspection(path, inspection, terminalOf(process.stdout)));
    }
    return true;
  } catch (error) {
    progress.clear();
    const told = { code: codeOf(error), message: describeError(error) };
    if (wanted.json) await write(`${JSON.stringify({ path, error: told })}\n`);
    else process.stderr.write(`nightcap: ${path}: ${told.message}\n`);
    return false;
  }
}

/** Its width, and colours unless NO_COLOR (no-color.org) is set. */
const terminalOf = ({
  isTTY,
  columns,
}: typeof process.stdout): { width?: number; isColored: boolean } => ({
  ...(isTTY && columns > 0 ? { width: columns } : {}),
  isColored: isTTY && !process.env["NO_COLOR"],
});

/** Nightcap's own codes as they are; those of the operating system (ENOENT) mean an unreadable file. */
function codeOf(error: unknown): string {
  return error instanceof InspectionError ? error.code : "CaptureFileFailed";
}

/** The path is the object's first member. */
async function writeJson(path: string, pieces: Iterable<string>): Promise<void> {
  let text = `{"path":${JSON.stringify(path)},`;
  let skip = 1;
  for (const piece of pieces) {
    text += piece.slice(skip);
    skip = 0;
    if (text.length < writeSizeMin) continue;
    await write(text);
    text = "";
  }
  await write(`${text}\n`);
}

/** Waits for a slow reader, so that memory stays bounded. */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
