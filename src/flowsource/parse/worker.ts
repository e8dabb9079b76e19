import { parentPort } from "node:worker_threads";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { ParseRequest, SharedBatch, WorkerAnswer } from "./parse-messages.ts";
import { parseWindow } from "./parse-window.ts";

let memory = new SharedArrayBuffer(0);
/** Batches that the other thread has, by number. */
const known = new Map<number, FlowBatch>();
const numbers = new Map<FlowBatch, number>();
const spare: FlowBatch[] = [];
let count = 0;

// The thread that parses, so that reading and inserting go on meanwhile.
parentPort?.on("message", (request: ParseRequest) => {
  memory = request.memory ?? memory;
  for (const number of request.free) spare.push(...listOf(known.get(number)));
  for (const number of request.unneeded) {
    for (const batch of listOf(known.get(number))) numbers.delete(batch);
    known.delete(number);
  }
  const { batches, ...parsed } = parseWindow(new Uint8Array(memory, 0, request.sizeBytes), spare);
  const reply: WorkerAnswer = { ...parsed, batches: batches.map(share) };
  parentPort?.postMessage(reply);
});

const listOf = <Item>(item: Item | undefined): Item[] => (item === undefined ? [] : [item]);

function share(batch: FlowBatch): SharedBatch {
  const { length, origins } = batch;
  const number = numbers.get(batch);
  if (number !== undefined) return { number, length, origins };
  numbers.set(batch, ++count);
  known.set(count, batch);
  return { number: count, length, origins, columns: batch };
}
