import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { TimeSeries } from "../../inspection/inspection.ts";
import type { ReportDocument } from "../../report/document.ts";
import { axis, plotSpace, tooltip } from "../charts/common.ts";
import { Chart, type ChartOption } from "../charts/chart.tsx";
import { Notice } from "../parts/notice.tsx";
import { Panel } from "../parts/panel.tsx";
import { useFormats } from "../words/moments.ts";
import css from "./report.module.css";
import { ratesOf } from "./rates.ts";

/** Bytes a second over the capture, out above and in below. */
export function TimeTab({ report }: { report: ReportDocument }): React.ReactNode {
  const { t } = useTranslation();
  const { file, timeSeries } = report;
  if (file.firstTime === null || timeSeries.bucketCount === 0)
    return <Notice kind="calm" title={t("time.none")} />;
  const home =
    timeSeries.home === null ? t("time.all") : t("time.of", { address: timeSeries.home });
  return (
    <Panel title={home}>
      <TimePicture series={timeSeries} firstTime={file.firstTime} />
    </Panel>
  );
}

function TimePicture({
  series,
  firstTime,
}: {
  series: TimeSeries;
  firstTime: string;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const option: ChartOption = useCallback(
    (colours) => {
      const rates = ratesOf(series, firstTime);
      const perSecond = (value: number): string => `${bytes(Math.abs(value))}/s`;
      const line = (name: string, color: string, data: [number, number][]): object => ({
        name,
        type: "line",
        data,
        showSymbol: false,
        step: "start",
        lineStyle: { width: 1, color },
        itemStyle: { color },
        areaStyle: { color, opacity: 0.35 },
      });
      return {
        grid: { ...plotSpace, left: 78, top: 34 },
        legend: { top: 2, textStyle: { color: colours.soft } },
        tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: perSecond },
        xAxis: { type: "time", ...axis(colours), splitLine: { show: false } },
        yAxis: {
          type: "value",
          ...axis(colours),
          axisLabel: { color: colours.faint, formatter: perSecond },
        },
        series: [
          line(t("time.sent"), colours.lamp, rates.sent),
          line(t("time.received"), colours.signal, rates.received),
          ...(rates.hasOther ? [line(t("time.other"), colours.faint, rates.other)] : []),
        ],
        animation: false,
      };
    },
    [series, firstTime, bytes, t],
  );
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t("time.label")} height={300} />
    </div>
  );
}
