import { useTranslation } from "react-i18next";
import { useNear } from "../../../charts/near.tsx";
import { useMetric } from "../../../api/metrics.ts";
import { Panel } from "../../../parts/panel.tsx";
import type { IncidentThings } from "../incident-things.ts";
import { CoverageRows } from "./coverage-rows.tsx";
import { isDrawnByWindows, isDynamic, useJudged } from "./judged.ts";
import type { Judged } from "./judged-values.ts";
import { useLeadRule } from "./lead-rule.ts";
import { MetricChart } from "./metric-chart.tsx";
import { PictureFacts } from "./picture-facts.tsx";
import { recordedTimes } from "./recorded-times.ts";

/** What the rule measured, with its threshold, the firing, and the times that were recorded. */
export function PicturePanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { incident, report } = things;
  const [lead] = incident.alerts;
  const { rule, criterion, question, isLooking } = useLeadRule(things, true);
  const isLearned = isDynamic(rule);
  const { judged, error } = useJudged(rule, question);
  const measured = useMetric(isDrawnByWindows(rule) && !error ? null : question);
  const values = judged?.values ?? measured.data;
  const times = recordedTimes(things, Date.now());
  const { near, button } = useNear(values?.series ?? [], usualHigh(judged));
  const fired = report.data?.alert ?? null;
  const band = judged?.band ?? [];
  const threshold = criterion?.threshold ?? (isLearned ? null : (fired?.threshold ?? null));
  const expected = fired?.expected ?? null;
  const failed = error ?? measured.error;
  const missing = [
    ...whyNoValues({ things, hasRule: rule !== null, isLooking }),
    ...(isLearned && judged && band.length === 0 ? ["picture.noBand"] : []),
    ...(failed ? [failed.message] : []),
  ].map((why) => t(why, { rule: lead?.rule, host: things.host, defaultValue: why }));
  if (!lead) return null;
  return (
    <Panel
      title={t("picture.title", { metric: criterion?.metricName ?? lead.metric ?? lead.rule })}
      aside={button}
    >
      {values && values.series.length > 0 && question && (
        <MetricChart
          incident={incident}
          values={values}
          shown={question}
          threshold={threshold}
          band={band}
          expected={band.length > 0 ? null : expected}
          times={times}
          near={near}
        />
      )}
      <PictureFacts
        {...{ rule, criterion, threshold, expected, missing }}
        isJudged={judged !== null}
      />
      <CoverageRows times={times} />
    </Panel>
  );
}

/** The highest value that was usual in the time that is shown. */
const usualHigh = (judged: Judged | null): number | null =>
  judged && judged.band.length > 0
    ? judged.band.reduce((most, [, , high]) => Math.max(most, high), 0)
    : null;

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
