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

/** An alert from Azure Monitor or from Nightcap, whichever schema it came in. */
export interface IncomingAlert {
  schema: "common" | "legacy" | "classic";
  /** False when the alert says that its condition is over. */
  fired: boolean;
  /** The rule's resource id in the sender's case; null when the sender left it out (common, before 2025). */
  ruleId: string | null;
  ruleName: string;
  description: string;
  /** 0 (critical) to 4 (verbose); null in the classic schema. */
  severity: number | null;
  /** At least one. The common schema writes them in lower case. */
  targetResourceIds: readonly string[];
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
  /** The same for every delivery of one alert, and for its resolution: rule, first target, fired time, instance. */
  dedupeKey: string;
}

export type AlertFields = Omit<IncomingAlert, "dedupeKey">;
