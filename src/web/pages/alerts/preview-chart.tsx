import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { AlertPreview, PreviewThreshold } from "../../api/alert-previews.ts";
import { axis, plotSpace, tooltip } from "../../charts/common.ts";
import { Chart, type ChartColours, type ChartOption } from "../../charts/chart.tsx";
import { expectedBand } from "../../charts/expected-band.ts";
import { targetName } from "./names.ts";
import { useRuleWords } from "./rule-words.ts";

/** Lines of one picture; the others are in the table of alerts. */
const lineCountMax = 8;
const areaCountMax = 200;
/** Room above the highest of all. */
const headroom = 1.08;

/** The values that were judged, with the threshold or the expected range, and each alert from its begin to its end. */
export function PreviewChart({
  preview,
  label,
  near,
  isSparse,
}: {
  preview: AlertPreview;
  label: string;
  /** The highest value that is drawn; null: all are. */
  near: number | null;
  /** Not every window was looked at: each that was is a dot. */
  isSparse: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const { value } = useRuleWords();
  const option: ChartOption = useCallback(
    (colours) => {
      const metricName = preview.series[0]?.metricName ?? "";
      const amount = (each: number): string => value(metricName, each);
      return {
        grid: { ...plotSpace, left: 78, top: 30 },
        legend: {
          top: 0,
          type: "scroll",
          icon: "roundRect",
          itemWidth: 11,
          itemHeight: 5,
          textStyle: { color: colours.soft },
        },
        tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: amount },
        xAxis: {
          type: "time",
          min: Date.parse(preview.from),
          max: Date.parse(preview.to),
          ...axis(colours),
          splitLine: { show: false },
        },
        yAxis: {
          type: "value",
          ...reachOf(preview),
          ...(near === null ? {} : { max: near }),
          ...axis(colours),
          // The end of the axis is no round number.
          axisLabel: { color: colours.faint, formatter: amount, showMaxLabel: false },
        },
        series: [
          ...bandSeries(preview, colours, t("alertPreview.expected")),
          ...valueSeries(preview, colours, { isSparse, everything: t("alerts.allHosts") }),
          markSeries(preview, colours, {
            threshold: t("alertForm.threshold"),
            alert: t("alertPreview.alert"),
          }),
        ],
        animation: false,
      };
    },
    [preview, t, value, near, isSparse],
  );
  return <Chart option={option} label={label} height={260} />;
}

/** A threshold is in the picture, also one that nothing comes near. */
function reachOf({ threshold }: AlertPreview) {
  const values = threshold.flatMap(({ value }) => value ?? []);
  return {
    min: (all: { min: number }) => Math.min(0, finite(all.min), ...values),
    max: (all: { max: number }) => Math.max(finite(all.max), ...values) * headroom,
  };
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

function valueSeries(
  { series }: AlertPreview,
  colours: ChartColours,
  { isSparse, everything }: { isSparse: boolean; everything: string },
): object[] {
  const palette = [colours.lamp, colours.signal, colours.good, colours.ink, colours.soft];
  return series.slice(0, lineCountMax).map(({ target, metricName, points }, index) => ({
    name: `${targetName(target, everything)} ${metricName}`,
    type: "line",
    data: points,
    showSymbol: isSparse || points.length < 40,
    symbolSize: isSparse ? 4 : 5,
    lineStyle: { width: 1.5, color: palette[index % palette.length] },
    itemStyle: { color: palette[index % palette.length] },
  }));
}

/** The range of the first series alone: several over each other say nothing. */
function bandSeries({ threshold }: AlertPreview, colours: ChartColours, name: string): object[] {
  const points = threshold.find((each) => (each.points ?? []).length > 0)?.points ?? [];
  return expectedBand(points, { colours, name });
}

/** Thresholds as lines across, alerts as stretches, time without data as grey. */
function markSeries(
  { threshold, firings, missing, to }: AlertPreview,
  colours: ChartColours,
  words: { threshold: string; alert: string },
): object {
  const values = new Set(threshold.flatMap(({ value }: PreviewThreshold) => value ?? []));
  const area = (from: string, end: string | null, color: string) => [
    { xAxis: Date.parse(from), itemStyle: { color, opacity: 0.2 } },
    { xAxis: Date.parse(end ?? to) },
  ];
  return {
    type: "line",
    name: words.alert,
    data: [],
    itemStyle: { color: colours.bad },
    markLine: {
      symbol: "none",
      silent: true,
      lineStyle: { color: colours.bad, type: "dashed" },
      label: { show: false },
      data: [
        ...Array.from(values, (value) => ({ yAxis: value, name: words.threshold })),
        ...firings.slice(0, areaCountMax).map(({ from }) => ({
          xAxis: Date.parse(from),
          lineStyle: { type: "solid", width: 1 },
        })),
      ],
    },
    markArea: {
      silent: true,
      data: [
        ...firings.slice(0, areaCountMax).map((each) => area(each.from, each.to, colours.bad)),
        ...missing.slice(0, areaCountMax).map((each) => area(each.from, each.to, colours.faint)),
      ],
    },
  };
}
