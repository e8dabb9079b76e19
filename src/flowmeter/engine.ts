import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { NightcapError } from "../common/errors.ts";
import type { EngineStart, FromEngine, ToEngine } from "./messages.ts";

const startMilliseconds = 20_000;
const closeMilliseconds = 5_000;

/** An engine in its worker. */
export interface Engine {
  tell(message: ToEngine): void;
  /** Rejects when it ends by itself. */
  readonly ended: Promise<void>;
  /** Its last records come before this resolves. */
  close(): Promise<void>;
}

/**
 * Resolves when it meters; rejects with what stands in its way. Records may come before that, so what hears of
 * them is given the way to answer.
 */
export async function startEngine(
  start: EngineStart,
  onMessage: (message: FromEngine, tell: Engine["tell"]) => void,
): Promise<Engine> {
  const worker = new Worker(fileURLToPath(new URL("./worker.ts", import.meta.url)), {
    workerData: start,
    name: "flow-meter",
  });
  const tell = (message: ToEngine): void => worker.postMessage(message);
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {}); // heard by whoever waits for it
  worker.on("message", (message: FromEngine) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "closed") closed.resolve();
    else if (message.kind === "failed")
      ended.reject(new NightcapError(message.code, message.reason));
    else onMessage(message, tell);
  });
  worker.on("error", (error) => ended.reject(error));
  worker.on("exit", (code) => {
    closed.resolve();
    ended.reject(new NightcapError("FlowMeterFailed", `the flow engine ended with code ${code}`));
  });
  const late = setTimeout(
    () => ended.reject(new NightcapError("FlowMeterFailed", "the flow engine does not start")),
    startMilliseconds,
  );
  try {
    await Promise.race([ready.promise, ended.promise]);
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return {
    tell,
    ended: ended.promise,
    close: () => closeWorker(worker, closed.promise),
  };
}

async function closeWorker(worker: Worker, closed: Promise<void>): Promise<void> {
  worker.postMessage({ kind: "close" } satisfies ToEngine);
  await Promise.race([closed, sleep(closeMilliseconds, undefined, { ref: false })]);
  await worker.terminate();
}
