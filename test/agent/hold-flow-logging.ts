// An agent's flow logging in a network namespace, until it is killed: `node hold-flow-logging.ts DIRECTORY
// NAMESPACE`. Says once a change of what it did as a line of JSON.
import { openFlowLogging } from "../../src/agent/flow-logging.ts";
import { startMeter } from "../../src/agent/flow-meter.ts";
import { agentSettings } from "../../src/agent/settings.ts";
import { flowIdentity } from "../../src/agent/told-flows.ts";
import { silentLog } from "../../src/common/log.ts";

const [, , directory = "", networkNamespace = ""] = process.argv;
const settings = agentSettings.parse({
  directory,
  networkNamespace,
  flowMeter: { engine: "conntrack", continueSeconds: 1, flushSeconds: 0.1 },
});
const logging = await openFlowLogging({
  directory,
  spoolSizeBytesMax: 64 << 20,
  identity: await flowIdentity(networkNamespace, settings.flowMeter),
  startMeter: (options) => startMeter(settings, options),
  log: silentLog,
});
const flowLog = {
  id: "/subscriptions/s/flowLogs/log",
  guid: "0b1c2d3e-0000-4000-8000-00000000000c",
  targetId: "/subscriptions/s/nic",
  interfaces: ["eth0"],
  aclId: null,
  recordTypes: ["B" as const, "C" as const, "E" as const, "D" as const],
  criteria: null,
};
await logging.set({ revision: "a".repeat(16), flowLogs: [flowLog] });
let said = "";
setInterval(() => {
  const state = JSON.stringify(logging.state());
  if (state !== said) process.stdout.write(`${state}\n`);
  said = state;
}, 20);
