import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ChangeAnswer, ChangePart, ChangeRow } from "../../inspection/change/change-answer.ts";
import { changeValueText } from "../../inspection/change/sentence.ts";
import { axis, plotSpace, tooltip } from "../charts/common.ts";
import { Chart, type ChartOption } from "../charts/chart.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import css from "./report.module.css";

/** What changed, and why: the paragraph where it is not told already, the picture, the tables. */
export function ChangePanel({
  change,
  isTold = false,
}: {
  change: ChangeAnswer;
  isTold?: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const parts = change.parts.filter(({ rows }) => rows.length > 0);
  return (
    <Panel title={t("change.title")}>
      {!isTold && <p className={css["lead"]}>{change.sentence}</p>}
      <ChangePicture change={change} />
      {parts.map((part) => (
        <PartTable key={part.by} part={part} change={change} />
      ))}
      {change.caveats.length > 0 && (
        <p className={css["facts"]}>{t("change.caveats", { text: change.caveats.join("; ") })}</p>
      )}
    </Panel>
  );
}

function ChangePicture({ change }: { change: ChangeAnswer }): React.ReactNode {
  const { t, i18n } = useTranslation();
  const option: ChartOption = useCallback(
    (colours) => {
      const { timeLine, after, unit, moment } = change;
      const timeOf = (at: number): number => timeLine.from + at * timeLine.columnMilliseconds;
      const clock = new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium", hour12: false });
      return {
        grid: plotSpace,
        tooltip: {
          ...tooltip(colours),
          trigger: "axis",
          valueFormatter: (value: number) => changeValueText(value, unit),
        },
        xAxis: { type: "time", ...axis(colours), splitLine: { show: false } },
        yAxis: {
          type: "value",
          ...axis(colours),
          axisLabel: {
            color: colours.faint,
            formatter: (value: number) => changeValueText(value, unit),
          },
        },
        series: [
          {
            type: "bar",
            large: true,
            barCategoryGap: "5%",
            data: timeLine.values.map((value, at) => ({
              value: [timeOf(at), value],
              itemStyle: { color: timeOf(at) >= after.from ? colours.lamp : colours.faint },
            })),
            markLine: {
              symbol: "none",
              lineStyle: { color: colours.bad, type: "dashed" },
              label: {
                color: colours.soft,
                formatter: () => `${t("change.alert")} ${clock.format(moment)}`,
              },
              data: [{ xAxis: moment }],
            },
          },
        ],
        animation: false,
      };
    },
    [change, i18n.language, t],
  );
  if (change.timeLine.values.length < 2) return null;
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={change.sentence} height={210} />
    </div>
  );
}

function PartTable({ part, change }: { part: ChangePart; change: ChangeAnswer }): React.ReactNode {
  const { t } = useTranslation();
  const { percent } = useFormats();
  const title = t(`changeBy.${part.by}`);
  const value = (amount: number): string => changeValueText(amount, change.unit);
  return (
    <DataTable<ChangeRow>
      label={title}
      rows={part.rows}
      keyOf={({ name }) => name}
      omitted={part.count - part.rows.length}
      columns={[
        { key: "name", title, show: (row) => <ChangeName row={row} /> },
        {
          key: "before",
          width: "9rem",
          title: t("change.before"),
          isNumber: true,
          show: (row) => value(row.before),
          sortBy: (row) => row.before,
        },
        {
          key: "after",
          width: "9rem",
          title: t("change.after"),
          isNumber: true,
          show: (row) => value(row.after),
          sortBy: (row) => row.after,
        },
        {
          key: "share",
          width: "9rem",
          title: t("change.share"),
          isNumber: true,
          show: (row) => percent(row.share),
          sortBy: (row) => row.share,
        },
      ]}
    />
  );
}

const ChangeName = ({ row }: { row: ChangeRow }): React.ReactNode => (
  <>
    <span className={css["address"]}>{row.name}</span>
    <span className={css["bar"]} style={{ width: `${Math.max(1, row.share * 100)}%` }} />
    {(row.detail !== "" || row.process !== null) && (
      <p className={css["small"]}>{[row.detail, row.process].filter(Boolean).join(" · ")}</p>
    )}
    {row.threat !== null && <p className={css["threat"]}>{row.threat}</p>}
  </>
);
