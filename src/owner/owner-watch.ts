import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { NightcapError } from "../common/errors.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { FromWatch, ToWatch, WatchReport, WatchStart } from "./messages.ts";

const startMilliseconds = 20_000;
const answerMilliseconds = 20_000;
const closeMilliseconds = 5_000;
/** Little is made that is thrown away again, so that more would only lie there unused. */
const youngHeapMegabytesMax = 4;
/** Without any socket; and how much more of the heap the table and an answer may take than their bounds say. */
const heapMegabytesMin = 96;
const heapShare = 4;

/** Keeps whose each socket is and was. Its memory ends with it. */
export interface OwnerWatch extends Closable {
  /** Whether a capture runs: then it looks more often. */
  setBusy(isBusy: boolean): void;
  /** The lines of an owners file (`inspection/change/socket-owner.ts`) about a time; null before its start. */
  linesOf(ask: { from: number; to: number }): Promise<Uint8Array<ArrayBuffer> | null>;
  /** What it says of itself, at most a second old; null before its first word. */
  report(): WatchReport | null;
  /** Rejects when it ends by itself. */
  readonly ended: Promise<void>;
}

/** Resolves when the first look is done; rejects with what stands in its way. */
export async function startOwnerWatch(start: WatchStart): Promise<OwnerWatch> {
  const watch = new Watch(start);
  await watch.ready();
  return watch;
}

type Waiting = PromiseWithResolvers<Uint8Array<ArrayBuffer> | null>;

class Watch implements OwnerWatch {
  readonly #worker: Worker;
  readonly #start: WatchStart;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #asked = new Map<number, Waiting>();
  #failure: Error | null = null;
  #report: WatchReport | null = null;
  #askCount = 0;

  constructor(start: WatchStart) {
    this.#start = start;
    const { sizeBytesMax, fileSizeBytesMax } = start.settings;
    const boundBytes = sizeBytesMax + fileSizeBytesMax;
    this.#ended.promise.catch(() => {}); // heard by whoever waits for it
    this.#worker = new Worker(fileURLToPath(new URL("./worker.ts", import.meta.url)), {
      workerData: start,
      name: "socket-owners",
      resourceLimits: {
        maxYoungGenerationSizeMb: youngHeapMegabytesMax,
        maxOldGenerationSizeMb: heapMegabytesMin + Math.ceil((heapShare * boundBytes) / 1e6),
      },
    });
    this.#worker.on("message", (message: FromWatch) => this.#take(message));
    this.#worker.on("error", (error: Error) => this.#end(error));
    this.#worker.on("exit", (code) => {
      this.#closed.resolve();
      this.#end(new NightcapError("OwnersFailed", `the watch ended with code ${code}`));
    });
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async ready(): Promise<void> {
    const late = setTimeout(
      () => this.#end(new NightcapError("OwnersFailed", "the watch does not start")),
      startMilliseconds,
    );
    try {
      await Promise.race([this.#ready.promise, this.#ended.promise]);
    } catch (error) {
      await this.#worker.terminate();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  setBusy(isBusy: boolean): void {
    this.#tell({ kind: "busy", isBusy });
  }

  async linesOf({
    from,
    to,
  }: {
    from: number;
    to: number;
  }): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#failure !== null) throw this.#failure;
    const id = ++this.#askCount;
    const waiting: Waiting = Promise.withResolvers();
    this.#asked.set(id, waiting);
    const late = setTimeout(
      () => waiting.reject(new NightcapError("OwnersFailed", "the watch does not answer")),
      answerMilliseconds,
    );
    this.#tell({ kind: "ask", id, from, to, sizeBytesMax: this.#start.settings.fileSizeBytesMax });
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(late);
      this.#asked.delete(id);
    }
  }

  report(): WatchReport | null {
    return this.#report;
  }

  async close(): Promise<void> {
    this.#tell({ kind: "close" });
    await Promise.race([this.#closed.promise, sleep(closeMilliseconds, undefined, { ref: false })]);
    await this.#worker.terminate();
  }

  #take(message: FromWatch): void {
    if (message.kind === "ready") this.#ready.resolve();
    else if (message.kind === "answer") this.#asked.get(message.id)?.resolve(message.lines);
    else if (message.kind === "report") this.#report = message.report;
    else if (message.kind === "closed") this.#closed.resolve();
    else this.#end(new NightcapError(message.code, message.reason));
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#ended.reject(error);
    for (const { reject } of this.#asked.values()) reject(error);
  }

  #tell(message: ToWatch): void {
    this.#worker.postMessage(message);
  }
}
