// Runs in a worker thread: a capture is read and reported on beside the event loop, never on it.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { describeError } from "../../common/errors.ts";
import { writeFileAtomic } from "../../common/files.ts";
import { inspect } from "../../inspection/inspect.ts";
import { renderHtmlReport, renderJsonReport, renderTextReport } from "../../report/report.ts";
import { reportFiles, type WorkerAnswer, type WorkerTask } from "./report-task.ts";

const readSizeBytes = 1 << 20;

async function work({ capturePath, directory, context }: WorkerTask): Promise<WorkerAnswer> {
  const source = createReadStream(capturePath, { highWaterMark: readSizeBytes });
  const inspection = await inspect(source);
  const input = { ...context, inspection };
  const text = renderTextReport(input);
  await writeFileAtomic(join(directory, reportFiles.json), JSON.stringify(renderJsonReport(input)));
  await writeFileAtomic(join(directory, reportFiles.text), `${text}\n`);
  await writeFileAtomic(join(directory, reportFiles.html), renderHtmlReport(input));
  return { kind: "done", text, packets: inspection.file.packets };
}

const answer = await work(workerData as WorkerTask).catch((error: unknown): WorkerAnswer => ({
  kind: "failed",
  reason: describeError(error),
}));
parentPort?.postMessage(answer);
