import { Worker } from "node:worker_threads";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { Closable } from "../../common/lifecycle.ts";
import { importLimits } from "../import-limits.ts";
import type { ParseAnswer, ParseRequest, SharedBatch, WorkerAnswer } from "./parse-messages.ts";

/** Batches that are kept for the next window; more are left to the garbage collector. */
const freeCountMax = 4;

export interface WindowParser extends Closable {
  /** Parses a window of so many bytes, which `fill` puts into its memory. Windows wait for each other. */
  parse(sizeBytes: number, fill: (window: Uint8Array) => void): Promise<ParseAnswer>;
  /** Gives back batches whose rows have been used. */
  release(batches: readonly FlowBatch[]): void;
}

/** Parses in a thread of its own. */
export function startWindowParser(): WindowParser {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  const batches = createSharedBatches();
  let memory = new SharedArrayBuffer(0);
  let waiting: PromiseWithResolvers<ParseAnswer> | null = null;
  let before: Promise<unknown> = Promise.resolve();
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = null;
  };
  worker.on("message", (answer: WorkerAnswer) => {
    waiting?.resolve({ ...answer, batches: answer.batches.map((batch) => batches.take(batch)) });
    waiting = null;
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(new Error("the parsing thread has ended")));
  const parseNow = (sizeBytes: number, fill: (window: Uint8Array) => void) => {
    if (failure) throw failure;
    const isSmall = memory.byteLength < sizeBytes;
    if (isSmall) memory = new SharedArrayBuffer(sizeBytes);
    fill(new Uint8Array(memory, 0, sizeBytes));
    waiting = Promise.withResolvers<ParseAnswer>();
    const lists = batches.givenBack();
    const request: ParseRequest = { ...(isSmall ? { memory } : {}), sizeBytes, ...lists };
    worker.postMessage(request);
    return waiting.promise;
  };
  return {
    parse(sizeBytes, fill) {
      const answer = before.then(() => parseNow(sizeBytes, fill));
      before = answer.catch(() => undefined);
      return answer;
    },
    release: (used) => batches.release(used),
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
        const isWhole = batch.capacity === importLimits.batchCapacity;
        if (isWhole && free.length < freeCountMax) free.push(number);
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
