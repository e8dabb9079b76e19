import { parentPort, workerData } from "node:worker_threads";
import type { EngineStart } from "./messages.ts";

if (parentPort) {
  const start = workerData as EngineStart;
  if (start.engine === "conntrack") {
    (await import("./conntrack-engine.ts")).runConntrackEngine(start, parentPort);
  } else {
    (await import("./packet-engine.ts")).runPacketEngine();
  }
  parentPort.close();
}
