import { z } from "zod";
import type { IncomingCriterion } from "../incoming-alert.ts";
import { text } from "../incoming-parts.ts";
import { groupedAlert, groupedAlertOf } from "./alertmanager.ts";
import { criterionOf, joinText } from "./sender-parts.ts";
import {
  alertCountMax,
  readEach,
  readShape,
  type SourceAlerts,
  type SourceOptions,
} from "./source.ts";

const valueCountMax = 16;

/**
 * The webhook contact point of Grafana's unified alerting: Alertmanager's group with the values and the links of each alert.
 * Source: grafana.com/docs/grafana/latest/alerting, webhook notifier.
 */
const group = z.object({
  orgId: z.number().nullish(),
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: z.array(z.unknown()).min(1).max(alertCountMax),
});

const grafanaAlert = groupedAlert.safeExtend({
  dashboardURL: text.nullish(),
  panelURL: text.nullish(),
  valueString: text.nullish(),
  values: z.record(z.string().max(256), z.unknown()).nullish(),
});

export function readGrafana(body: unknown, options: SourceOptions): SourceAlerts {
  const { alerts, truncatedAlerts } = readShape(group, body, "of Grafana");
  const entries = readEach("grafana", alerts, (part, index) => {
    const alert = readShape(grafanaAlert, part, `alerts.${index} of Grafana`);
    const criteria = criteriaOf(alert.values, alert.labels["alertname"] ?? null);
    const read = groupedAlertOf(alert, { schema: "grafana", criteria, ...options });
    const links = [alert.panelURL || alert.dashboardURL];
    return { ...read, description: joinText([read.description, ...links]) };
  });
  return { entries, leftOutCount: truncatedAlerts ?? 0, single: false };
}

/** A value for each expression of the rule (`A`, `B`); the rule's own name where there are none. */
function criteriaOf(
  values: Record<string, unknown> | null | undefined,
  ruleName: string | null,
): IncomingCriterion[] {
  const criteria = Object.entries(values ?? {})
    .slice(0, valueCountMax)
    .map(([metricName, value]) =>
      criterionOf({ metricName, metricValue: typeof value === "number" ? value : null }),
    );
  return criteria.length > 0 ? criteria : [criterionOf({ metricName: ruleName })];
}
