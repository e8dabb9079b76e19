import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { readContext } from "./common-context.ts";
import type { AlertFields } from "./incoming-alert.ts";
import { instant, presentText, properties, severity, text } from "./incoming-parts.ts";
import { targetParts } from "./target.ts";
import {
  isLogAlert,
  payloadConditionType,
  payloadCriterion,
  payloadRuleId,
  payloadTime,
  type AlertTransition,
} from "./transition.ts";

/**
 * Azure Monitor's common alert schema, out and in.
 * Source: learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema.
 */
export const commonSchemaId = "azureMonitorCommonAlertSchema";
const targetCountMax = 100;

/** The payload, in Azure's key order; `added` is the action's `webHookProperties`. */
export function writeCommon(
  transition: AlertTransition,
  added: Readonly<Record<string, string>> | null,
): Record<string, unknown> {
  return {
    schemaId: commonSchemaId,
    data: {
      essentials: essentials(transition),
      alertContext: {
        // Azure has a log alert's custom properties in both places.
        properties: isLogAlert(transition) ? transition.customProperties : added,
        conditionType: payloadConditionType(transition),
        condition: {
          windowSize: transition.windowSize,
          allOf: transition.criteria.map((criterion) => payloadCriterion(criterion, "common")),
          windowStartTime: isoTime(transition.windowStartTime),
          windowEndTime: isoTime(transition.windowEndTime),
        },
      },
      customProperties: transition.customProperties,
    },
  };
}

function essentials(transition: AlertTransition): Record<string, unknown> {
  const targetId = transition.targetResourceId.toLowerCase();
  const target = targetParts(targetId);
  const resolved =
    transition.resolvedTime === null
      ? {}
      : { resolvedDateTime: payloadTime(transition.resolvedTime) };
  return {
    alertId: `/subscriptions/${target?.subscriptionId ?? ""}/providers/Microsoft.AlertsManagement/alerts/${transition.alertId}`,
    alertRule: transition.ruleName,
    targetResourceType: target?.resourceType ?? "",
    alertRuleID: payloadRuleId(transition.ruleId),
    severity: `Sev${transition.severity}`,
    signalType: signalTypeOf(transition),
    monitorCondition: transition.monitorCondition,
    targetResourceGroup: target?.resourceGroupName ?? "",
    monitoringService: monitoringServiceOf(transition),
    alertTargetIDs: [targetId],
    configurationItems: [target?.resourceName ?? ""],
    originAlertId: transition.originAlertId,
    firedDateTime: payloadTime(transition.firedTime),
    ...resolved,
    description: transition.description,
    essentialsVersion: "1.0",
    alertContextVersion: "1.0",
  };
}

export const signalTypeOf = (transition: AlertTransition): "Log" | "Metric" =>
  isLogAlert(transition) ? "Log" : "Metric";

/** Log alerts of api-version 2021-08-01 and later have a service of their own. */
export const monitoringServiceOf = (transition: AlertTransition): string =>
  isLogAlert(transition) ? "Log Alerts V2" : "Platform";

/** `alertRuleId` is spelt both ways in Microsoft's documents, and absent before 2025. */
export const commonAlert = z.object({
  data: z.object({
    essentials: z.object({
      alertId: text.nullish(),
      signalType: text.nullish(),
      monitoringService: text.nullish(),
      alertRule: presentText,
      alertRuleId: text.nullish(),
      alertRuleID: text.nullish(),
      severity,
      monitorCondition: presentText,
      targetResourceType: text.nullish(),
      alertTargetIDs: z.array(presentText).min(1).max(targetCountMax),
      firedDateTime: instant,
      resolvedDateTime: instant.nullish(),
      description: text.nullish(),
    }),
    alertContext: z.unknown().optional(),
    customProperties: properties,
  }),
});

export function readCommon({ data }: z.infer<typeof commonAlert>): AlertFields {
  const { essentials: from } = data;
  const [firstTarget = ""] = from.alertTargetIDs;
  const context = readContext(from, data.alertContext);
  return {
    schema: "common",
    fired: from.monitorCondition.toLowerCase() === "fired" && context.isOver !== true,
    ruleId: from.alertRuleId || from.alertRuleID || null,
    ruleName: from.alertRule,
    description: from.description || (context.description ?? ""),
    severity: from.severity,
    targetResourceIds: from.alertTargetIDs,
    ...(context.hosts && context.hosts.names.length > 0 ? { hosts: context.hosts } : {}),
    resourceType: from.targetResourceType || (targetParts(firstTarget)?.resourceType ?? ""),
    firedTime: from.firedDateTime,
    resolvedTime: from.resolvedDateTime ?? null,
    windowSize: context.windowSize,
    criteria: context.criteria,
    properties: { ...data.customProperties, ...context.properties },
    // One evaluation of a query may raise many alerts about one target at one moment.
    instance:
      context.instance ?? (from.signalType?.toLowerCase() === "log" ? (from.alertId ?? "") : ""),
  };
}
