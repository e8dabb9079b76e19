import { parentPort } from "node:worker_threads";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import { buffersOf, type ParseRequest, type WorkerAnswer } from "./parse-messages.ts";
import { parseWindow } from "./parse-window.ts";

const spare: FlowBatch[] = [];

// The thread that parses, so that reading and inserting go on meanwhile.
parentPort?.on("message", ({ window, free }: ParseRequest) => {
  spare.push(...free);
  const answer = parseWindow(window, spare);
  const reply: WorkerAnswer = { answer, memory: window.buffer };
  parentPort?.postMessage(reply, [window.buffer, ...buffersOf(answer.batches)]);
});
