// An incident's updates on their way to the outbox, as a process that is killed: `publish-process.ts DATABASE URL POINT`.
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import { openTarget } from "../../src/notify/open-target.ts";
import { createOutbox } from "../../src/notify/outbox.ts";
import { runDueIncidents } from "../../src/responder/incident-runner.ts";
import { incidentOptions } from "../../src/server/incidents.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState } from "../../src/state/state.ts";
import { target } from "../notify/messages.ts";
import { tablesOf } from "../notify/outbox-bed.ts";

const [, , path = "", url = "", point = ""] = process.argv;
const state = await openState({ kind: "sqlite", path });
const outbox = createOutbox({
  tables: tablesOf(state),
  transact: (work) => state.transact((inside) => work(tablesOf(inside))),
  targets: () => [target({ kind: "webhook", url, ratePerMinuteMax: 600 })],
  openTarget: (settings) => openTarget(settings, { clock: systemClock, log: silentLog }),
  lookMilliseconds: 20,
  clock: systemClock,
  log: silentLog,
});
const die = (): void => void process.kill(process.pid, "SIGKILL");
const settings = serverSettings.parse({ directory: "." });
const metrics = createProcessMetrics();
const context = { settings, state, metrics, clock: systemClock, log: silentLog };
const options = incidentOptions(context, {
  async sendNotification(message) {
    if (point === "before" && message.revision === 1) die();
    await outbox.send(message);
    // The outbox has it, and the incident does not know.
    if (point === "after" && message.revision === 2) die();
  },
});
if (point === "none") outbox.start();
const signal = new AbortController().signal;
await runDueIncidents({ ...options, clock: systemClock, log: silentLog }, signal);
process.send?.("done");
