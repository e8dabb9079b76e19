import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ReportInput } from "../../report/report-input.ts";

/** A capture larger than memory must not fill it: the worker ends alone, the control plane goes on. */
const workerHeapMegabytesMax = 2_048;
const taskTimeoutMilliseconds = 30 * 60_000;

/** What a report's folder holds. */
export const reportFiles = {
  html: "report.html",
  text: "report.txt",
  json: "report.json",
} as const;

export interface ReportTask {
  /** The folder that the report's files are written to. */
  directory: string;
  context: Omit<ReportInput, "inspection">;
}

export interface WorkerTask extends ReportTask {
  capture: ReadableStream<Uint8Array>;
}

export type WorkerAnswer =
  | { kind: "done"; text: string; packets: number }
  | { kind: "failed"; reason: string };

/** Inspects one capture in a worker thread; never throws, the reason is in the answer. */
export function runReportTask(
  capture: Readable | ReadableStream<Uint8Array>,
  task: ReportTask,
  signal: AbortSignal,
): Promise<WorkerAnswer> {
  const stream = capture instanceof Readable ? Readable.toWeb(capture) : capture;
  return new Promise((resolve) => {
    const worker = new Worker(fileURLToPath(new URL("./worker.ts", import.meta.url)), {
      workerData: { ...task, capture: stream },
      transferList: [stream],
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMegabytesMax },
    });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(taskTimeoutMilliseconds)]);
    limit.addEventListener("abort", () => void worker.terminate());
    let answer: WorkerAnswer = {
      kind: "failed",
      reason: "inspection was ended before it was done",
    };
    worker.on("message", (message: WorkerAnswer) => (answer = message));
    worker.on("error", (error: Error) => (answer = { kind: "failed", reason: error.message }));
    worker.on("exit", () => resolve(answer));
  });
}
