import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { describeError, NightcapError } from "../common/errors.ts";
import type { FromWatch, WatchStart } from "./messages.ts";
import { runWatch } from "./watch-engine.ts";

if (parentPort) run(workerData as WatchStart, parentPort);

function run(start: WatchStart, port: MessagePort): void {
  try {
    runWatch(start, port);
  } catch (error) {
    const code = error instanceof NightcapError ? error.code : "OwnersFailed";
    port.postMessage({ kind: "failed", code, reason: describeError(error) } satisfies FromWatch);
  }
  port.close();
}
