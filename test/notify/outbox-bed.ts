import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openTarget } from "../../src/notify/open-target.ts";
import {
  createOutbox,
  type Outbox,
  type OutboxOptions,
  type OutboxTables,
} from "../../src/notify/outbox.ts";
import type { DeadLetter, OutboxEntry } from "../../src/notify/outbox-entry.ts";
import type { TargetSettings } from "../../src/notify/target-settings.ts";
import { openState, type State } from "../../src/state/state.ts";

export const tablesOf = (state: State): OutboxTables => ({
  entries: state.documents<OutboxEntry>("notificationOutbox"),
  deadLetters: state.documents<DeadLetter>("notificationDeadLetters"),
});

export interface OutboxBed {
  outbox: Outbox;
  tables: OutboxTables;
  transact: OutboxOptions["transact"];
  targets: TargetSettings[];
  counts: Record<string, number>;
  clock: Clock & { add(milliseconds: number): void };
  close(): Promise<void>;
}

/** An outbox over a real state, whose clock is the system's and what was added to it. */
export async function openOutboxBed(targets: TargetSettings[]): Promise<OutboxBed> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-outbox-"));
  const state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  let added = 0;
  const clock = {
    now: () => Date.now() + added,
    sleep: () => Promise.resolve(),
    add: (milliseconds: number) => void (added += milliseconds),
  };
  const counts: Record<string, number> = {};
  const transact: OutboxOptions["transact"] = (work) =>
    state.transact((inside) => work(tablesOf(inside)));
  const bed: OutboxBed = {
    transact,
    targets,
    counts,
    clock,
    tables: tablesOf(state),
    outbox: createOutbox({
      tables: tablesOf(state),
      transact,
      targets: () => bed.targets,
      openTarget: (settings) =>
        openTarget(settings, { clock, log: silentLog, timeoutMilliseconds: 1_000 }),
      count: (name) => void (counts[name] = (counts[name] ?? 0) + 1),
      backoff: { minimumMilliseconds: 10, maximumMilliseconds: 40 },
      lookMilliseconds: 20,
      clock,
      log: silentLog,
    }),
    async close() {
      await running.close();
      await state.close();
      await rm(directory, { recursive: true });
    },
  };
  const running = bed.outbox.start();
  return bed;
}
