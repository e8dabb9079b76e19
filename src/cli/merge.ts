import type { Command } from "commander";
import { mergeCaptures, type MergeResult } from "../inspection/merge-captures.ts";
import { rewriteCapture } from "../inspection/tools/rewrite-capture.ts";
import { captureInput, namingPath } from "./capture-input.ts";
import { addOutputOptions, outputPlan, saveCapture, type OutputFlags } from "./capture-output.ts";
import { progressOf } from "./progress.ts";
import { keepingResult, tell } from "./rewrite.ts";

/** `nightcap merge FILE...`: captures of one time as one, in the order of their packets' times. */
export function addMergeCommand(program: Command): void {
  const command = program
    .command("merge")
    .description("merge captures into one, ordered by time")
    .argument("<file...>", "pcap or pcapng files, also gzipped");
  addOutputOptions(command, "the file to write; - is standard output").action(mergeFiles);
}

async function mergeFiles(paths: string[], flags: OutputFlags): Promise<void> {
  const plan = outputPlan(flags);
  const progress = progressOf(`${paths.length} files`);
  const read = paths.map(() => 0);
  const inputs = paths.map((path, index) =>
    counted(path, (bytes) => {
      read[index] = bytes;
      progress.show(read.reduce((sum, each) => sum + each, 0));
    }),
  );
  let result: MergeResult | null = null;
  const merged = keepingResult(mergeCaptures(inputs), (value) => (result = value));
  const wholePacket = ({ capturedLength }: { capturedLength: number }): number => capturedLength;
  try {
    const chunks =
      plan.format === "pcapng" ? merged : rewriteCapture(merged, wholePacket, { format: "pcap" });
    await saveCapture(chunks, plan);
  } catch (error) {
    throw namingPath(paths.join(", "), error);
  } finally {
    progress.clear();
  }
  if (result) tellMerge(plan.path, result);
}

async function* counted(
  path: string,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of captureInput(path)) {
    bytes += chunk.length;
    yield chunk;
    onProgress(bytes);
  }
}

function tellMerge(path: string, { packets, truncatedInputs }: MergeResult): void {
  if (truncatedInputs > 0)
    tell(path, `${truncatedInputs} of the files could not be read to their end`);
  tell(path, `${packets} packets written`);
}
