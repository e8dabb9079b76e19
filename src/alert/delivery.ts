import { unsupportedReceivers, type ActionGroupProperties } from "./action-group.ts";
import { writeCommon } from "./schema-common.ts";
import { writeLegacy } from "./schema-legacy.ts";
import type { AlertTransition } from "./transition.ts";

/** One try at calling a receiver. */
export interface DeliveryAttempt {
  /** Milliseconds since the epoch. */
  time: number;
  /** HTTP status, or null when there was no answer. */
  status: number | null;
  error: string | null;
}

/**
 * What became of one receiver's call for one transition. `url` holds a secret in its query: it is stored, and
 * never logged or shown (see `shownUrl`).
 */
export interface Delivery {
  transitionId: string;
  alertId: string;
  ruleId: string;
  actionGroupId: string;
  /** `azureFunctionReceivers`, `webhookReceivers`, ...; empty when the group itself cannot be used. */
  receiverType: string;
  receiverName: string;
  state: "Pending" | "Succeeded" | "Failed" | "NotSupported";
  /** Why it is not pending and not succeeded; null otherwise. */
  reason: string | null;
  url: string | null;
  /** The payload as it is sent, the same at every attempt. */
  body: string | null;
  attempts: DeliveryAttempt[];
  createdTime: number;
  finishedTime: number | null;
}

/** Of a document of the delivery table: `transition/group/type/name`, so that writing it twice is writing it once. */
export const deliveryKey = (delivery: Delivery): string =>
  [delivery.transitionId, delivery.actionGroupId, delivery.receiverType, delivery.receiverName]
    .map((part) => encodeURIComponent(part.toLowerCase()))
    .join("/");

/** An action of a rule with its group, or null when there is no such group. */
export interface ResolvedAction {
  actionGroupId: string;
  webHookProperties: Readonly<Record<string, string>> | null;
  group: ActionGroupProperties | null;
}

/** Every delivery that a transition asks for, also those that cannot be made, with the reason. */
export function planDeliveries(
  transition: AlertTransition,
  actions: readonly ResolvedAction[],
  now: number,
): Delivery[] {
  return actions.flatMap((action) => planAction(transition, action, now));
}

function planAction(transition: AlertTransition, action: ResolvedAction, now: number): Delivery[] {
  const { group } = action;
  const blank: Delivery = {
    transitionId: transition.transitionId,
    alertId: transition.alertId,
    ruleId: transition.ruleId,
    actionGroupId: action.actionGroupId,
    receiverType: "",
    receiverName: "",
    state: "Pending",
    reason: null,
    url: null,
    body: null,
    attempts: [],
    createdTime: now,
    finishedTime: null,
  };
  const refused = (reason: string): Delivery => ({
    ...blank,
    state: "Failed",
    reason,
    finishedTime: now,
  });
  if (group === null) return [refused(`no action group ${action.actionGroupId}`)];
  if (!group.enabled) return [refused(`action group ${action.actionGroupId} is disabled`)];
  const body = (common: boolean | null | undefined): string =>
    JSON.stringify((common ? writeCommon : writeLegacy)(transition, action.webHookProperties));
  const finished = { state: "NotSupported", finishedTime: now } as const;
  const record = (
    receiverType: string,
    receiverName: string,
    rest: Partial<Delivery>,
  ): Delivery => ({
    ...blank,
    receiverType,
    receiverName,
    ...rest,
  });
  return [
    ...(group.azureFunctionReceivers ?? []).map(({ name, httpTriggerUrl, useCommonAlertSchema }) =>
      record("azureFunctionReceivers", name, {
        url: httpTriggerUrl,
        body: body(useCommonAlertSchema),
      }),
    ),
    ...(group.webhookReceivers ?? []).map(
      ({ name, serviceUri, useCommonAlertSchema, useAadAuth }) =>
        record(
          "webhookReceivers",
          name,
          useAadAuth
            ? { ...finished, reason: "not supported: useAadAuth" }
            : { url: serviceUri, body: body(useCommonAlertSchema) },
        ),
    ),
    ...unsupportedReceivers.flatMap((type) =>
      (group[type] ?? []).map(({ name }, index) =>
        record(type, typeof name === "string" ? name : `${index}`, {
          ...finished,
          reason: `not supported: ${type}`,
        }),
      ),
    ),
  ];
}

/** A URL as people and logs may see it: without query, fragment, user and password. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : "(not a URL)";
}
