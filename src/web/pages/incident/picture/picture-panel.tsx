import { useTranslation } from "react-i18next";
import {
  type MetricCriterion,
  type MetricQuestion,
  useMetric,
  useMetricRules,
} from "../../../api/metrics.ts";
import { useNow } from "../../../parts/moment.tsx";
import { Panel } from "../../../parts/panel.tsx";
import type { IncidentThings } from "../incident-things.ts";
import { CoverageRows } from "./coverage-rows.tsx";
import { MetricChart } from "./metric-chart.tsx";
import css from "./picture.module.css";
import { recordedTimes } from "./recorded-times.ts";

const minuteMilliseconds = 60_000;
/** Around the incident. */
const beforeMilliseconds = 30 * minuteMilliseconds;
const afterMilliseconds = 10 * minuteMilliseconds;
/** Of an incident that goes on and on its beginning is shown. */
const shownMillisecondsMax = 6 * 3_600_000;

/** What the rule measured, with its threshold, the firing, and the times that were recorded. */
export function PicturePanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const now = Math.floor(useNow() / minuteMilliseconds) * minuteMilliseconds + minuteMilliseconds;
  const { incident, isHostThere, report } = things;
  const [lead] = incident.alerts;
  const { data: rules } = useMetricRules(lead?.ruleId !== undefined);
  const rule = rules?.find(({ id }) => id.toLowerCase() === lead?.ruleId?.toLowerCase()) ?? null;
  const criterion = rule?.properties.criteria.allOf[0] ?? null;
  const question = isHostThere === true && criterion ? questionOf(things, criterion, now) : null;
  const { data: values, error } = useMetric(question);
  const times = recordedTimes(things, Date.now());
  const fired = report.data?.alert ?? null;
  const threshold = criterion?.threshold ?? fired?.threshold ?? null;
  const missing = [
    ...whyNoValues({
      things,
      hasRule: rule !== null,
      isLooking: lead?.ruleId !== undefined && !rules,
    }),
    ...(error ? [error.message] : []),
  ];
  if (!lead) return null;
  return (
    <Panel
      title={t("picture.title", { metric: criterion?.metricName ?? lead.metric ?? lead.rule })}
    >
      {values && values.series.length > 0 && question && (
        <MetricChart
          incident={incident}
          values={values}
          shown={question}
          threshold={threshold}
          expected={fired?.expected ?? null}
          times={times}
        />
      )}
      <ul className={css["facts"]}>
        {missing.map((why) => (
          <li key={why}>{t(why, { rule: lead.rule, host: things.host, defaultValue: why })}</li>
        ))}
        {threshold !== null && rule && (
          <li>
            {t("picture.threshold", {
              aggregation: criterion?.timeAggregation,
              operator: t(`operator.${criterion?.operator}`),
              threshold,
              window: rule.properties.windowSize,
            })}
          </li>
        )}
        {threshold !== null && !rule && <li>{t("picture.thresholdThen", { threshold })}</li>}
      </ul>
      <CoverageRows times={times} />
    </Panel>
  );
}

/** What is not known, and why: keys of words. */
function whyNoValues({
  things: { incident, isHostThere },
  hasRule,
  isLooking,
}: {
  things: IncidentThings;
  hasRule: boolean;
  isLooking: boolean;
}): string[] {
  const isFromElsewhere = incident.alerts[0]?.ruleId === undefined;
  if (isFromElsewhere) return ["picture.elsewhere"];
  if (isLooking) return [];
  return [
    ...(hasRule ? [] : ["picture.ruleGone"]),
    ...(isHostThere === false ? ["picture.hostGone"] : []),
  ];
}

function questionOf(
  { incident }: IncidentThings,
  criterion: MetricCriterion,
  now: number,
): MetricQuestion {
  const openedAt = Date.parse(incident.openedAt);
  const from = openedAt - beforeMilliseconds;
  const ended = incident.closedAt === null ? now : Date.parse(incident.closedAt);
  const to = Math.min(ended + afterMilliseconds, from + shownMillisecondsMax, now);
  return { resourceId: incident.resourceId, criterion, from, to };
}
