import { Worker } from "node:worker_threads";
import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { Closable } from "../../common/lifecycle.ts";
import {
  buffersOf,
  type ParseAnswer,
  type ParseRequest,
  type WorkerAnswer,
} from "./parse-messages.ts";

/** Batches that are kept for the next window; more are left to the garbage collector. */
const freeCountMax = 4;

export interface WindowParser extends Closable {
  /** Memory for a window of so many bytes: that of an earlier one where it is large enough, as it comes by the hundred megabytes. */
  window(sizeBytes: number): Uint8Array<ArrayBuffer>;
  /** One window at a time; its bytes are given away. */
  parse(window: Uint8Array<ArrayBuffer>): Promise<ParseAnswer>;
  /** Gives back batches whose rows have been used. */
  release(batches: readonly FlowBatch[]): void;
}

/** Parses in a thread of its own. */
export function startWindowParser(): WindowParser {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  let free: FlowBatch[] = [];
  let memory: ArrayBuffer | null = null;
  let waiting: PromiseWithResolvers<ParseAnswer> | null = null;
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = null;
  };
  worker.on("message", ({ answer, memory: used }: WorkerAnswer) => {
    memory = used;
    waiting?.resolve(answer);
    waiting = null;
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(new Error("the parsing thread has ended")));
  return {
    window(sizeBytes) {
      const known = memory;
      memory = null;
      const isEnough = known !== null && known.byteLength >= sizeBytes;
      return new Uint8Array(isEnough ? known : new ArrayBuffer(sizeBytes), 0, sizeBytes);
    },
    parse(window) {
      if (failure) return Promise.reject(failure);
      if (waiting) return Promise.reject(new Error("a window is being parsed already"));
      waiting = Promise.withResolvers<ParseAnswer>();
      const request: ParseRequest = { window, free };
      worker.postMessage(request, [window.buffer, ...buffersOf(free)]);
      free = [];
      return waiting.promise;
    },
    release(batches) {
      free = [...free, ...batches].slice(0, freeCountMax);
    },
    async close() {
      await worker.terminate();
    },
  };
}
