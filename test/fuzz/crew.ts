import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { WorkerMessage } from "./worker-process.ts";

export const workerPath = join(import.meta.dirname, "worker-process.ts");

/** An input that failed. */
export interface FuzzFailure {
  seed: number;
  reason: string;
}

export interface CrewOptions {
  captures: string | null;
  firstSeed: number;
  workerCount: number;
  packetCountMax: number;
  secondsMax: number;
  onProgress: (progress: CrewProgress) => void;
}

export interface CrewProgress {
  inputs: number;
  packets: number;
  seconds: number;
  /** The most that a worker held after a collection. */
  heldMegabytes: number;
  failures: FuzzFailure[];
}

/** No input takes longer than this, whatever is in it; the first one also waits for the corpus. */
const inputSecondsMax = 60;
const failureCountMax = 20;
const lookEveryMilliseconds = 1_000;
/** What a worker may hold more than after its first inputs: tables of the program, not of captures. */
const growthMaxMegabytes = 64;

interface Worker {
  child: ChildProcess;
  /** The seed that it tries now. */
  seed: number;
  sinceMilliseconds: number;
  firstMegabytes: number;
}

/** Lets workers try inputs until enough packets were tried, the time is over, or too much has failed. */
export async function runCrew(options: CrewOptions): Promise<CrewProgress> {
  const crew = new Crew(options);
  await crew.done;
  return crew.progress;
}

class Crew {
  readonly done: Promise<void>;
  readonly progress: CrewProgress = {
    inputs: 0,
    packets: 0,
    seconds: 0,
    heldMegabytes: 0,
    failures: [],
  };
  readonly #options: CrewOptions;
  readonly #workers = new Map<number, Worker>();
  readonly #startMilliseconds = performance.now();

  constructor(options: CrewOptions) {
    this.#options = options;
    for (let index = 0; index < options.workerCount; index++)
      this.#start(index, options.firstSeed + index);
    this.done = new Promise((resolve) => {
      const timer = setInterval(() => {
        this.#look();
        if (!this.#isOver()) return;
        clearInterval(timer);
        this.#stop();
        resolve();
      }, lookEveryMilliseconds);
    });
  }

  #start(index: number, seed: number): void {
    const { captures, workerCount } = this.#options;
    const task = { kind: "seeds", captures, first: seed, step: workerCount };
    const child = fork(workerPath, [JSON.stringify(task)], {
      execArgv: [...process.execArgv, "--expose-gc"],
    });
    const worker = { child, seed, sinceMilliseconds: performance.now(), firstMegabytes: 0 };
    this.#workers.set(index, worker);
    child.on("message", (message: WorkerMessage) => this.#hear(worker, message));
    child.once("exit", (status, signal) => {
      if (this.#workers.get(index) === worker)
        this.#replace(index, `the process ended (${signal ?? status})`);
    });
  }

  #hear(worker: Worker, message: WorkerMessage): void {
    if (message.kind === "memory") return this.#weigh(worker, message.megabytes);
    const { progress } = this;
    progress.inputs++;
    if (message.kind === "tried") progress.packets += message.packets;
    else progress.failures.push({ seed: message.seed, reason: message.reason });
    worker.seed = message.seed + this.#options.workerCount;
    worker.sinceMilliseconds = performance.now();
  }

  #weigh(worker: Worker, megabytes: number): void {
    const { progress } = this;
    progress.heldMegabytes = Math.max(progress.heldMegabytes, megabytes);
    if (worker.firstMegabytes === 0) worker.firstMegabytes = megabytes;
    const grown = megabytes - worker.firstMegabytes;
    if (grown < growthMaxMegabytes) return;
    const reason = `${grown.toFixed(0)} MB more are held than at the beginning`;
    progress.failures.push({ seed: worker.seed, reason });
    worker.firstMegabytes = megabytes;
  }

  #look(): void {
    const now = performance.now();
    this.progress.seconds = (now - this.#startMilliseconds) / 1_000;
    for (const [index, worker] of this.#workers) {
      if (now - worker.sinceMilliseconds > inputSecondsMax * 1_000)
        this.#replace(index, `no end after ${inputSecondsMax} s`);
    }
    this.#options.onProgress(this.progress);
  }

  /** Passes over the input that a worker did not survive. */
  #replace(index: number, reason: string): void {
    const worker = this.#workers.get(index);
    if (!worker) return;
    this.progress.failures.push({ seed: worker.seed, reason });
    this.#workers.delete(index);
    worker.child.kill("SIGKILL");
    if (!this.#isOver()) this.#start(index, worker.seed + this.#options.workerCount);
  }

  #isOver(): boolean {
    const { packets, seconds, failures } = this.progress;
    const { packetCountMax, secondsMax } = this.#options;
    return packets >= packetCountMax || seconds >= secondsMax || failures.length >= failureCountMax;
  }

  #stop(): void {
    const workers = [...this.#workers.values()];
    this.#workers.clear();
    for (const { child } of workers) child.kill("SIGKILL");
  }
}
