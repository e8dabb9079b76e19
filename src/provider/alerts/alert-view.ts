import type { AlertModification, AlertRecord } from "../../alert/alert-record.ts";
import type { Delivery } from "../../alert/delivery.ts";
import { monitoringServiceOf, signalTypeOf, writeCommon } from "../../alert/schema-common.ts";
import { targetParts } from "../../alert/target.ts";
import { isoTime } from "../../common/clock.ts";

export const alertType = "Microsoft.AlertsManagement/alerts";

/** The id that alert payloads have too. */
export const alertResourceId = ({ alertId, transition }: AlertRecord): string =>
  `/subscriptions/${targetParts(transition.ruleId)?.subscriptionId ?? ""}/providers/${alertType}/${alertId}`;

/** `properties.essentials`, in Azure's words; ids of targets are in lower case there. */
export function essentialsOf(record: AlertRecord): Record<string, unknown> {
  const { transition } = record;
  const targetId = transition.targetResourceId.toLowerCase();
  const target = targetParts(targetId);
  const { resolvedTime } = transition;
  return {
    severity: `Sev${transition.severity}`,
    signalType: signalTypeOf(transition),
    alertState: record.userState,
    monitorCondition: transition.monitorCondition,
    monitorService: monitoringServiceOf(transition),
    targetResource: targetId,
    targetResourceName: target?.resourceName ?? "",
    targetResourceGroup: target?.resourceGroupName ?? "",
    targetResourceType: target?.resourceType ?? "",
    sourceCreatedId: transition.originAlertId,
    alertRule: transition.ruleId,
    startDateTime: isoTime(transition.firedTime),
    lastModifiedDateTime: isoTime(record.modifiedTime),
    lastModifiedUserName: record.modifiedBy,
    ...(resolvedTime === null ? {} : { monitorConditionResolvedDateTime: isoTime(resolvedTime) }),
    actionStatus: { isSuppressed: false },
    description: transition.description,
  };
}

export interface AlertParts {
  context: boolean;
  egressConfig: boolean;
  /** Names of essentials; all unless there are some. */
  select: readonly string[];
}

/** The alert as its client sees it; `context` is what the common alert schema says of the condition. */
export function alertBody(record: AlertRecord, parts: AlertParts): Record<string, unknown> {
  const wanted = new Set(parts.select.map((name) => name.toLowerCase()));
  const essentials = Object.entries(essentialsOf(record)).filter(
    ([name]) => wanted.size === 0 || wanted.has(name.toLowerCase()),
  );
  const { data } = writeCommon(record.transition, null) as { data: { alertContext: object } };
  return {
    id: alertResourceId(record),
    name: record.transition.ruleName,
    type: alertType,
    properties: {
      essentials: Object.fromEntries(essentials),
      ...(parts.context ? { context: { context: data.alertContext } } : {}),
      ...(parts.egressConfig ? { egressConfig: {} } : {}),
    },
  };
}

/** The answer of `history`: what became of the alert, and which action groups were called for it. */
export function historyBody(
  record: AlertRecord,
  deliveries: readonly Delivery[],
): Record<string, unknown> {
  const modifications = [
    ...record.modifications.map(modificationBody),
    ...triggeredActions(deliveries),
  ].toSorted((a, b) => (a.modifiedAt < b.modifiedAt ? -1 : Number(a.modifiedAt > b.modifiedAt)));
  return {
    id: `${alertResourceId(record)}/history/default`,
    name: record.transition.ruleName,
    type: `${alertType}/history`,
    properties: { alertId: record.alertId, modifications },
  };
}

function modificationBody({ event, oldValue, newValue, time, by, comment }: AlertModification) {
  const isCreated = event === "AlertCreated";
  const what = event === "StateChange" ? "State" : "Monitor condition";
  return {
    modificationEvent: event,
    oldValue,
    newValue,
    modifiedAt: isoTime(time),
    modifiedBy: by,
    comments: comment,
    description: isCreated
      ? "New alert is created"
      : `${what} changed from '${oldValue}' to '${newValue}'`,
    details: isCreated ? null : { type: "PropertyChange", comment, newValue, oldValue },
  };
}

/** One for each action group of each change. */
function triggeredActions(deliveries: readonly Delivery[]) {
  const groups = Map.groupBy(
    deliveries,
    ({ transitionId, actionGroupId }) => `${transitionId} ${actionGroupId.toLowerCase()}`,
  );
  return [...groups.values()].flatMap(([first]) => {
    if (!first) return [];
    const { actionGroupId, ruleId, createdTime } = first;
    return [
      {
        modificationEvent: "ActionsTriggered",
        oldValue: "",
        newValue: "",
        modifiedAt: isoTime(createdTime),
        modifiedBy: "System",
        comments: "",
        description: `Action group ${actionGroupId} is called`,
        details: {
          type: "ActionsTriggered",
          actionGroup: { actionGroupId, ruleId, ruleType: "AlertRule" },
        },
      },
    ];
  });
}
