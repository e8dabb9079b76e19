import { z } from "zod";
import type { AlertFields } from "./incoming-alert.ts";
import { condition, instant, presentText, properties, severity, text } from "./incoming-parts.ts";
import { targetParts } from "./target.ts";
import {
  payloadConditionType,
  payloadCriterion,
  payloadRuleId,
  payloadTime,
  type AlertTransition,
} from "./transition.ts";

/**
 * The metric alert's own schema, sent where the common one is not asked for, out and in.
 * Source: learn.microsoft.com/azure/azure-monitor/alerts/alerts-non-common-schema-definitions.
 */
export const legacySchemaId = "AzureMonitorMetricAlert";

/** The payload, in Azure's key order; `added` is the action's `webHookProperties`. */
export function writeLegacy(
  transition: AlertTransition,
  added: Readonly<Record<string, string>> | null,
): Record<string, unknown> {
  return {
    schemaId: legacySchemaId,
    data: {
      version: "2.0",
      properties: added,
      status: transition.monitorCondition === "Fired" ? "Activated" : "Deactivated",
      context: context(transition),
    },
  };
}

function context(transition: AlertTransition): Record<string, unknown> {
  const resourceId = transition.targetResourceId;
  const target = targetParts(resourceId);
  return {
    timestamp: payloadTime(transition.firedTime),
    id: payloadRuleId(transition.ruleId),
    name: transition.ruleName,
    description: transition.description,
    conditionType: payloadConditionType(transition),
    severity: String(transition.severity),
    condition: {
      windowSize: transition.windowSize,
      allOf: transition.criteria.map((criterion) => payloadCriterion(criterion, "legacy")),
    },
    subscriptionId: target?.subscriptionId ?? "",
    resourceGroupName: target?.resourceGroupName ?? "",
    resourceName: target?.resourceName ?? "",
    resourceType: target?.resourceType ?? "",
    resourceId,
    portalLink: `https://portal.azure.com/#resource${resourceId}`,
  };
}

export const legacyAlert = z.object({
  data: z.object({
    status: presentText,
    context: z.object({
      timestamp: instant,
      id: presentText,
      name: presentText,
      description: text.nullish(),
      severity,
      condition,
      resourceType: text.nullish(),
      resourceId: presentText,
      /** Before 2021 the properties came after the context; some senders put them inside. */
      properties,
    }),
    properties,
  }),
});

export function readLegacy({ data }: z.infer<typeof legacyAlert>): AlertFields {
  const { context: from } = data;
  return {
    schema: "legacy",
    fired: data.status.toLowerCase() === "activated",
    ruleId: from.id,
    ruleName: from.name,
    description: from.description ?? "",
    severity: from.severity,
    targetResourceIds: [from.resourceId],
    resourceType: from.resourceType || (targetParts(from.resourceId)?.resourceType ?? ""),
    firedTime: from.timestamp,
    resolvedTime: null,
    windowSize: from.condition.windowSize,
    criteria: from.condition.allOf,
    properties: { ...from.properties, ...data.properties },
    instance: "",
  };
}
