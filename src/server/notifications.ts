import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Closable } from "../common/lifecycle.ts";
import type { NotificationMessage } from "../notify/message.ts";
import { openTarget } from "../notify/open-target.ts";
import { createOutbox, type Outbox, type OutboxTables } from "../notify/outbox.ts";
import type { DeadLetter, OutboxEntry } from "../notify/outbox-entry.ts";
import type { SendResult } from "../notify/target.ts";
import type { TargetSettings } from "../notify/target-settings.ts";
import { openTargetStore, readFixedTargets, type TargetStore } from "../notify/target-store.ts";
import { closeTest, sendTest } from "../notify/test-message.ts";
import type { State } from "../state/state.ts";
import type { ServerContext } from "./context.ts";

/** Where people are told: the targets, and what is on its way to them. */
export interface Notifications extends Closable {
  readonly targets: TargetStore;
  readonly outbox: Outbox;
  /** Resolves when the message is recorded for every target that wants it. */
  sendNotification: (message: NotificationMessage) => Promise<void>;
  /** Sends a test to a target, once, and says what came of it. */
  test: (target: TargetSettings) => Promise<SendResult>;
}

const tablesOf = (state: State): OutboxTables => ({
  entries: state.documents<OutboxEntry>("notificationOutbox"),
  deadLetters: state.documents<DeadLetter>("notificationDeadLetters"),
});

type NotificationContext = Pick<
  ServerContext,
  "settings" | "state" | "metrics" | "baseUrl" | "clock" | "log"
>;

/** Opens the targets and begins to send what waits for them. */
export async function openNotifications(context: NotificationContext): Promise<Notifications> {
  const { settings, state, baseUrl, clock, log } = context;
  const targets = await openTargetStore(
    join(settings.directory, "notification-targets.json"),
    readFixedTargets(settings.notifications.targets),
  );
  const tables = tablesOf(state);
  const abort = new AbortController();
  const outbox = createOutbox({
    tables,
    transact: (work) => state.transact((inside) => work(tablesOf(inside))),
    targets: () => targets.list(),
    openTarget: (target) => openTarget(target, { clock, log }),
    count: createCounts(context, tables),
    clock,
    log,
  });
  const running = outbox.start();
  return {
    targets,
    outbox,
    sendNotification: (message) => outbox.send(message),
    async test(settingsOfTarget) {
      const target = openTarget(settingsOfTarget, { clock, log });
      const incidentId = `test-${randomBytes(8).toString("hex")}`;
      const { signal } = abort;
      const result = await sendTest(target, { incidentId, link: baseUrl, signal });
      if (result.ok && settingsOfTarget.kind === "pagerDuty") {
        return closeTest(target, incidentId, signal);
      }
      return result;
    },
    async close() {
      abort.abort(new Error("closing"));
      await running.close();
    },
  };
}

function createCounts({ metrics }: NotificationContext, tables: OutboxTables) {
  const counter = (name: string, help: string) =>
    metrics.counter(`nightcap_notify_${name}_total`, help, ["target"]);
  const counters = {
    sent: counter("sent", "Notifications that a target took"),
    failed: counter("failed", "Tries of a notification that failed"),
    dead: counter("dead", "Notifications that were given up, and are dead letters"),
    held: counter("held", "Notifications held back by quiet hours or grouping"),
    dropped: counter("dropped", "Notifications dropped: too many waited, or the target is gone"),
  };
  metrics.gauge("nightcap_notify_dead_letters", "Dead letters that are kept", () =>
    tables.deadLetters.count(),
  );
  return (name: keyof typeof counters, target: string): void => counters[name].add(1, { target });
}
