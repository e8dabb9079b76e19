import type { MetricAnswer, MetricPoint } from "../../api/host-metrics.ts";

export type MetricUnit = "bytesRate" | "rate" | "percent" | "bytes";

/** One picture: metrics by their names in the API, drawn together because they share a unit. */
export interface MetricChart {
  key: string;
  unit: MetricUnit;
  lines: readonly { name: string; words: string }[];
  dimension: string | null;
  /** Shown before anybody chooses. */
  isFirst: boolean;
}

const chart = (
  key: string,
  unit: MetricUnit,
  lines: Readonly<Record<string, string>>,
  more: Partial<MetricChart> = {},
): MetricChart => ({
  key,
  unit,
  lines: Object.entries(lines).map(([name, words]) => ({ name, words })),
  dimension: null,
  isFirst: false,
  ...more,
});

export const metricCharts: readonly MetricChart[] = [
  chart(
    "network",
    "bytesRate",
    { "Network In Total": "in", "Network Out Total": "out" },
    { isFirst: true },
  ),
  chart(
    "packets",
    "rate",
    { "Packets In Total": "in", "Packets Out Total": "out" },
    { isFirst: true },
  ),
  chart("cpu", "percent", { "Percentage CPU": "cpu" }, { isFirst: true }),
  chart("memory", "bytes", { "Available Memory Bytes": "memory" }, { isFirst: true }),
  chart("disk", "bytesRate", { "Disk Read Bytes": "read", "Disk Write Bytes": "written" }),
  chart(
    "interfaces",
    "bytesRate",
    { "Interface Bytes In": "in", "Interface Bytes Out": "out" },
    { dimension: "Interface" },
  ),
];

/** Time ranges with the grain that gives some hundred points of each. */
export const metricRanges = {
  PT1H: { interval: "PT1M", intervalSeconds: 60 },
  PT6H: { interval: "PT5M", intervalSeconds: 300 },
  P1D: { interval: "PT15M", intervalSeconds: 900 },
  P7D: { interval: "PT1H", intervalSeconds: 3_600 },
  P30D: { interval: "PT6H", intervalSeconds: 21_600 },
} as const;
export type MetricRange = keyof typeof metricRanges;

export const isMetricRange = (text: string | null): text is MetricRange =>
  text !== null && text in metricRanges;

export interface MetricLine {
  /** Of `hostMetric`. */
  words: string;
  /** Value of the dimension; null: of the whole host. */
  part: string | null;
  /** Milliseconds since the epoch; null: not measured then. */
  points: [number, number | null][];
}

/** A part of an interval this short says nothing of it yet. */
const partialSecondsMin = 5;

/** The lines of a picture. Totals become rates, and of an interval under way what has passed of it counts. */
export function linesOf(
  { lines, unit }: MetricChart,
  answer: MetricAnswer,
  { intervalSeconds, now }: { intervalSeconds: number; now: number },
): MetricLine[] {
  const isRate = unit === "bytesRate" || unit === "rate";
  const valueOf = (point: MetricPoint): [number, number | null] | null => {
    const time = Date.parse(point.timeStamp);
    const value = point.total ?? point.average;
    if (value === undefined) return [time, null];
    const seconds = Math.min(intervalSeconds, (now - time) / 1_000);
    if (!isRate) return [time, value];
    return seconds < partialSecondsMin ? null : [time, value / seconds];
  };
  return lines.flatMap(({ name, words }) => {
    const found = answer.value.find((each) => each.name.value === name);
    return (found?.timeseries ?? []).map(({ metadatavalues, data }) => ({
      words,
      part: metadatavalues?.[0]?.value ?? null,
      points: data.flatMap((point) => {
        const value = valueOf(point);
        return value ? [value] : [];
      }),
    }));
  });
}

/** The last value of a line; null: none was measured. */
export const lastOf = ({ points }: MetricLine): number | null =>
  points.findLast(([, value]) => value !== null)?.[1] ?? null;
