import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type AlertPreview,
  type PreviewFiring,
  useAlertPreview,
} from "../../api/alert-previews.ts";
import type { RuleProperties } from "../../api/alert-rules.ts";
import { useNear } from "../../charts/near.tsx";
import { Button } from "../../parts/button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { secondsOf } from "./durations.ts";
import { targetName } from "./names.ts";
import { PreviewChart } from "./preview-chart.tsx";
import { previewNotes } from "./preview-notes.ts";
import { type RuleKind, useRuleWords } from "./rule-words.ts";
import { useSettled } from "./use-settled.ts";

const timespans = ["PT1H", "P1D", "P7D", "P30D"] as const;
type Timespan = (typeof timespans)[number];
const shownFiringCountMax = 50;

/** What the rule as it stands would have done; drawn anew as it changes. A query is asked when the button says so. */
export function PreviewPanel({
  properties,
  kind,
}: {
  properties: RuleProperties;
  kind: RuleKind;
}): React.ReactNode {
  const { t } = useTranslation();
  const [timespan, setTimespan] = useState<Timespan>("P1D");
  const [asked, ask] = useState<string | null>(null);
  const now = JSON.stringify({ properties: { ...properties, enabled: true }, timespan });
  const settled = useSettled(now);
  const wanted = kind === "log" ? now : settled;
  const isAsked = kind !== "log" || asked === wanted;
  const question = isAsked
    ? (JSON.parse(wanted) as { properties: RuleProperties; timespan: string })
    : null;
  const { data, error, isFetching, isPlaceholderData } = useAlertPreview(question);
  return (
    <Panel
      title={t("alertPreview.title")}
      aside={
        kind === "log" && (
          <Button isBusy={isFetching} onClick={() => ask(wanted)}>
            {t("alertPreview.ask")}
          </Button>
        )
      }
    >
      <div className={css["columns"]}>
        <Select
          label={t("alertPreview.timespan")}
          value={timespan}
          choices={timespans.map((value) => ({ value, words: t(`timespan.${value}`) }))}
          choose={setTimespan}
          hint={t(kind === "log" ? "alertHint.previewLog" : "alertHint.preview")}
        />
      </div>
      {error && isAsked && (
        <Notice kind="warn" title={t("alertPreview.none")} text={error.message} />
      )}
      {data && isAsked && !error && (
        <div className={isPlaceholderData ? css["old"] : undefined} aria-busy={isFetching}>
          <Answer
            preview={data}
            timespan={timespan}
            frequencySeconds={secondsOf(properties.evaluationFrequency) ?? data.stepSeconds}
          />
        </div>
      )}
    </Panel>
  );
}

function Answer({
  preview,
  timespan,
  frequencySeconds,
}: {
  preview: AlertPreview;
  timespan: Timespan;
  frequencySeconds: number;
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const verdict = t("alertPreview.verdict", {
    count: preview.firingCount,
    time: t(`alertPreview.${timespan}`),
  });
  const { near, button } = useNear(preview.series, usualHigh(preview));
  return (
    <>
      <div className={css["head"]}>
        <p className={css["verdict"]} role="status">
          {verdict}
        </p>
        {button}
      </div>
      <ul className={css["notes"]}>
        {previewNotes(preview, { t, language: i18n.language, frequencySeconds }).map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <div className={css["chart"]}>
        <PreviewChart
          preview={preview}
          label={verdict}
          near={near}
          isSparse={preview.stepSeconds > frequencySeconds}
        />
      </div>
      {preview.firings.length > 0 && <Firings preview={preview} />}
    </>
  );
}

/** The highest value that a rule that learns called usual; null of other rules. */
function usualHigh({ threshold }: AlertPreview): number | null {
  const points = threshold.flatMap((each) => each.points ?? []);
  return points.length === 0 ? null : points.reduce((most, [, , high]) => Math.max(most, high), 0);
}

function Firings({ preview }: { preview: AlertPreview }): React.ReactNode {
  const { t } = useTranslation();
  const { value } = useRuleWords();
  const metricName = preview.series[0]?.metricName ?? "";
  return (
    <DataTable<PreviewFiring>
      label={t("alertPreview.firings")}
      rows={preview.firings.slice(0, shownFiringCountMax)}
      omitted={preview.firingCount - Math.min(preview.firings.length, shownFiringCountMax)}
      keyOf={({ target, from, dimensions }) => JSON.stringify([target, from, dimensions])}
      columns={[
        {
          key: "from",
          title: t("alertPreview.from"),
          show: ({ from }) => <Moment time={from} />,
          sortBy: ({ from }) => from,
        },
        {
          key: "to",
          title: t("alertPreview.to"),
          show: ({ to }) => (to === null ? t("alertPreview.lasts") : <Moment time={to} />),
          sortBy: ({ to }) => to ?? "9",
        },
        {
          key: "target",
          title: t("alerts.target"),
          show: ({ target, dimensions }) =>
            [
              targetName(target, t("alerts.allHosts")),
              ...dimensions.map((each) => `${each.name} = ${each.value}`),
            ].join(" · "),
        },
        {
          key: "value",
          title: t("alertPreview.value"),
          isNumber: true,
          show: (firing) => (firing.value === null ? "–" : value(metricName, firing.value)),
          sortBy: (firing) => firing.value ?? 0,
        },
      ]}
    />
  );
}
