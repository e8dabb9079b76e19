import type { DocumentTable } from "../common/documents.ts";
import type { AlertState } from "./rule-state.ts";
import type { AlertTransition } from "./transition.ts";

/** What people make of an alert; the condition itself is `monitorCondition`. */
export const userStates = ["New", "Acknowledged", "Closed"] as const;
export type UserState = (typeof userStates)[number];

/** One line of an alert's history. */
export interface AlertModification {
  event: "AlertCreated" | "StateChange" | "MonitorConditionChange";
  oldValue: string;
  newValue: string;
  /** Milliseconds since the epoch. */
  time: number;
  by: string;
  comment: string;
}

/** An alert from its firing on: what Microsoft.AlertsManagement shows. `documents("alerts")`, by its id. */
export interface AlertRecord {
  alertId: string;
  /** The newest one, with the condition's state and values. */
  transition: AlertTransition;
  userState: UserState;
  modifiedTime: number;
  modifiedBy: string;
  modifications: AlertModification[];
}

/** As long as Azure shows alerts. */
export const alertKeptMilliseconds = 30 * 86_400_000;
/** Beyond it those go that were changed longest ago. */
export const alertCountMax = 10_000;
/** Of one alert; the first one stays, and then the newest. */
const modificationCountMax = 100;
/** Expired ones removed at each write. */
const removedCountMax = 100;

/** Who changes what no person did. */
export const systemUser = "System";

/**
 * The states table of a transaction, through which each change also becomes a record of its alert:
 * both are written, or neither.
 */
export function recordingStates(
  states: DocumentTable<AlertState>,
  alerts: DocumentTable<AlertRecord>,
): DocumentTable<AlertState> {
  return {
    ...states,
    async put(key, body, options) {
      const written = await states.put(key, body, options);
      if (written) await recordTransition(alerts, body.transition);
      return written;
    },
  };
}

async function recordTransition(
  alerts: DocumentTable<AlertRecord>,
  transition: AlertTransition,
): Promise<void> {
  const found = await alerts.get(transition.alertId);
  const { monitorCondition } = transition;
  if (found?.body.transition.transitionId === transition.transitionId) return;
  const time = transition.resolvedTime ?? transition.firedTime;
  const event = found ? "MonitorConditionChange" : "AlertCreated";
  const oldValue = found?.body.transition.monitorCondition ?? "";
  const newValue = found ? monitorCondition : "";
  await putAlert(alerts, {
    alertId: transition.alertId,
    transition,
    userState: found?.body.userState ?? "New",
    modifiedTime: time,
    modifiedBy: systemUser,
    modifications: [
      ...(found?.body.modifications ?? []),
      { event, oldValue, newValue, time, by: systemUser, comment: "" },
    ],
  });
}

/** The record with another condition, which nothing was measured for: why is told in its history. */
export function withCondition(
  record: AlertRecord,
  condition: "Resolved",
  { time, comment }: { time: number; comment: string },
): AlertRecord {
  const { transition, modifications, alertId } = record;
  const modification: AlertModification = {
    event: "MonitorConditionChange",
    oldValue: transition.monitorCondition,
    newValue: condition,
    time,
    by: systemUser,
    comment,
  };
  return {
    ...record,
    transition: {
      ...transition,
      transitionId: `${alertId}-${condition.toLowerCase()}`,
      monitorCondition: condition,
      resolvedTime: time,
    },
    modifiedTime: time,
    modifiedBy: systemUser,
    modifications: [...modifications, modification],
  };
}

/** The record with another user state. */
export function withUserState(
  record: AlertRecord,
  change: { state: UserState; time: number; by: string; comment: string },
): AlertRecord {
  const { state, time, by, comment } = change;
  const modification: AlertModification = {
    event: "StateChange",
    oldValue: record.userState,
    newValue: state,
    time,
    by,
    comment,
  };
  return {
    ...record,
    userState: state,
    modifiedTime: time,
    modifiedBy: by,
    modifications: [...record.modifications, modification],
  };
}

/** Writes a record, and removes those that are too old or too many. False when another write was first. */
export async function putAlert(
  alerts: DocumentTable<AlertRecord>,
  record: AlertRecord,
  revision?: number,
): Promise<boolean> {
  const [created, ...rest] = record.modifications;
  const modifications = [...(created ? [created] : []), ...rest.slice(-(modificationCountMax - 1))];
  const dueAt = record.modifiedTime + alertKeptMilliseconds;
  const condition = revision === undefined ? {} : { revision };
  const body = { ...record, modifications };
  if (!(await alerts.put(record.alertId, body, { ...condition, dueAt }))) return false;
  const excess = (await alerts.count()) - alertCountMax;
  const expired = await alerts.due(record.modifiedTime, removedCountMax);
  const oldest = excess > 0 ? await alerts.due(Number.MAX_SAFE_INTEGER, excess) : [];
  for (const { key } of [...expired, ...oldest]) await alerts.delete(key);
  return true;
}
