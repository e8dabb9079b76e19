// An outbox as a process that may be killed: sends five messages to the webhook that it is given.
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openTarget } from "../../src/notify/open-target.ts";
import { createOutbox } from "../../src/notify/outbox.ts";
import { openState } from "../../src/state/state.ts";
import { message, target } from "./messages.ts";
import { tablesOf } from "./outbox-bed.ts";

const [, , path = "", url = ""] = process.argv;
const state = await openState({ kind: "sqlite", path });
const webhook = target({ kind: "webhook", url, ratePerMinuteMax: 600 });
const outbox = createOutbox({
  tables: tablesOf(state),
  transact: (work) => state.transact((inside) => work(tablesOf(inside))),
  targets: () => [webhook],
  openTarget: (settings) => openTarget(settings, { clock: systemClock, log: silentLog }),
  lookMilliseconds: 20,
  clock: systemClock,
  log: silentLog,
});
for (let revision = 1; revision <= 5; revision++) await outbox.send(message({ revision }));
outbox.start();
