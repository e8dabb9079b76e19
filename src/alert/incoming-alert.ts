import { createHash } from "node:crypto";
import { parseDurationSeconds } from "../metric/duration.ts";
import type { AlertFlow } from "./logs/log-detail.ts";

/** One metric of an alert's condition, as it was when the alert was made. */
export interface IncomingCriterion {
  metricName: string | null;
  metricNamespace: string | null;
  operator: string | null;
  /** Null when the sender's text is not a number. */
  threshold: number | null;
  timeAggregation: string | null;
  metricValue: number | null;
  dimensions: readonly { name: string; value: string }[];
  /** The flows of an alert that a query raised; none in any other, and none from Azure. */
  flows: readonly AlertFlow[];
  hasAllFlows: boolean;
}

/** The form that an alert came in: Azure Monitor's schemas, the alerts of its logs, and other senders' own. */
export type AlertSchema =
  | "common"
  | "legacy"
  | "classic"
  | "logAlert"
  | "activityLog"
  | "alertmanager"
  | "grafana"
  | "falco"
  | "suricata"
  | "generic";

/** The hosts of an alert whose sender knows no resource ids. */
export interface AlertHosts {
  /** The first of them that is known here, or every one that is. */
  pick: "first" | "every";
  /** Names, addresses or resource ids, as the sender has them, the likeliest first. */
  names: readonly string[];
}

/** One alert, whoever sent it and in whichever form it came. */
export interface IncomingAlert {
  schema: AlertSchema;
  /** False when the alert says that its condition is over. */
  fired: boolean;
  /** The rule's resource id in the sender's case; null when the sender has none, or left it out (common, before 2025). */
  ruleId: string | null;
  ruleName: string;
  description: string;
  /** 0 (critical) to 4 (verbose); null where the sender does not say. */
  severity: number | null;
  /** At least one, or `hosts` says what the alert is about. The common schema writes them in lower case. */
  targetResourceIds: readonly string[];
  /** Asked where no target is a machine. */
  hosts?: AlertHosts;
  /** Of the first target, in the sender's case: compare in lower case. */
  resourceType: string;
  /** Milliseconds since the epoch. */
  firedTime: number;
  /** Milliseconds since the epoch, or null while fired and where the schema has no such field. */
  resolvedTime: number | null;
  /** ISO 8601, or null. */
  windowSize: string | null;
  criteria: readonly IncomingCriterion[];
  /** What the rule's author added: custom properties and those of the action. */
  properties: Readonly<Record<string, string>>;
  /** What tells this alert from others of its rule, target and time; "" where there are no others. */
  instance: string;
  /** The same for every delivery of one alert, and for its resolution: rule, first target or host, fired time, instance. */
  dedupeKey: string;
}

export type AlertFields = Omit<IncomingAlert, "dedupeKey">;

/** The alert with its key. */
export function withDedupeKey(fields: AlertFields): IncomingAlert {
  const target = fields.targetResourceIds[0] ?? fields.hosts?.names[0] ?? "";
  const parts = [
    fields.ruleId ?? fields.ruleName,
    target,
    new Date(fields.firedTime).toISOString(),
  ];
  if (fields.instance !== "") parts.push(shortInstance(fields.instance));
  return { ...fields, dedupeKey: parts.join("|").toLowerCase() };
}

/** Seconds over which the alert's rule measures; null where the sender does not say. */
export const windowSecondsOf = ({ windowSize }: Pick<IncomingAlert, "windowSize">): number | null =>
  windowSize === null ? null : parseDurationSeconds(windowSize);

/** All labels of an alert may be long, and a key is not. */
const instanceLengthMax = 256;

const shortInstance = (instance: string): string =>
  instance.length <= instanceLengthMax
    ? instance
    : createHash("sha256").update(instance).digest("hex");
