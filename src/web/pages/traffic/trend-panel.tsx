import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { axis, plotSpace, tooltip } from "../../charts/common.ts";
import { Chart, type ChartColours, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { timeAxis } from "./time-axis.ts";
import { trendOf } from "./trend-series.ts";
import { ViewPanel } from "./view-panel.tsx";

/** Of rules, ports or connections: more lines than these nobody tells apart. */
const linesMax = 8;
const heightPixels = 260;

/** The busiest of a kind over time, with the rows folded away below. */
export const TrendPanel = ({
  view,
  state,
  keys,
}: {
  view: string;
  state: QuestionState;
  /** Columns whose values make a line. */
  keys: readonly string[];
}): React.ReactNode => (
  <ViewPanel
    view={view}
    state={state}
    top={linesMax}
    rows="folded"
    heightPixels={heightPixels}
    draw={(answer) => <TrendPicture answer={answer} keys={keys} />}
  />
);

const amountColumns = { flows: "Flows", bytes: "Bytes", packets: "Packets" };

export function TrendPicture({
  answer,
  keys,
  amount = amountColumns[answer.unit],
  format,
  limit = null,
}: {
  answer: FlowAnswer;
  keys: readonly string[];
  /** Another column than that of the unit, with its own form. */
  amount?: string;
  format?: (value: number) => string;
  /** A line across: what there is at most. */
  limit?: number | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const joined = keys.join(" ");
  const option: ChartOption = useCallback(
    (colours) => {
      const shown = format ?? (answer.unit === "bytes" ? bytes : number);
      const series = trendOf(answer, joined.split(" "), amount);
      const few = (series[0]?.points.length ?? 0) < 2;
      const palette = paletteOf(colours);
      return {
        color: palette,
        grid: { ...plotSpace, left: 82, top: 40 },
        legend: { top: 4, type: "scroll", textStyle: { color: colours.soft } },
        tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: shown },
        xAxis: timeAxis(answer, colours),
        yAxis: {
          type: "value",
          ...axis(colours),
          ...(limit === null
            ? {}
            : { max: (value: { max: number }) => Math.max(value.max, limit) }),
          axisLabel: { color: colours.faint, formatter: shown },
        },
        series: series.map(({ name, points }, at) => ({
          name,
          type: "line",
          data: points,
          showSymbol: few,
          lineStyle: { width: 1.6, type: at < palette.length ? "solid" : "dashed" },
          markLine: limit !== null && at === 0 ? limitLine(limit, colours) : undefined,
        })),
        animation: false,
      };
    },
    [answer, joined, amount, format, limit, bytes, number],
  );
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t(`view.${answer.view}`)} height={heightPixels} />
    </div>
  );
}

const limitLine = (limit: number, { bad }: ChartColours): object => ({
  silent: true,
  symbol: "none",
  label: { show: false },
  lineStyle: { color: bad, type: "dashed" },
  data: [{ yAxis: limit }],
});

const paletteOf = ({ lamp, signal, good, bad, ink }: ChartColours): string[] => [
  lamp,
  signal,
  "#6ea8fe",
  good,
  "#c58cf0",
  bad,
  "#e39ac0",
  ink,
];
