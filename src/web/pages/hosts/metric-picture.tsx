import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMetrics } from "../../api/host-metrics.ts";
import { axis, plotSpace, tooltip } from "../../charts/common.ts";
import { Chart, type ChartColours, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import {
  lastOf,
  linesOf,
  type MetricChart,
  type MetricLine,
  type MetricRange,
  metricRanges,
  type MetricUnit,
} from "./metric-charts.ts";
import css from "./metrics.module.css";

/** One picture with its newest values beside the title. */
export function MetricPicture({
  chart,
  resourceId,
  range,
}: {
  chart: MetricChart;
  resourceId: string;
  range: MetricRange;
}): React.ReactNode {
  const { t } = useTranslation();
  const { interval, intervalSeconds } = metricRanges[range];
  const { data, error, dataUpdatedAt, isPlaceholderData } = useMetrics(resourceId, {
    names: chart.lines.map(({ name }) => name),
    timespan: range,
    interval,
    dimension: chart.dimension,
  });
  const lines = useMemo(
    () => (data ? linesOf(chart, data, { intervalSeconds, now: dataUpdatedAt }) : null),
    [chart, data, intervalSeconds, dataUpdatedAt],
  );
  const title = t(`hostMetric.of.${chart.key}`);
  return (
    <figure className={css["picture"]} data-old={isPlaceholderData}>
      <figcaption>
        <span>{title}</span>
        {lines && <Newest lines={lines} unit={chart.unit} />}
      </figcaption>
      {error && <p className={css["empty"]}>{error.message}</p>}
      {lines && lines.every((line) => lastOf(line) === null) && (
        <p className={css["empty"]}>{t("hostMetric.none")}</p>
      )}
      {data && lines?.some((line) => lastOf(line) !== null) && (
        <Drawn lines={lines} unit={chart.unit} title={title} timespan={data.timespan} />
      )}
    </figure>
  );
}

function Newest({ lines, unit }: { lines: readonly MetricLine[]; unit: MetricUnit }) {
  const nameOf = useNames();
  const show = useUnit(unit);
  if (lines.length > 2) return null;
  const told = lines.flatMap((line) => {
    const value = lastOf(line);
    return value === null ? [] : [`${nameOf(line)} ${show(value)}`];
  });
  return <span className={css["newest"]}>{told.join(" · ")}</span>;
}

function Drawn({
  lines,
  unit,
  title,
  timespan,
}: {
  lines: readonly MetricLine[];
  unit: MetricUnit;
  title: string;
  timespan: string;
}): React.ReactNode {
  const nameOf = useNames();
  const show = useUnit(unit);
  const option: ChartOption = useMemo(
    () => (colours) => {
      const [from, to] = timespan.split("/");
      const isMany = lines.length > 1;
      return {
        grid: { ...plotSpace, left: 72, top: isMany ? 30 : 12 },
        ...(isMany && {
          legend: { top: 0, type: "scroll", textStyle: { color: colours.soft, fontSize: 11 } },
        }),
        tooltip: {
          ...tooltip(colours),
          trigger: "axis",
          valueFormatter: (value: number | null) => (value === null ? "–" : show(value)),
        },
        xAxis: { type: "time", min: from, max: to, ...axis(colours), splitLine: { show: false } },
        yAxis: {
          type: "value",
          min: 0,
          ...(unit === "percent" && { max: 100, interval: 50 }),
          splitNumber: 3,
          ...axis(colours),
          axisLabel: { color: colours.faint, fontSize: 11, formatter: show },
        },
        series: lines.map((line, at) => seriesOf(line, nameOf(line), colourOf(colours, at))),
        animation: false,
      };
    },
    [lines, unit, timespan, nameOf, show],
  );
  return <Chart option={option} label={title} height={170} />;
}

function seriesOf({ points }: MetricLine, name: string, color: string): object {
  const measured = points.filter(([, value]) => value !== null).length;
  return {
    name,
    type: "line",
    data: points,
    showSymbol: measured < 3,
    lineStyle: { width: 1.5, color },
    itemStyle: { color },
    areaStyle: { color, opacity: 0.14 },
  };
}

function colourOf(colours: ChartColours, at: number): string {
  const palette = [colours.signal, colours.lamp, colours.good, colours.bad, colours.soft];
  return palette[at % palette.length] ?? colours.signal;
}

/** Names of lines; the same function as long as the language stays. */
function useNames(): (line: MetricLine) => string {
  const { t } = useTranslation();
  return useMemo(
    () =>
      ({ words, part }) =>
        part === null ? t(`hostMetric.${words}`) : `${part} ${t(`hostMetric.${words}`)}`,
    [t],
  );
}

function useUnit(unit: MetricUnit): (value: number) => string {
  const { bytes, rate, number, percent } = useFormats();
  return useMemo(
    () =>
      ({
        bytesRate: rate,
        bytes,
        rate: (value: number) =>
          `${number(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))}/s`,
        percent: (value: number) => percent(value / 100),
      })[unit],
    [unit, bytes, rate, number, percent],
  );
}
