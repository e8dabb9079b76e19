import type { EChartsCoreOption } from "echarts/core";
import type { ChartColours } from "../../../charts/colours.ts";
import { axis, plotSpace, tooltip } from "../../../charts/common.ts";
import { asShares, type ChartData, type ChartSeries } from "./chart-data.ts";

/** How numbers are written on axes and in tooltips. */
type Amount = (value: number) => string;

const symbolCountMax = 60;

/** What the chart library draws. */
export function chartOption(
  data: ChartData,
  colours: ChartColours,
  amount: Amount,
): EChartsCoreOption {
  const base = { color: palette(colours), animation: false, ...legendOf(data, colours) };
  return data.kind === "pie"
    ? { ...base, ...pieOption(data, colours, amount) }
    : { ...base, ...plotOption(data, colours, amount) };
}

/** Told apart without red and green alone; the theme's own colours first. */
const palette = ({ lamp, signal, bad, good }: ChartColours): string[] => [
  lamp,
  signal,
  "#7aa7ff",
  "#d38cf0",
  good,
  bad,
  "#c9a26b",
  "#8fa3c4",
];

const legendOf = ({ hasLegend, series, kind }: ChartData, { soft }: ChartColours): object =>
  hasLegend && (series.length > 1 || kind === "pie")
    ? { legend: { type: "scroll", top: 2, textStyle: { color: soft } } }
    : {};

function pieOption({ series }: ChartData, colours: ChartColours, amount: Amount): object {
  const [first] = series;
  return {
    tooltip: { ...tooltip(colours), trigger: "item", valueFormatter: amount },
    series: [
      {
        type: "pie",
        radius: ["42%", "72%"],
        center: ["50%", "55%"],
        label: { color: colours.soft, formatter: "{b}: {d} %" },
        itemStyle: { borderColor: colours.surface, borderWidth: 2 },
        data: (first?.points ?? []).map(([name, value]) => ({ name: String(name), value })),
      },
    ],
  };
}

function plotOption(data: ChartData, colours: ChartColours, amount: Amount): object {
  const isBar = data.kind === "bar";
  const isPercent = data.stack === "stacked100";
  const written: Amount = isPercent ? (value) => `${amount(value)} %` : amount;
  const measures = {
    type: "value",
    ...axis(colours),
    ...nameOf(data.yTitle, colours),
    ...(isPercent ? { max: 100 } : {}),
    axisLabel: { color: colours.faint, fontSize: 11, hideOverlap: true, formatter: written },
  };
  const places = {
    type: data.axis,
    ...axis(colours),
    ...nameOf(data.xTitle, colours),
    splitLine: { show: false },
    ...(data.axis === "category" ? { data: namesOf(data.series), inverse: isBar } : {}),
  };
  const space = { ...plotSpace, top: 40, bottom: data.xTitle ? 46 : 28, containLabel: isBar };
  return {
    grid: isBar ? { ...space, left: 14 } : { ...space, left: 74 },
    tooltip: {
      ...tooltip(colours),
      trigger: data.kind === "scatter" ? "item" : "axis",
      valueFormatter: written,
    },
    xAxis: isBar ? measures : places,
    yAxis: isBar ? places : measures,
    series: (isPercent ? asShares(data.series) : data.series).map((one) => drawn(one, data)),
  };
}

const nameOf = (name: string | null, { soft }: ChartColours): object =>
  name === null
    ? {}
    : { name, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: soft } };

const namesOf = (series: readonly ChartSeries[]): string[] => [
  ...new Set(series.flatMap(({ points }) => points.map(([place]) => String(place)))),
];

function drawn({ name, points }: ChartSeries, { kind, stack, axis: axisType }: ChartData): object {
  const isLine = kind === "line" || kind === "area";
  const isFlipped = kind === "bar";
  const values = points.map(([place, value]) => {
    const at = axisType === "category" ? String(place) : place;
    const shown = Number.isNaN(value) ? null : value;
    return isFlipped ? [shown, at] : [at, shown];
  });
  return {
    name,
    type: isLine ? "line" : kind === "scatter" ? "scatter" : "bar",
    data: values,
    ...(stack === "none" ? {} : { stack: "all" }),
    ...(isLine
      ? { showSymbol: points.length < symbolCountMax, symbolSize: 4, sampling: "lttb" }
      : {}),
    ...(kind === "area" ? { areaStyle: { opacity: 0.3 } } : {}),
    ...(kind === "scatter" ? { symbolSize: 7 } : {}),
    ...(kind === "bar" || kind === "column" ? { barMaxWidth: 42 } : {}),
  };
}
