import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import type { WorkerReply, WorkerRequest, WorkerSetup } from "./messages.ts";

/** A thread may hold as much as the process could without threads: no file fails because of them. */
const threadHeapMegabytesMax = Math.ceil(getHeapStatistics().heap_size_limit / 1_048_576);

interface Waiting {
  resolve: (reply: WorkerReply) => void;
  reject: (reason: Error) => void;
}

/** A worker thread that is asked one thing at a time; the next file after its death gets a new one. */
export class Inspector {
  readonly #script: URL;
  readonly #setup: WorkerSetup;
  #worker: Worker | null = null;
  #waiting: Waiting | null = null;

  constructor(script: URL, setup: WorkerSetup) {
    this.#script = script;
    this.#setup = setup;
  }

  /** Raises the reason when the thread dies before it replies. */
  ask(request: WorkerRequest): Promise<WorkerReply> {
    if (request !== null) this.#worker ??= this.#start();
    const worker = this.#worker;
    if (!worker) return Promise.reject(new Error("its worker thread ended"));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script, {
      workerData: this.#setup,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMegabytesMax },
    });
    let reason = new Error("its worker thread ended");
    worker.on("message", (reply: WorkerReply) => this.#waiting?.resolve(reply));
    worker.on("error", (error: Error) => (reason = error));
    worker.on("exit", () => {
      this.#worker = null;
      this.#waiting?.reject(reason);
    });
    return worker;
  }
}
