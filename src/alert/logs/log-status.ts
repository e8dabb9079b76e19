import type { DocumentTable } from "../../common/documents.ts";
import type { LogRuleProperties } from "./log-rule.ts";
import { secondsOf } from "./log-rule.ts";

/** What is kept of a log alert rule between its checks, and shown with it. */
export interface LogRuleStatus {
  ruleId: string;
  /** End of the last window that was looked at, in seconds since the epoch; null before the first. */
  checkedSecond: number | null;
  /** When that was, in milliseconds. */
  checkedTime: number | null;
  /** Why the check that is due could not be made; null when nothing is wrong. */
  failure: { reason: string; sinceTime: number; attemptCount: number } | null;
  /** Windows that were too old to be made up for. */
  skippedCount: number;
  /** Whether the last check found more series than one evaluation looks at. */
  isCut: boolean;
  firedCount: number;
}

export const newStatus = (ruleId: string): LogRuleStatus => ({
  ruleId,
  checkedSecond: null,
  checkedTime: null,
  failure: null,
  skippedCount: 0,
  isCut: false,
  firedCount: 0,
});

/** What its author could read when the rule was written. */
export interface LogRuleReach {
  /** The logs of the whole subscription: a workspace then shows them all, to the rule as to its author. */
  seesAll: boolean;
}

export type LogRuleStatuses = DocumentTable<LogRuleStatus>;

/** Of documents about a rule. */
export const ruleKey = (ruleId: string): string => ruleId.toLowerCase();

/** Checks that were missed, while the process or the engine was away, are made up for; not more than these. */
export const missedCheckCountMax = 1_440;

/** Ends of the windows to look at, oldest first, and how many were too many. */
export function dueLogChecks(
  checked: number | null,
  latest: number,
  frequencySeconds: number,
): { seconds: number[]; skippedCount: number } {
  const before = Math.min(checked ?? latest - frequencySeconds, latest);
  const last = Math.floor(before / frequencySeconds) * frequencySeconds;
  const count = Math.max(0, Math.round((latest - last) / frequencySeconds));
  const kept = Math.min(count, missedCheckCountMax);
  const first = latest - (kept - 1) * frequencySeconds;
  return {
    seconds: Array.from({ length: kept }, (_, index) => first + index * frequencySeconds),
    skippedCount: count - kept,
  };
}

const minute = 60;
const hour = 3_600;

/**
 * How long a condition must be over. Azure's times by frequency, where the rule says nothing: 10 minutes for rules of
 * every minute, then three, two and one evaluations (learn.microsoft.com/azure/azure-monitor/alerts/alerts-types).
 */
export function resolveSeconds(rule: LogRuleProperties): number {
  const given = rule.ruleResolveConfiguration?.timeToResolve;
  if (given) return secondsOf(given);
  const frequency = secondsOf(rule.evaluationFrequency);
  if (frequency < 5 * minute) return Math.min(10 * frequency, 10 * minute);
  if (frequency <= 15 * minute) return 3 * frequency;
  return frequency <= 11 * hour ? 2 * frequency : frequency;
}
