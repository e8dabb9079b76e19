import { Worker } from "node:worker_threads";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { ParseAnswer, ParseRequest, SharedBatch, WorkerAnswer } from "./parse-messages.ts";

/** Batches that are kept for the next window; more are left to the garbage collector. */
const freeCountMax = 4;

export interface WindowParser extends Closable {
  /** Memory for the next window, of so many bytes; that of the one before is gone by then. */
  window(sizeBytes: number): Uint8Array<SharedArrayBuffer>;
  /** Parses the bytes that lie in the last window; one at a time. */
  parse(): Promise<ParseAnswer>;
  /** Gives back batches whose rows have been used. */
  release(batches: readonly FlowBatch[]): void;
}

/** Parses in a thread of its own. */
export function startWindowParser(): WindowParser {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  const batches = createSharedBatches();
  let memory = new SharedArrayBuffer(0);
  let isMemoryNew = false;
  let sizeBytes = 0;
  let waiting: PromiseWithResolvers<ParseAnswer> | null = null;
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = null;
  };
  worker.on("message", (answer: WorkerAnswer) => {
    waiting?.resolve({ ...answer, batches: answer.batches.map(batches.take) });
    waiting = null;
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(new Error("the parsing thread has ended")));
  return {
    window(size) {
      sizeBytes = size;
      if (memory.byteLength < size) {
        memory = new SharedArrayBuffer(size);
        isMemoryNew = true;
      }
      return new Uint8Array(memory, 0, size);
    },
    parse() {
      if (failure) return Promise.reject(failure);
      if (waiting) return Promise.reject(new Error("a window is being parsed already"));
      waiting = Promise.withResolvers<ParseAnswer>();
      const request: ParseRequest = {
        ...(isMemoryNew ? { memory } : {}),
        sizeBytes,
        ...batches.givenBack(),
      };
      isMemoryNew = false;
      worker.postMessage(request);
      return waiting.promise;
    },
    release: batches.release,
    async close() {
      await worker.terminate();
    },
  };
}

/** This thread's side of the batches that the other one fills. */
function createSharedBatches() {
  const known = new Map<number, FlowBatch>();
  const numbers = new Map<FlowBatch, number>();
  let free: number[] = [];
  let unneeded: number[] = [];
  return {
    take({ number, length, origins, columns }: SharedBatch): FlowBatch {
      const batch = columns ?? known.get(number);
      if (!batch) throw new RangeError(`no batch has the number ${number}`);
      known.set(number, batch);
      numbers.set(batch, number);
      batch.length = length;
      batch.origins.splice(0, Infinity, ...origins);
      return batch;
    },
    release(batches: readonly FlowBatch[]): void {
      for (const batch of batches) {
        const number = numbers.get(batch);
        if (number === undefined) continue;
        if (free.length < freeCountMax) free.push(number);
        else {
          unneeded.push(number);
          known.delete(number);
          numbers.delete(batch);
        }
      }
    },
    givenBack(): Pick<ParseRequest, "free" | "unneeded"> {
      const lists = { free, unneeded };
      free = [];
      unneeded = [];
      return lists;
    },
  };
}
