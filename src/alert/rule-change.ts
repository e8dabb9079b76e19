import type { StoredDocument } from "../common/documents.ts";
import { describeTransition, type ChangeCause } from "./describe-transition.ts";
import { recordChange, type ChangeOptions } from "./record-change.ts";
import { keyOf, type AlertState } from "./rule-state.ts";

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

function record(options: ChangeOptions, change: Change, state: AlertState): Promise<void> {
  return recordChange(options, {
    key: keyOf(change.rule),
    revision: change.stored?.revision ?? 0,
    state,
    actions: change.rule.properties.actions,
    now: change.now,
  });
}
