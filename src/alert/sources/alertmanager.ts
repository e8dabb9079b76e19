import { z } from "zod";
import {
  type AlertFields,
  type IncomingAlert,
  type IncomingCriterion,
  withDedupeKey,
} from "../incoming-alert.ts";
import { presentText, text } from "../incoming-parts.ts";
import { hostsOfLabels } from "./host-labels.ts";
import { criterionOf, joinText, labels, labelsText, senderTime } from "./sender-parts.ts";
import { severityOf } from "./severity-words.ts";
import {
  alertCountMax,
  readEach,
  readShape,
  type SourceAlerts,
  type SourceOptions,
} from "./source.ts";

/**
 * Alertmanager's webhook, version 4: a group of alerts, of which each fires or is resolved by itself.
 * Source: prometheus.io/docs/alerting/latest/configuration, webhook_config.
 */
const group = z.object({
  version: z.literal("4", { error: 'not supported: version (supported: "4")' }),
  groupKey: text.nullish(),
  truncatedAlerts: z.int().min(0).nullish(),
  receiver: text.nullish(),
  alerts: z.array(z.unknown()).min(1).max(alertCountMax),
});

/** One alert of a group; Grafana's has these fields and more. */
export const groupedAlert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: labels.refine(({ alertname }) => (alertname ?? "") !== "", "alertname is missing"),
  annotations: labels,
  startsAt: senderTime,
  endsAt: senderTime.nullish(),
  generatorURL: text.nullish(),
  fingerprint: presentText.nullish(),
});
export type GroupedAlert = z.infer<typeof groupedAlert>;

export function readAlertmanager(body: unknown, options: SourceOptions): SourceAlerts {
  const { alerts, truncatedAlerts } = readShape(group, body, "of Alertmanager");
  const entries = readEach("alertmanager", alerts, (part, index) => {
    const alert = readShape(groupedAlert, part, `alerts.${index} of Alertmanager`);
    const criteria = [criterionOf({ metricName: alert.labels["alertname"] ?? null })];
    return groupedAlertOf(alert, { schema: "alertmanager", criteria, ...options });
  });
  return { entries, leftOutCount: truncatedAlerts ?? 0, single: false };
}

/** What both senders' alerts become: the labels are the dimensions, so that those that name addresses become filters. */
export function groupedAlertOf(
  alert: GroupedAlert,
  options: SourceOptions & Pick<AlertFields, "schema" | "criteria">,
): IncomingAlert {
  const { labels: named, annotations } = alert;
  const dimensions = Object.entries(named).map(([name, value]) => ({ name, value }));
  const withDimensions = (criterion: IncomingCriterion) => ({ ...criterion, dimensions });
  return withDedupeKey({
    schema: options.schema,
    fired: alert.status === "firing",
    ruleId: null,
    ruleName: named["alertname"] ?? "",
    description: joinText([annotations["summary"], annotations["description"]]),
    severity: severityOf(named["severity"] ?? named["priority"]),
    targetResourceIds: [],
    hosts: hostsOfLabels(named, options.hostLabels),
    resourceType: "",
    firedTime: alert.startsAt,
    resolvedTime: alert.status === "resolved" ? endOf(alert) : null,
    windowSize: null,
    criteria: options.criteria.map(withDimensions),
    properties: annotations,
    instance: alert.fingerprint ?? labelsText(named),
  });
}

/** Go writes a time that is not set as the year 1. */
const endOf = ({ endsAt }: GroupedAlert): number | null =>
  endsAt === undefined || endsAt === null || endsAt <= 0 ? null : endsAt;
