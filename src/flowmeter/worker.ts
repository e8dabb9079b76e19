import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { describeError, NightcapError } from "../common/errors.ts";
import type { EngineStart, FromEngine } from "./messages.ts";

if (parentPort) await runEngine(workerData as EngineStart, parentPort);

async function runEngine(start: EngineStart, port: MessagePort): Promise<void> {
  try {
    if (start.engine === "conntrack") {
      (await import("./conntrack-engine.ts")).runConntrackEngine(start, port);
    } else {
      await (await import("./packet-engine.ts")).runPacketEngine(start, port);
    }
  } catch (error) {
    const code = error instanceof NightcapError ? error.code : "FlowMeterFailed";
    port.postMessage({ kind: "failed", code, reason: describeError(error) } satisfies FromEngine);
  }
  port.close();
}
