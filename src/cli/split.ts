import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { splitCapture, type SplitResult } from "../inspection/tools/split-capture.ts";
import { parseEvery } from "./amounts.ts";
import { captureInput, namingPath } from "./capture-input.ts";
import { addOutputOptions, outputPlan, saveCapture, type OutputFlags } from "./capture-output.ts";
import { progressOf } from "./progress.ts";
import { tell } from "./rewrite.ts";

/** Files of one split; a size that would make more is a mistake. */
const partCountMax = 100_000;
const numberDigits = 5;

interface SplitFlags extends OutputFlags {
  every: string;
}

/** `nightcap split FILE`: parts of a size, a time or a number of packets. */
export function addSplitCommand(program: Command): void {
  const command = program
    .command("split")
    .description("split a capture into parts of a size, a time or a number of packets")
    .argument("<file>", "a pcap or pcapng file, also gzipped; - is standard input")
    .requiredOption("--every <amount>", "what a part holds: 100MB, 60s or 10000packets");
  addOutputOptions(command, "beginning of the parts' names, before -00001.pcapng").action(
    splitFile,
  );
}

async function splitFile(path: string, flags: SplitFlags): Promise<void> {
  const every = parseEvery(flags.every);
  const { prefix, suffix } = partNames(flags);
  const progress = progressOf(path);
  const { format } = outputPlan({ ...flags, output: `${prefix}${suffix}` });
  const parts = splitCapture(captureInput(path), { every, format, onProgress: progress.show });
  try {
    for (;;) {
      const next = await parts.next();
      if (next.done === true) {
        progress.clear();
        tellSplit(path, next.value);
        return;
      }
      const { number, chunks } = next.value;
      if (number > partCountMax)
        throw new NightcapError(
          "InvalidParameter",
          `${path} would make more than ${partCountMax} parts of ${flags.every}: the rest is not split`,
        );
      const output = `${prefix}-${String(number).padStart(numberDigits, "0")}${suffix}`;
      await saveCapture(chunks, outputPlan({ ...flags, output }));
    }
  } catch (error) {
    throw namingPath(path, error);
  } finally {
    progress.clear();
    await parts.return({ parts: 0, packets: 0, problem: null });
  }
}

/** The format comes from --format, or from an ending of the prefix, which then ends each part's name. */
function partNames({ output, format }: SplitFlags): { prefix: string; suffix: string } {
  if (output === "-")
    throw new NightcapError(
      "InvalidParameter",
      "parts cannot go to standard output: name a prefix",
    );
  const [ending = ""] = /\.(?:pcap|pcapng|cap)(?:\.gz)?$/i.exec(output) ?? [];
  const suffix = format === undefined ? ending || ".pcapng" : `.${format}`;
  return { prefix: output.slice(0, output.length - ending.length), suffix };
}

function tellSplit(path: string, { parts, packets, problem }: SplitResult): void {
  if (problem) tell(path, `read up to byte ${problem.offset}: ${problem.reason}`);
  tell(path, `${packets} packets written in ${parts} parts`);
}
