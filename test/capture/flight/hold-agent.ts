// A process with a flight recorder and a session manager, until it is killed: hold-agent.ts DIRECTORY NAMESPACE SPECS
import { openFlightRecorder } from "../../../src/capture/flight/flight-recorder.ts";
import { flightRecorderSettings } from "../../../src/capture/flight/settings.ts";
import { openSessionManager } from "../../../src/capture/session-manager.ts";
import { captureSpec } from "../../../src/capture/session.ts";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";

const [directory = "", networkNamespace = "", specs = "[]"] = process.argv.slice(2);
const clock = systemClock;
const log = silentLog;
const settings = flightRecorderSettings.parse({ directory: `${directory}/ring` });
const recorder = await openFlightRecorder({
  settings,
  owner: directory,
  networkNamespace,
  clock,
  log,
});
const manager = await openSessionManager({
  directory: `${directory}/agent`,
  networkNamespace,
  fileRoots: [directory],
  freeSpaceBytesMin: 0,
  upload: () => Promise.reject(new Error("the store is away")),
  requestFile: () => Promise.reject(new Error("no file is to be uploaded")),
  clock,
  log,
  onObserved: (observation) =>
    process.stdout.write(
      `${observation.phase}\n${observation.phase === "finished" ? `${JSON.stringify(observation)}\n` : ""}`,
    ),
  flightRecorder: recorder,
});
process.stdout.write("ready\n");
// A line on standard input starts the sessions: until then there is only the ring.
process.stdin.once("data", () => {
  for (const spec of captureSpec.array().parse(JSON.parse(specs))) void manager.start(spec);
});
