import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { Filter } from "../inspection/filter/filter.ts";
import type { InspectionDepth } from "../inspection/inspect.ts";
import type { Wanted, WantedChange } from "./inspect/answer.ts";
import { changeMetrics, metricOf, parseMoment } from "./inspect/moment.ts";
import { inspectInThreads } from "./inspect/threads.ts";
import { progressOf } from "./progress.ts";
import { readPolicy } from "./read-policy.ts";
import { writeOut } from "./standard-output.ts";

const threadCountMax = 64;
const exitUnreadable = 1;
const exitUsage = 2;

interface InspectFlags {
  json?: boolean;
  depth: InspectionDepth;
  policy?: string;
  filter?: string;
  threads?: number;
  moment?: number;
  metric: string;
  owners?: string;
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
    .option("--moment <time>", "say what changed at this time (ISO 8601, UTC)", parseMoment)
    .addOption(
      new Option("--metric <metric>", "what changed, with --moment")
        .choices(changeMetrics)
        .default("bytes-out"),
    )
    .option(
      "--owners <file>",
      "which process owned which socket (default: CAPTURE.owners.jsonl, where it is there)",
    )
    .option("--json", "one JSON object a line, in the order of the files")
    .option(
      "--threads <number>",
      "files inspected at a time, one file never by several (default: one for each processor)",
      threadCount,
    )
    .action(async (files: string[], flags: InspectFlags) => {
      process.exitCode = await runInspect(files, flags);
    });
}

function threadCount(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}$/.test(text) && value >= 1 && value <= threadCountMax) return value;
  throw new InvalidArgumentError(`expected a whole number, 1 to ${threadCountMax}`);
}

async function runInspect(files: readonly string[], flags: InspectFlags): Promise<number> {
  const { json = false, depth } = flags;
  const policy = await readPolicy(flags.policy);
  const filter = flags.filter === undefined ? null : await compiled(flags.filter);
  if (filter === "invalid") return exitUsage;
  const change = wantedChange(flags);
  const owners = flags.owners ?? null;
  const terminal = terminalOf(process.stdout);
  const wanted = { json, depth, policy, filter, change, owners, terminal };
  const threads = Math.min(flags.threads ?? availableParallelism(), files.length, threadCountMax);
  const isEachRead = await (threads > 1
    ? inspectBeside(files, wanted, threads)
    : inspectInTurn(files, wanted));
  return isEachRead ? 0 : exitUnreadable;
}

const wantedChange = ({ moment, metric }: InspectFlags): WantedChange | null =>
  moment === undefined ? null : { moment, metric: metricOf(metric) };

/** Dissectors are loaded, here and below, where they are used: threads load their own. */
async function compiled(filter: string): Promise<Filter | "invalid"> {
  return (await import("./filter-option.ts")).compileOrExplain(filter);
}

/** False when a file could not be read, here and below; that is told where the answer would be. */
async function inspectInTurn(files: readonly string[], wanted: Wanted): Promise<boolean> {
  let isEachRead = true;
  for (const path of files) if (!(await inspectOne(path, wanted))) isEachRead = false;
  return isEachRead;
}

async function inspectOne(path: string, wanted: Wanted): Promise<boolean> {
  const progress = progressOf(path);
  const { answerPieces } = await import("./inspect/answer.ts");
  const pieces = answerPieces(path, wanted, progress.show);
  for (;;) {
    const next = await pieces.next();
    progress.clear();
    if (next.done === true) return next.value;
    await write(next.value.to, next.value.content);
  }
}

function inspectBeside(
  files: readonly string[],
  wanted: Wanted,
  threads: number,
): Promise<boolean> {
  return inspectInThreads(files, {
    threadCount: threads,
    setup: { ...wanted, filter: wanted.filter?.text ?? null },
    write: ({ to, bytes }) => write(to, bytes),
  });
}

async function write(to: "stdout" | "stderr", content: string | Uint8Array): Promise<void> {
  if (to === "stdout") await writeOut(content);
  else process.stderr.write(content);
}

/** Its width, and colours unless NO_COLOR (no-color.org) is set. */
const terminalOf = ({
  isTTY,
  columns,
}: typeof process.stdout): { width?: number; isColored: boolean } => ({
  ...(isTTY && columns > 0 ? { width: columns } : {}),
  isColored: isTTY && !process.env["NO_COLOR"],
});
