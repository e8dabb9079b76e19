import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { axis, plotSpace, tooltip } from "../../charts/common.ts";
import { Chart, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import { DistributionTiles } from "./distribution-tiles.tsx";
import { timeAxis } from "./time-axis.ts";
import { seriesOf } from "./overview-series.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { ViewPanel } from "./view-panel.tsx";

const heightPixels = 280;

/** Traffic over time, its distribution, who talks most, and what was denied most. */
export const OverviewPart = ({ state }: { state: QuestionState }): React.ReactNode => (
  <>
    <ViewPanel
      view="overview"
      state={state}
      rows="folded"
      heightPixels={heightPixels}
      draw={(answer) => <OverviewPicture answer={answer} />}
    />
    <DistributionTiles state={state} />
    <ViewPanel view="top-pairs" state={state} top={10} />
    <ViewPanel view="blocked-rules" state={state} top={10} />
  </>
);

/** Out above the line, in below it. */
export function OverviewPicture({ answer }: { answer: FlowAnswer }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => {
      const amount = (value: number): string =>
        answer.unit === "bytes" ? bytes(Math.abs(value)) : number(Math.abs(value));
      const colourOf = { outbound: colours.lamp, inbound: colours.signal, denied: colours.bad };
      return {
        grid: { ...plotSpace, left: 78, top: 34 },
        legend: { type: "scroll", top: 2, textStyle: { color: colours.soft } },
        tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: amount },
        xAxis: timeAxis(answer, colours),
        yAxis: {
          type: "value",
          minInterval: 1,
          ...axis(colours),
          axisLabel: { color: colours.faint, formatter: amount },
        },
        series: seriesOf(answer).map(({ kind, points }) => ({
          name: t(`overview.${kind}`),
          type: "line",
          data: points,
          // A time with one point alone would have no line.
          showSymbol: points.length < 2,
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
      <Chart option={option} label={t(`view.${answer.view}`)} height={heightPixels} />
    </div>
  );
}
