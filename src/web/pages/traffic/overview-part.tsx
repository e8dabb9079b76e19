import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { type FlowAnswer, numberOf, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { axis, plotSpace, tooltip } from "../../charts/common.ts";
import { Chart, type ChartOption } from "../../charts/chart.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Figures } from "../../report/figures.tsx";
import { useFormats } from "../../words/moments.ts";
import { KqlButton } from "./kql-button.tsx";
import { seriesOf } from "./overview-series.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { ViewPanel } from "./view-panel.tsx";

/** Traffic over time, its distribution, who talks most, and what was denied most. */
export const OverviewPart = ({ state }: { state: QuestionState }): React.ReactNode => (
  <>
    <OverTime state={state} />
    <Tiles state={state} />
    <ViewPanel view="top-pairs" state={state} top={10} />
    <ViewPanel view="blocked-rules" state={state} top={10} />
  </>
);

function OverTime({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const { data, isPlaceholderData } = useFlowView("overview", state.question);
  return (
    <Panel
      title={t("view.overview")}
      aside={data && !isPlaceholderData && <KqlButton answer={data} title={t("view.overview")} />}
    >
      {data && data.rows.length === 0 && <p className={css["wait"]}>{t("traffic.empty")}</p>}
      {data && data.rows.length > 0 && <OverviewPicture answer={data} />}
      {!data && <p className={css["wait"]}>{t("traffic.wait")}</p>}
    </Panel>
  );
}

function OverviewPicture({ answer }: { answer: FlowAnswer }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => {
      const amount = (value: number): string =>
        answer.unit === "bytes" ? bytes(Math.abs(value)) : number(Math.abs(value));
      const colourOf = { outbound: colours.lamp, inbound: colours.signal, denied: colours.bad };
      return {
        grid: { ...plotSpace, left: 78, top: 34 },
        legend: { top: 2, textStyle: { color: colours.soft } },
        tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: amount },
        xAxis: { type: "time", ...axis(colours), splitLine: { show: false } },
        yAxis: {
          type: "value",
          ...axis(colours),
          axisLabel: { color: colours.faint, formatter: amount },
        },
        series: seriesOf(answer).map(({ kind, points }) => ({
          name: t(`overview.${kind}`),
          type: "line",
          data: points,
          showSymbol: false,
          lineStyle: { width: 1.5, color: colourOf[kind] },
          itemStyle: { color: colourOf[kind] },
          areaStyle: { color: colourOf[kind], opacity: 0.22 },
        })),
        animation: false,
      };
    },
    [answer, bytes, number, t],
  );
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t("view.overview")} height={280} />
    </div>
  );
}

function Tiles({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { data } = useFlowView("distribution", state.question);
  if (!data) return null;
  const column = { flows: "Flows", bytes: "Bytes", packets: "Packets" }[data.unit];
  const records = recordsOf(data);
  const sumOf = (column2: string, value: string): string => {
    const sum = records
      .filter((record) => record[column2] === value)
      .reduce((total, record) => total + numberOf(record[column]), 0);
    return data.unit === "bytes" ? bytes(sum) : number(sum);
  };
  return (
    <Panel
      title={t("view.distribution")}
      aside={<KqlButton answer={data} title={t("view.distribution")} />}
    >
      <Figures
        figures={[
          { name: t("tile.allowed"), value: sumOf("FlowStatus", "Allowed") },
          { name: t("tile.denied"), value: sumOf("FlowStatus", "Denied") },
          { name: t("tile.inbound"), value: sumOf("FlowDirection", "Inbound") },
          { name: t("tile.outbound"), value: sumOf("FlowDirection", "Outbound") },
          { name: t("tile.benign"), value: sumOf("Kind", "Benign") },
          { name: t("tile.malicious"), value: sumOf("Kind", "Malicious") },
        ]}
      />
    </Panel>
  );
}
