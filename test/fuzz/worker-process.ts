// Tries inputs one after another and tells the parent of each; or tries one file, with status 1 when it fails.
// A process of its own, because a hang or an end for want of memory takes all of a process with it.
import { readFileSync } from "node:fs";
import { checkInput } from "./check-input.ts";
import { loadCorpus } from "./corpus.ts";
import { checkRandom, makeInput } from "./input.ts";

/** What a worker is to do. */
export type WorkerTask =
  | ({ kind: "seeds" } & SeedsTask)
  | { kind: "file"; path: string; seed: number };

/** What it says of each input, and now and then of its memory after a collection. */
export type WorkerMessage =
  | { kind: "tried"; seed: number; packets: number }
  | { kind: "failed"; seed: number; reason: string }
  | { kind: "memory"; megabytes: number };

const memoryCheckEvery = 200;
const collectionCount = 3;
const collectionMilliseconds = 20;

const task = JSON.parse(process.argv[2] ?? "") as WorkerTask;
process.once("disconnect", () => process.exit());
if (task.kind === "file") await tryFile(task);
else await trySeeds(task);

async function tryFile({ path, seed }: { path: string; seed: number }): Promise<void> {
  try {
    await checkInput({ file: readFileSync(path), packetCount: null, random: checkRandom(seed) });
  } catch (error) {
    process.stdout.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

interface SeedsTask {
  captures: string | null;
  first: number;
  step: number;
}

async function trySeeds({ captures, first, step }: SeedsTask): Promise<never> {
  const corpus = loadCorpus(captures);
  for (let seed = first, count = 1; ; seed += step, count++) {
    try {
      tell({ kind: "tried", seed, packets: await checkInput(makeInput(corpus, seed)) });
    } catch (error) {
      tell({ kind: "failed", seed, reason: reasonOf(error) });
    }
    if (count % memoryCheckEvery === 0) tell({ kind: "memory", megabytes: await heldMegabytes() });
  }
}

/** What is still held when nothing is being inspected. Buffers are given back a while after they are found free. */
async function heldMegabytes(): Promise<number> {
  for (let round = 0; round < collectionCount; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => {
      setTimeout(resolve, collectionMilliseconds);
    });
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
