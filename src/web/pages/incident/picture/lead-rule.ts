import { intervalOf } from "../../../api/metric-interval.ts";
import {
  type MetricCriterion,
  type MetricQuestion,
  type MetricRule,
  useMetricRules,
} from "../../../api/metrics.ts";
import { useNow } from "../../../parts/moment.tsx";
import type { IncidentThings } from "../incident-things.ts";
import { isDrawnByWindows, isDynamic } from "./judged.ts";

const minuteMilliseconds = 60_000;
/** Around the incident; less where single seconds are looked at. */
const around = { before: 30 * minuteMilliseconds, after: 10 * minuteMilliseconds };
const closely = { before: 5 * minuteMilliseconds, after: 3 * minuteMilliseconds };
/** Of an incident that goes on and on its beginning is shown. */
const shownMillisecondsMax = 6 * 3_600_000;

/** The rule of the incident's first alert (seen closely where its windows are short), its condition, and what to ask for to see what it saw. */
export interface LeadRule {
  /** Null: not a metric rule of here, or not there any more. */
  rule: MetricRule | null;
  criterion: MetricCriterion | null;
  question: MetricQuestion | null;
  isLooking: boolean;
}

export function useLeadRule(things: IncidentThings, isClose = false): LeadRule {
  const { incident, isHostThere } = things;
  const now = useMinute();
  const ruleId = incident.alerts[0]?.ruleId?.toLowerCase();
  const { data: rules } = useMetricRules(ruleId !== undefined);
  const rule = rules?.find(({ id }) => id.toLowerCase() === ruleId) ?? null;
  const criterion = rule?.properties.criteria.allOf[0] ?? null;
  const isShort = isClose && isDrawnByWindows(rule) && !isDynamic(rule);
  const time = shownTime(incident, now, isShort ? closely : around);
  const interval = criterion && intervalOf(criterion.timeAggregation, rule?.properties.windowSize);
  return {
    rule,
    criterion,
    question:
      isHostThere === true && criterion && interval
        ? { resourceId: incident.resourceId, criterion, interval, ...time }
        : null,
    isLooking: ruleId !== undefined && !rules,
  };
}

/** The minute that goes on is over then. */
export const useMinute = (): number =>
  Math.floor(useNow() / minuteMilliseconds) * minuteMilliseconds + minuteMilliseconds;

/** The time around an incident that pictures have; milliseconds since the epoch. */
export function shownTime(
  { openedAt, closedAt }: Pick<IncidentThings["incident"], "openedAt" | "closedAt">,
  now: number,
  { before, after } = around,
): { from: number; to: number } {
  const from = Date.parse(openedAt) - before;
  const ended = closedAt === null ? now : Date.parse(closedAt);
  return { from, to: Math.min(ended + after, from + shownMillisecondsMax, now) };
}
