import { unsupportedReceivers, type ActionGroupProperties } from "./action-group.ts";
import { writeCommon } from "./schema-common.ts";
import { writeLegacy } from "./schema-legacy.ts";
import { isLogAlert, type AlertTransition } from "./transition.ts";

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
  // Azure has no other schema for log alerts of today.
  const write = (common: boolean): string =>
    JSON.stringify(
      (common || isLogAlert(transition) ? writeCommon : writeLegacy)(
        transition,
        action.webHookProperties,
      ),
    );
  return callsOf(group).map((call) => planCall(blank, call, write));
}

function planCall(blank: Delivery, call: Call, write: (common: boolean) => string): Delivery {
  const { receiverType, receiverName, url, common, reason } = call;
  const named = { ...blank, receiverType, receiverName };
  if (url !== null) return { ...named, url, body: write(common) };
  return { ...named, state: "NotSupported", reason, finishedTime: blank.createdTime };
}

interface Call {
  receiverType: string;
  receiverName: string;
  /** Null for one that cannot be called, with the reason. */
  url: string | null;
  reason: string | null;
  /** Whether the common alert schema was asked for. */
  common: boolean;
}

/** Each receiver of a group: those with an address are called, the others are recorded. */
function callsOf(group: ActionGroupProperties): Call[] {
  const call = (
    receiverType: string,
    receiver: { useCommonAlertSchema?: boolean | null | undefined },
    to: { receiverName: string; url?: string | null | undefined; reason?: string },
  ): Call => ({
    receiverType,
    receiverName: to.receiverName,
    url: to.url ?? null,
    reason: to.reason ?? null,
    common: receiver.useCommonAlertSchema ?? false,
  });
  return [
    ...(group.azureFunctionReceivers ?? []).map((each) =>
      call("azureFunctionReceivers", each, { receiverName: each.name, url: each.httpTriggerUrl }),
    ),
    ...(group.webhookReceivers ?? []).map((each) =>
      call("webhookReceivers", each, {
        receiverName: each.name,
        ...(each.useAadAuth ? { reason: "not supported: useAadAuth" } : { url: each.serviceUri }),
      }),
    ),
    ...(group.logicAppReceivers ?? []).map((each) =>
      call("logicAppReceivers", each, { receiverName: each.name, url: each.callbackUrl }),
    ),
    ...(group.automationRunbookReceivers ?? []).map((each, index) =>
      call("automationRunbookReceivers", each, {
        receiverName: each.name ?? each.runbookName ?? `${index}`,
        url: each.serviceUri,
        reason: "not supported: automationRunbookReceivers without serviceUri",
      }),
    ),
    ...unsupportedReceivers.flatMap((type) =>
      (group[type] ?? []).map(({ name }) =>
        call(type, {}, { receiverName: name, reason: `not supported: ${type}` }),
      ),
    ),
  ];
}

/** A URL as people and logs may see it: without query, fragment, user and password. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : "(not a URL)";
}
