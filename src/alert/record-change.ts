import type { DocumentTable } from "../common/documents.ts";
import type { Log } from "../common/log.ts";
import type { ActionGroupProperties } from "./action-group.ts";
import { deliveryKey, planDeliveries } from "./delivery.ts";
import type { AlertState, AlertTables } from "./rule-state.ts";
import type { AlertTransition } from "./transition.ts";

/** Deliveries waiting or recorded; beyond it new ones are dropped and counted. */
const deliveryCountMax = 100_000;
/** For deliveries that are finished from the start; the queue removes them then. */
const recordKeptMilliseconds = 7 * 86_400_000;

export interface ChangeOptions {
  /** Null when there is no such group. */
  actionGroup: (id: string) => Promise<ActionGroupProperties | null>;
  /** Outside of transactions. */
  states: DocumentTable<AlertState>;
  /** Writes in both tables take effect together, or not at all. */
  transact: <Result>(work: (tables: AlertTables) => Promise<Result>) => Promise<Result>;
  log: Log;
  newId: () => string;
  /** After a change and its deliveries are recorded. Told again of nothing after a crash: look at the tables. */
  onTransition?: (transition: AlertTransition) => void;
  count?: (
    name: "evaluations" | "transitions" | "droppedDeliveries",
    labels: Record<string, string>,
  ) => void;
}

/** Whom a rule tells. */
export interface RuleAction {
  actionGroupId: string;
  webHookProperties?: Readonly<Record<string, string>> | null | undefined;
}

export interface RecordedChange {
  /** Of the state. */
  key: string;
  /** Of the state that is replaced; 0 when there is none. */
  revision: number;
  state: AlertState;
  actions: readonly RuleAction[];
  now: number;
}

/** State and deliveries in one transaction; nothing happens when another process was first. */
export async function recordChange(options: ChangeOptions, change: RecordedChange): Promise<void> {
  const { key, revision, state, now } = change;
  const { transition } = state;
  const planned = planDeliveries(transition, await resolveActions(options, change.actions), now);
  const recorded = await options.transact(async ({ states, deliveries }) => {
    if (!(await states.put(key, state, { revision }))) return false;
    const room = deliveryCountMax - (await deliveries.count());
    for (const delivery of planned.slice(0, Math.max(0, room))) {
      const dueAt = delivery.state === "Pending" ? now : now + recordKeptMilliseconds;
      await deliveries.put(deliveryKey(delivery), delivery, { dueAt });
    }
    const dropped = Math.max(0, planned.length - Math.max(0, room));
    for (let n = 0; n < dropped; n++) options.count?.("droppedDeliveries", {});
    if (dropped > 0) options.log.error({ rule: state.ruleId, dropped }, "deliveries dropped");
    return true;
  });
  if (!recorded) return;
  options.count?.("transitions", { monitorCondition: transition.monitorCondition });
  const { monitorCondition, alertId } = transition;
  options.log.info({ rule: state.ruleId, alertId, monitorCondition }, "alert changed");
  options.onTransition?.(transition);
}

async function resolveActions(
  { actionGroup }: ChangeOptions,
  actions: readonly RuleAction[],
): Promise<Parameters<typeof planDeliveries>[1]> {
  return Promise.all(
    actions.map(async ({ actionGroupId, webHookProperties }) => ({
      actionGroupId,
      webHookProperties: webHookProperties ?? null,
      group: await actionGroup(actionGroupId),
    })),
  );
}
