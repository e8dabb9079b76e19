import type { BaselineWhen, ChangeMetric } from "../../../../inspection/change/change-answer.ts";
import { type MetricQuestion, useMetric } from "../../../api/metrics.ts";
import type { IncidentThings } from "../incident-things.ts";
import { shownTime, useLeadRule, useMinute } from "../picture/lead-rule.ts";
import { distances, type Stretch, stretchOf, whens } from "./stretch.ts";

export interface Compared {
  metricName: string;
  unit: string;
  shown: { from: number; to: number };
  /** When it fired, and how long figures are made of; milliseconds. */
  moment: number;
  lengthMilliseconds: number;
  stretches: Stretch[];
}

/** What measures the same of every host as an answer's metric does of packets. */
const metricNames: Partial<Record<ChangeMetric, string>> = {
  bytesOut: "Network Out Total",
  bytesIn: "Network In Total",
};

/** The metric now, an hour, a day and a week before; null while it is not known, or where there is no metric. */
export function useCompared(things: IncidentThings): Compared | null {
  const { incident } = things;
  const question = useQuestion(things);
  const moved = (when: BaselineWhen): MetricQuestion | null =>
    question && {
      ...question,
      from: question.from - distances[when],
      to: question.to - distances[when],
    };
  const now = useMetric(question);
  const hour = useMetric(moved("hourEarlier"));
  const day = useMetric(moved("dayEarlier"));
  const week = useMetric(moved("weekEarlier"));
  if (!question || !now.data || !hour.data || !day.data || !week.data) return null;
  const moment = Date.parse(incident.openedAt);
  const { from, to, criterion } = question;
  const span = { from: moment, to };
  const earlier = { hourEarlier: hour.data, dayEarlier: day.data, weekEarlier: week.data };
  return {
    metricName: criterion.metricName,
    unit: now.data.unit,
    shown: { from, to },
    moment,
    lengthMilliseconds: to - moment,
    stretches: [
      stretchOf("now", now.data, span),
      ...whens.map((when) => stretchOf(when, earlier[when], span)),
    ],
  };
}

/** That of the rule; of an alert from elsewhere, what its answer is about. */
function useQuestion(things: IncidentThings): MetricQuestion | null {
  const { incident, isHostThere, report } = things;
  const { question, isLooking } = useLeadRule(things);
  const now = useMinute();
  const metricName = metricNames[report.data?.change?.metric ?? "latency"];
  if (question) return question;
  if (isLooking || isHostThere !== true || metricName === undefined) return null;
  return {
    resourceId: incident.resourceId,
    criterion: { metricName, timeAggregation: "Average", operator: "GreaterThan" },
    ...shownTime(incident, now),
  };
}
