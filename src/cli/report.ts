import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { isoTime, systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { OwnersFile } from "../inspection/change/socket-owner.ts";
import { inspect } from "../inspection/inspect.ts";
import type { Policy } from "../inspection/findings/policy.ts";
import { renderHtmlReport } from "../report/html-report.ts";
import { renderJsonReport } from "../report/json-report.ts";
import { fileAlone, type ReportedCapture, type ReportInput } from "../report/report-input.ts";
import { renderTextReport } from "../report/text-report.ts";
import { progressOf } from "./progress.ts";
import { readOwnersOf } from "./read-owners.ts";
import { readPolicy } from "./read-policy.ts";
import { writeOut } from "./standard-output.ts";

const readSizeBytes = 1_048_576;

interface ReportFlags {
  output?: string;
  text?: boolean;
  json?: boolean;
  policy?: string;
  owners?: string;
}

/** `nightcap report FILE`: the report of a capture file alone, as HTML unless told. */
export function addReportCommand(program: Command): void {
  program
    .command("report")
    .description("make a report of a capture file, as a page that opens without a network")
    .argument("<file>", "a pcap or pcapng file, also gzipped")
    .option("-o, --output <path>", "where to write it; report.html, or standard output")
    .option("--text", "a few lines of plain text, for a notification")
    .option("--json", "the report as a JSON document")
    .option("--policy <file>", "what is expected on the network, as JSON")
    .option(
      "--owners <file>",
      "which process owned which socket (default: CAPTURE.owners.jsonl, where it is there)",
    )
    .action(async (path: string, flags: ReportFlags) => {
      if (flags.text && flags.json)
        throw new NightcapError("InvalidParameter", "--text and --json exclude each other");
      const policy = await readPolicy(flags.policy);
      const owners = await readOwnersOf(path, flags.owners ?? null);
      await deliver(render(await readInput(path, { policy, owners }), flags), flags);
    });
}

function render(input: ReportInput, { text, json }: ReportFlags): string {
  if (json) return renderJsonReport(input);
  return text ? `${renderTextReport(input)}\n` : renderHtmlReport(input);
}

/** Text and JSON go to standard output unless a file is named; a page always goes to a file. */
async function deliver(report: string, flags: ReportFlags): Promise<void> {
  const output = flags.output ?? (flags.text || flags.json ? null : "report.html");
  if (output === null || output === "-") return writeOut(report);
  await writeFile(output, report).catch((cause: unknown) => {
    throw new NightcapError("CaptureFileFailed", `cannot write the report to ${output}`, { cause });
  });
  process.stderr.write(`report: ${resolve(output)}\n`);
}

interface FileFacts {
  sizeBytes: number;
  sha256: string;
}

/** Read twice: a damaged file is inspected up to the damage, its size and hash are those of the whole. */
async function readInput(
  path: string,
  { policy, owners }: { policy: Policy; owners: OwnersFile | null },
): Promise<ReportInput> {
  const progress = progressOf(path);
  try {
    const options = { policy, onProgress: progress.show, ...(owners && { owners }) };
    const inspection = await inspect(openFile(path), options);
    progress.clear();
    const capture = describeFile(path, await hashFile(path));
    return { inspection, capture, alert: null, createdAt: isoTime(systemClock.now()) };
  } catch (cause) {
    progress.clear();
    if (cause instanceof Error && "syscall" in cause)
      throw new NightcapError("CaptureFileFailed", `cannot read ${path}`, { cause });
    throw cause;
  }
}

const openFile = (path: string): AsyncIterable<Buffer> =>
  createReadStream(path, { highWaterMark: readSizeBytes });

async function hashFile(path: string): Promise<FileFacts> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of openFile(path)) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

const describeFile = (path: string, { sizeBytes, sha256 }: FileFacts): ReportedCapture => ({
  ...fileAlone(basename(path)),
  sizeBytes,
  sha256,
  storedAt: resolve(path),
});
