// Runs in a worker of the browser: the file is read and inspected beside the page, and leaves the machine nowhere.
// Everything that the inspection may load later, so that it needs no network then.
import "../../../inspection/dissect/protocols.ts";
import { inspect } from "../../../inspection/inspect.ts";
import { reportDocument } from "../../../report/document.ts";
import { fileAlone } from "../../../report/report-input.ts";
import type { InspectReply, InspectRequest } from "./messages.ts";

/** Progress is told no more often. */
const progressMilliseconds = 80;

const say = (reply: InspectReply): void => postMessage(reply);

addEventListener("message", ({ data }: MessageEvent<InspectRequest>) => {
  inspectFile(data.file).catch((error: unknown) => {
    say({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  });
});

async function inspectFile(file: File): Promise<void> {
  const startedMs = performance.now();
  let toldMs = startedMs;
  const onProgress = (bytes: number): void => {
    const now = performance.now();
    if (now - toldMs < progressMilliseconds) return;
    toldMs = now;
    say({ kind: "progress", bytes });
  };
  const inspection = await inspect(chunksOf(file), { onProgress });
  const capture = { ...fileAlone(file.name), sizeBytes: file.size };
  const createdAt = new Date().toISOString();
  const report = reportDocument({ inspection, capture, alert: null, createdAt });
  say({ kind: "done", report, milliseconds: performance.now() - startedMs });
}

/** Browsers that cannot walk a stream with `for await` have its reader. */
async function* chunksOf(file: File): AsyncGenerator<Uint8Array, void> {
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

say({ kind: "ready" });
