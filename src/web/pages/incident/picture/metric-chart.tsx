import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { WholeIncident } from "../../../api/incidents.ts";
import type { MetricValues } from "../../../api/metrics.ts";
import { Chart, type ChartColours, type ChartOption } from "../../../charts/chart.tsx";
import { axis, plotSpace, tooltip } from "../../../charts/common.ts";
import { type ExpectedPoint, expectedBand } from "../../../charts/expected-band.ts";
import { useFormats } from "../../../words/moments.ts";
import type { RecordedTime } from "./recorded-times.ts";

interface ChartProps {
  incident: WholeIncident;
  values: MetricValues;
  shown: { from: number; to: number };
  threshold: number | null;
  /** What a dynamic rule expected, from moment to moment. */
  band: readonly ExpectedPoint[];
  /** What it expected when it fired, where nothing else is known. */
  expected: { low: number; high: number } | null;
  times: readonly RecordedTime[];
  /** The highest value that is drawn; null: all are. */
  near: number | null;
}

/** More values than these are a line without dots. */
const symbolCountMax = 80;

/** The metric, with what it is judged by, and what happened. */
export function MetricChart(props: ChartProps): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { incident, values, shown, threshold, band, expected, times, near } = props;
  const show = (value: number): string =>
    values.unit.startsWith("Bytes") ? bytes(value) : number(value);
  // The picture is drawn anew only when what is in it changes.
  const drawn = JSON.stringify({
    values,
    shown,
    threshold,
    band,
    expected,
    times,
    near,
    alerts: incident.alerts,
  });
  const option: ChartOption = useCallback(
    (colours) => ({
      grid: { ...plotSpace, top: 26 },
      animation: false,
      tooltip: { ...tooltip(colours), trigger: "axis", valueFormatter: show },
      xAxis: { type: "time", min: shown.from, max: shown.to, ...axis(colours) },
      yAxis: {
        type: "value",
        max: near ?? (({ max }: { max: number }) => Math.max(max, (threshold ?? 0) * 1.15)),
        ...axis(colours),
        axisLabel: { color: colours.faint, formatter: show, showMaxLabel: near === null },
      },
      series: [
        ...expectedBand(band, { colours, name: t("alertPreview.expected") }),
        ...values.series.map(({ name, points }, at) =>
          Object.assign(
            {
              type: "line",
              name: name || t("picture.value"),
              data: points,
              symbol: "circle",
              symbolSize: 4,
              showSymbol: points.length <= symbolCountMax,
              lineStyle: { width: 1.6 },
              itemStyle: { color: at === 0 ? colours.signal : undefined },
            },
            at === 0 && marks(props, colours, (key) => t(key)),
          ),
        ),
      ],
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `drawn` stands for them
    [drawn, t],
  );
  return <Chart option={option} label={t("picture.label")} height={250} />;
}

/** Threshold, firing and resolution as lines; what was recorded, and what was expected, as bands. */
function marks(
  { incident, threshold, expected, times, shown }: ChartProps,
  colours: ChartColours,
  word: (key: string) => string,
): object {
  const line = (colour: string) => ({ color: colour, type: "dashed" as const });
  const [lead] = incident.alerts;
  const at = (time: string | null | undefined, key: string) =>
    time == null
      ? []
      : [
          {
            xAxis: Date.parse(time),
            lineStyle: line(colours.bad),
            // The two may be near each other: one word ends where its line is.
            label: { formatter: word(key), align: key === "change.alert" ? "right" : "center" },
          },
        ];
  const limit =
    threshold === null
      ? []
      : [
          {
            yAxis: threshold,
            lineStyle: line(colours.lamp),
            label: { formatter: word("picture.thresholdLine"), position: "insideStartTop" },
          },
        ];
  const recorded = times.map(({ name, from, to }) => [
    {
      name: shortName(name),
      xAxis: from,
      itemStyle: { color: colours.lamp, opacity: 0.16 },
      // A name begins where its band does, unless that is near the edge.
      label: { position: isLate(from, shown) ? "insideTopRight" : "insideTopLeft" },
    },
    { xAxis: to },
  ]);
  const band = expected
    ? [
        [
          { yAxis: expected.low, itemStyle: { color: colours.good, opacity: 0.1 } },
          { yAxis: expected.high },
        ],
      ]
    : [];
  return {
    markLine: {
      symbol: "none",
      label: { color: colours.soft },
      data: [
        ...limit,
        ...at(lead?.firedTime, "change.alert"),
        ...at(lead?.resolvedAt, "incident.resolved"),
      ],
    },
    markArea: {
      label: { color: colours.soft, fontSize: 10 },
      data: [...band, ...recorded],
    },
  };
}

const isLate = (time: number, { from, to }: ChartProps["shown"]): boolean =>
  time - from > 0.8 * (to - from);

const nameLengthMax = 18;
const shortName = (name: string): string =>
  name.length > nameLengthMax ? `${name.slice(0, nameLengthMax - 1)}…` : name;
