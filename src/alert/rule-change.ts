import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import type { Log } from "../common/log.ts";
import type { ActionGroupProperties } from "./action-group.ts";
import { deliveryKey, planDeliveries } from "./delivery.ts";
import { describeTransition, type ChangeCause } from "./describe-transition.ts";
import { keyOf, type AlertState, type AlertTables, type RuleResource } from "./rule-state.ts";
import type { AlertTransition } from "./transition.ts";

/** Deliveries waiting or recorded; beyond it new ones are dropped and counted. */
const deliveryCountMax = 100_000;

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

/** True when a condition that is met is a new alert. */
export function canFire(stored: StoredDocument<AlertState> | null): boolean {
  return stored === null || stored.body.monitorCondition === "Resolved" || stored.body.rearmed;
}

/** A rule whose state is to change. */
export interface Change extends ChangeCause {
  now: number;
  stored: StoredDocument<AlertState> | null;
}

/** The condition is met: an alert begins. */
export async function fire(options: ChangeOptions, change: Change): Promise<void> {
  const alertId = options.newId();
  const transition = describeTransition(change, {
    monitorCondition: "Fired",
    alertId,
    firedTime: change.now,
    resolvedTime: null,
  });
  await record(options, change, {
    ruleId: change.rule.id,
    targetResourceId: transition.targetResourceId,
    monitorCondition: "Fired",
    alertId,
    firedTime: change.now,
    resolvedTime: null,
    rearmed: false,
    transition,
  });
}

/** The condition was not met for long enough: the alert is resolved, or may fire anew. */
export async function conditionIsOver(
  options: ChangeOptions,
  change: Change & { stored: StoredDocument<AlertState> },
): Promise<void> {
  const { body, key, revision } = change.stored;
  if (!change.rule.properties.autoMitigate) {
    await options.states.put(key, { ...body, rearmed: true }, { revision });
    return;
  }
  const transition = describeTransition(change, {
    monitorCondition: "Resolved",
    alertId: body.alertId,
    firedTime: body.firedTime,
    resolvedTime: change.now,
  });
  const resolved = { monitorCondition: "Resolved", resolvedTime: change.now, transition } as const;
  await record(options, change, { ...body, ...resolved });
}

/** State and deliveries in one transaction; nothing happens when another process was first. */
async function record(options: ChangeOptions, change: Change, state: AlertState): Promise<void> {
  const { transition } = state;
  const planned = planDeliveries(
    transition,
    await resolveActions(options, change.rule),
    change.now,
  );
  const recorded = await options.transact(async ({ states, deliveries }) => {
    const revision = change.stored?.revision ?? 0;
    if (!(await states.put(keyOf(change.rule), state, { revision }))) return false;
    const room = deliveryCountMax - (await deliveries.count());
    for (const delivery of planned.slice(0, Math.max(0, room))) {
      const dueAt = delivery.state === "Pending" ? change.now : change.now + recordKeptMilliseconds;
      await deliveries.put(deliveryKey(delivery), delivery, { dueAt });
    }
    const dropped = Math.max(0, planned.length - Math.max(0, room));
    for (let n = 0; n < dropped; n++) options.count?.("droppedDeliveries", {});
    if (dropped > 0) options.log.error({ rule: change.rule.id, dropped }, "deliveries dropped");
    return true;
  });
  if (!recorded) return;
  options.count?.("transitions", { monitorCondition: transition.monitorCondition });
  const { monitorCondition, alertId } = transition;
  options.log.info({ rule: change.rule.id, alertId, monitorCondition }, "alert changed");
  options.onTransition?.(transition);
}

/** For deliveries that are finished from the start; the queue removes them then. */
const recordKeptMilliseconds = 7 * 86_400_000;

async function resolveActions({ actionGroup }: ChangeOptions, rule: RuleResource) {
  const actions = rule.properties.actions;
  return Promise.all(
    actions.map(async ({ actionGroupId, webHookProperties }) => ({
      actionGroupId,
      webHookProperties: webHookProperties ?? null,
      group: await actionGroup(actionGroupId),
    })),
  );
}
