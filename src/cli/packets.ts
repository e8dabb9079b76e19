import type { Command } from "commander";
import { describeError } from "../common/errors.ts";
import { FilterError } from "../inspection/filter/filter-error.ts";
import type { Filter } from "../inspection/filter/filter.ts";
import { countPackets, listPackets, type Packet } from "../inspection/packets.ts";
import { compiledOrError, compileOrExplain, explainFilter } from "./filter-option.ts";
import { packetLine, packetJson } from "./packets-text.ts";
import { readCapture } from "./read-capture.ts";
import { isReaderGone, writeOut } from "./standard-output.ts";

const exitUnreadable = 1;
const exitUsage = 2;

interface PacketsFlags {
  filter: string[];
  fields?: string;
  json?: boolean;
  count?: boolean;
  limit?: number;
}

/** `nightcap packets FILE`: a list of packets, those that pass display filters, or their number. */
export function addPacketsCommand(program: Command): void {
  program
    .command("packets")
    .description("list the packets of a capture, or count those that a display filter matches")
    .argument("<file>", "a pcap or pcapng file, also gzipped")
    .option("--filter <expression>", "a display filter in Wireshark's language", collect, [])
    .option("--fields <names>", "values of these fields instead of the list, by commas")
    .option("--json", "one JSON object a line")
    .option("--count", "only the number of packets, one line for each filter")
    .option("--limit <number>", "no more packets than this", wholeNumber)
    .action(async (file: string, flags: PacketsFlags) => {
      process.exitCode = await runPackets(file, flags);
    });
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--limit: "${text}" is no number`);
  return value;
}

async function runPackets(file: string, flags: PacketsFlags): Promise<number> {
  try {
    return flags.count ? await count(file, flags) : await list(file, flags);
  } catch (error) {
    if (isReaderGone(error)) throw error;
    if (error instanceof FilterError) {
      process.stderr.write(`nightcap: --fields: ${error.message}\n`);
      return exitUsage;
    }
    process.stderr.write(`nightcap: ${file}: ${describeError(error)}\n`);
    return exitUnreadable;
  }
}

async function count(file: string, flags: PacketsFlags): Promise<number> {
  const texts = flags.filter.length === 0 ? [""] : flags.filter;
  const compiled = texts.map(compiledOrError);
  if (texts.length === 1 && compiled[0] instanceof FilterError) {
    explainFilter(texts[0] ?? "", compiled[0]);
    return exitUsage;
  }
  const filters = compiled.filter((each): each is Filter => !(each instanceof FilterError));
  const counts = await countPackets(() => readCapture(file), filters);
  const lines = compiled.map((each) =>
    each instanceof FilterError ? `error: ${each.message}` : String(counts.shift()),
  );
  await writeOut(`${lines.join("\n")}\n`);
  return 0;
}

async function list(file: string, flags: PacketsFlags): Promise<number> {
  // Several filters are all to be passed.
  const text = flags.filter
    .map((each) => (flags.filter.length > 1 ? `(${each})` : each))
    .join(" and ");
  const filter = compileOrExplain(text);
  if (filter === "invalid") return exitUsage;
  const fields = (flags.fields ?? "").split(",").filter((name) => name !== "");
  const show = async (packets: readonly Packet[]): Promise<void> => {
    const line = flags.json ? packetJson : packetLine;
    await writeOut(packets.map((packet) => `${line(packet, fields)}\n`).join(""));
  };
  const options = { filter, fields, ...(flags.limit && { packetCountMax: flags.limit }) };
  const { problem } = await listPackets(() => readCapture(file), options, show);
  if (problem) process.stderr.write(`nightcap: ${file}: cut short: ${problem.reason}\n`);
  return 0;
}
