import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Chart, type ChartColours, type ChartOption } from "../../../charts/chart.tsx";
import { axis, plotSpace, tooltip } from "../../../charts/common.ts";
import { useFormats } from "../../../words/moments.ts";
import type { Compared } from "./earlier.ts";
import { isMeasured, type Stretch } from "./stretch.ts";

/** This time and the earlier ones on one clock, the alert as a line. */
export function CompareChart({
  compared,
  near,
}: {
  compared: Compared;
  /** The highest value that is drawn; null: all are. */
  near: number | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { metricName, unit, shown, moment } = compared;
  const show = (value: number): string => (unit.startsWith("Bytes") ? bytes(value) : number(value));
  const drawn = JSON.stringify([compared, near]);
  const option: ChartOption = useCallback(
    (colours) => ({
      grid: { ...plotSpace, top: 40 },
      animation: false,
      legend: {
        top: 0,
        left: 0,
        icon: "roundRect",
        itemWidth: 14,
        itemHeight: 3,
        textStyle: { color: colours.soft },
      },
      tooltip: {
        ...tooltip(colours),
        trigger: "axis",
        valueFormatter: (value: number | null) => (value == null ? "–" : show(value)),
      },
      xAxis: {
        type: "time",
        min: shown.from,
        max: shown.to,
        ...axis(colours),
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        max: near,
        ...axis(colours),
        axisLabel: { color: colours.faint, formatter: show, showMaxLabel: near === null },
      },
      series: compared.stretches
        .filter(({ points }) => isMeasured(points))
        .map(({ when, points }) =>
          Object.assign(
            {
              type: "line",
              name: t(when === "now" ? "compare.now" : `compareWhen.${when}`),
              data: points,
              showSymbol: false,
              z: when === "now" ? 3 : 2,
              ...looks(when, colours),
            },
            when === "now" && alertMark(moment, colours, t("change.alert")),
          ),
        ),
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `drawn` stands for them
    [drawn, t],
  );
  return <Chart option={option} label={t("compare.label", { metric: metricName })} height={230} />;
}

function looks(when: Stretch["when"], colours: ChartColours): object {
  const of = {
    now: { color: colours.signal, width: 2, type: "solid" },
    hourEarlier: { color: colours.lamp, width: 1.4, type: "solid" },
    dayEarlier: { color: colours.soft, width: 1.4, type: "dashed" },
    weekEarlier: { color: colours.faint, width: 1.4, type: "dotted" },
  } as const;
  const { color } = of[when];
  return { lineStyle: of[when], itemStyle: { color } };
}

const alertMark = (moment: number, colours: ChartColours, word: string): object => ({
  markLine: {
    symbol: "none",
    silent: true,
    lineStyle: { color: colours.bad, type: "dashed" },
    label: { color: colours.soft, formatter: word },
    data: [{ xAxis: moment }],
  },
});
