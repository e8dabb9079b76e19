import type { RewriteResult } from "../inspection/tools/rewrite-capture.ts";
import { captureInput, namingPath } from "./capture-input.ts";
import { outputPlan, saveCapture, type OutputFlags } from "./capture-output.ts";
import { progressOf } from "./progress.ts";

/** Makes the output's bytes from those of the input. */
export type Rewrite = (
  source: AsyncIterable<Uint8Array>,
  options: { format: "pcap" | "pcapng"; onProgress: (bytes: number) => void },
) => AsyncGenerator<Uint8Array, RewriteResult>;

/** Reads one capture, writes another, and says on standard error what became of the packets. */
export async function rewriteFile(
  path: string,
  flags: OutputFlags,
  rewrite: Rewrite,
): Promise<void> {
  const plan = outputPlan(flags);
  const progress = progressOf(path);
  let result: RewriteResult | null = null;
  const chunks = rewrite(captureInput(path), { format: plan.format, onProgress: progress.show });
  try {
    await saveCapture(
      keepingResult(chunks, (value) => (result = value)),
      plan,
    );
  } catch (error) {
    throw namingPath(path, error);
  } finally {
    progress.clear();
  }
  if (result) tellRewrite(path, result);
}

/** The chunks of a generator; what it returns in the end goes to `keep`. */
export async function* keepingResult<Result>(
  chunks: AsyncGenerator<Uint8Array, Result>,
  keep: (result: Result) => void,
): AsyncGenerator<Uint8Array, void> {
  keep(yield* chunks);
}

export function tell(path: string, text: string): void {
  process.stderr.write(`nightcap: ${path}: ${text}\n`);
}

function tellRewrite(
  path: string,
  { packets, packetsLeftOut, blocksLeftOut, problem }: RewriteResult,
): void {
  if (problem) tell(path, `read up to byte ${problem.offset}: ${problem.reason}`);
  if (blocksLeftOut > 0)
    tell(
      path,
      `${blocksLeftOut} blocks that are no packets do not fit the output, and are left out`,
    );
  tell(path, `${packets} of ${packets + packetsLeftOut} packets written`);
}
