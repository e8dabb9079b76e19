import { z } from "zod";
import type { AlertFields, AlertHosts } from "./incoming-alert.ts";
import { instant, presentText, properties, text } from "./incoming-parts.ts";
import { severityOf } from "./sources/severity-words.ts";
import { targetParts } from "./target.ts";

/**
 * Alerts of the activity log in their own schema: Administrative, Security, ServiceHealth, ResourceHealth, Policy, Autoscale,
 * Recommendation; and what the common schema carries of them.
 * Source: learn.microsoft.com/azure/azure-monitor/alerts/activity-log-alerts-webhook and alerts-payload-samples.
 */
export const activityLogSchemaId = "Microsoft.Insights/activityLogs";

/** The common schema has numbers for some of these in alerts of the service's health. */
const word = z.union([text, z.number()]).nullish();

/** One event of the activity log. */
export const activityEvent = z.object({
  eventSource: word,
  operationName: text.nullish(),
  level: word,
  status: text.nullish(),
  description: z.string().nullish(),
  eventDataId: text.nullish(),
  /** What the event itself says; nothing of it is the rule's author's. */
  properties: z.record(z.string(), z.unknown()).nullish().catch(null),
});
export type ActivityEvent = z.infer<typeof activityEvent>;

export const activityLogAlert = z.object({
  data: z.object({
    status: presentText,
    context: z.object({
      name: text.nullish(),
      activityLog: activityEvent.extend({
        eventTimestamp: instant,
        subscriptionId: text.nullish(),
        resourceId: text.nullish(),
        resourceType: text.nullish(),
        authorization: z.object({ scope: text.nullish() }).nullish().catch(null),
      }),
    }),
    properties,
  }),
});

export function readActivityLog({ data }: z.infer<typeof activityLogAlert>): AlertFields {
  const event = data.context.activityLog;
  const subscription = event.subscriptionId ? `/subscriptions/${event.subscriptionId}` : "";
  const target = event.resourceId || event.authorization?.scope || subscription;
  return {
    schema: "activityLog",
    fired: data.status.toLowerCase() === "activated" && !isOver(event),
    ruleId: null,
    // The payload does not name the rule.
    ruleName: data.context.name || event.operationName || "activity log",
    description: activityDescription(event),
    severity: severityOf(event.level),
    targetResourceIds: target === "" ? [] : [target],
    hosts: activityHosts(event),
    resourceType: event.resourceType || (targetParts(target)?.resourceType ?? "subscription"),
    firedTime: event.eventTimestamp,
    resolvedTime: null,
    windowSize: null,
    criteria: [],
    properties: data.properties,
    instance: event.eventDataId ?? "",
  };
}

/** Health events say that they are over with a status of their own; the alert is "Activated" all the same. */
export const isOver = ({ status }: Pick<ActivityEvent, "status">): boolean =>
  status?.toLowerCase() === "resolved";

/** Microsoft Defender's alerts name the machine only. */
export function activityHosts({ properties: said }: ActivityEvent): AlertHosts {
  const entity = said?.["compromisedEntity"];
  return { pick: "first", names: typeof entity === "string" && entity !== "" ? [entity] : [] };
}

/** What happened, in the event's own words: its title comes before its details. */
export function activityDescription({ description, properties: said }: ActivityEvent): string {
  const title = said?.["title"];
  const shown = typeof title === "string" && title !== "" ? title : (description ?? "");
  return shown.slice(0, 4_096);
}
