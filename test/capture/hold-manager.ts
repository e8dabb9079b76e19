// A process that holds a session manager until it is killed: hold-manager.ts DIRECTORY NAMESPACE SPECS
import { openSessionManager } from "../../src/capture/session-manager.ts";
import { captureSpec } from "../../src/capture/session.ts";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";

const [directory = "", networkNamespace = "", specs = "[]"] = process.argv.slice(2);
const manager = await openSessionManager({
  directory,
  networkNamespace,
  fileRoots: [directory],
  freeSpaceBytesMin: 0,
  upload: () => Promise.reject(new Error("the store is away")),
  requestFile: () => Promise.reject(new Error("no file is to be uploaded")),
  clock: systemClock,
  log: silentLog,
  onObserved: (observation) => process.stdout.write(`${JSON.stringify(observation)}\n`),
});
for (const spec of captureSpec.array().parse(JSON.parse(specs))) {
  await manager.start(spec);
  if (spec.name === "stop at once") setTimeout(() => void manager.stop(spec.sessionId), 500);
}
setInterval(() => {}, 60_000);
