import { Inspector } from "./inspector.ts";
import type { WorkerSetup } from "./messages.ts";
import { OrderedOutput, type Chunk } from "./ordered-output.ts";
import { bytesOf, endsLine, errorPiece } from "./piece.ts";

/** Text of finished files that waits for an earlier file, and one piece of each thread beyond. */
const waitingTextBytesMax = 67_108_864;

export interface ThreadsOptions {
  threadCount: number;
  setup: WorkerSetup;
  write: (chunk: Chunk) => Promise<void>;
  /** What the threads run; it speaks as `messages.ts` says. */
  script?: URL;
}

/**
 * Inspects files in worker threads, each file in one, because streams depend on the order of packets.
 * Answers are written in the order of the files; false when one of them could not be read.
 */
export async function inspectInThreads(
  paths: readonly string[],
  options: ThreadsOptions,
): Promise<boolean> {
  const { threadCount, setup, write } = options;
  const script = options.script ?? new URL("./worker.ts", import.meta.url);
  const output = new OrderedOutput(paths.length, waitingTextBytesMax);
  const inspectors = Array.from({ length: threadCount }, () => new Inspector(script, setup));
  const files = paths.entries();
  const end = new AbortController();
  let isEachRead = true;
  const work = async (inspector: Inspector): Promise<void> => {
    for (const [file, path] of files) {
      const add = (chunk: Chunk): Promise<void> => output.add(file, chunk);
      if (!(await inspectOne(path, inspector, { add, json: setup.json }))) isEachRead = false;
      if (end.signal.aborted) return;
      output.end(file);
    }
  };
  try {
    await Promise.all([output.writeAll(write), ...inspectors.map(work)]);
    return isEachRead;
  } finally {
    end.abort();
    await Promise.all(inspectors.map((inspector) => inspector.close()));
  }
}

interface OneOptions {
  add: (chunk: Chunk) => Promise<void>;
  json: boolean;
}

async function inspectOne(
  path: string,
  inspector: Inspector,
  { add, json }: OneOptions,
): Promise<boolean> {
  let isLineOpen = false;
  try {
    let reply = await inspector.ask(path);
    while (reply.kind === "piece") {
      if (reply.to === "stdout") isLineOpen = !endsLine(reply.bytes);
      await add(reply);
      reply = await inspector.ask(null);
    }
    return reply.isRead;
  } catch (cause) {
    const error = new Error("its inspection ended early", { cause });
    const { to, content } = errorPiece(path, error, { json, isLineOpen });
    await add({ to, bytes: bytesOf(content) });
    return false;
  }
}
