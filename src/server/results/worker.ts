// Runs in a worker thread: a capture is read and reported on beside the event loop, never on it.
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { describeError } from "../../common/errors.ts";
import { writeFileAtomic } from "../../common/files.ts";
import { inspect } from "../../inspection/inspect.ts";
import { renderHtmlReport } from "../../report/html-report.ts";
import { renderJsonReport } from "../../report/json-report.ts";
import { renderTextReport } from "../../report/text-report.ts";
import { reportFiles, type WorkerAnswer, type WorkerTask } from "./report-task.ts";

async function work({ capture, directory, context }: WorkerTask): Promise<WorkerAnswer> {
  const inspection = await inspect(capture);
  const input = { ...context, inspection };
  const text = renderTextReport(input);
  await writeFileAtomic(join(directory, reportFiles.json), renderJsonReport(input));
  await writeFileAtomic(join(directory, reportFiles.text), `${text}\n`);
  // The page is the last: a report counts as written when it is there.
  await writeFileAtomic(join(directory, reportFiles.html), renderHtmlReport(input));
  return { kind: "done", text, packets: inspection.file.packets };
}

const answer = await work(workerData as WorkerTask).catch((error: unknown): WorkerAnswer => ({
  kind: "failed",
  reason: describeError(error),
}));
parentPort?.postMessage(answer);
