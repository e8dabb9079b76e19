import type { LogAnswer, LogValue } from "../../logs/log-query.ts";
import { cellText } from "./table-text.ts";

const barBlocks = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
const heightBlocks = " ▁▂▃▄▅▆▇█";
/** Bars of one chart, and lines of one over time; more are counted. */
const barCountMax = 40;
const seriesCountMax = 8;
const labelWidthMax = 32;
const plotWidthMin = 10;

const barCharts = new Set(["barchart", "columnchart", "piechart", "areachart"]);
const timeCharts = new Set(["timechart", "linechart", "stackedareachart", "areachart"]);

/** A small chart of text for what `render` asks for; null where it asks for none, or the rows make none. */
export function chartText(answer: LogAnswer, widthMax: number): string | null {
  const { render, columns, rows } = answer;
  const kind = render?.visualization.toLowerCase() ?? "";
  const valueIndexes = columns.flatMap(({ type }, index) =>
    ["int", "long", "real", "decimal"].includes(type) ? [index] : [],
  );
  const timeIndex = columns.findIndex(({ type }) => type === "datetime");
  // `summarize` puts what it counts behind what it counts by.
  const last = valueIndexes.at(-1);
  if (rows.length === 0 || last === undefined) return null;
  const title = render?.properties["title"] ?? "";
  const head = title === "" ? "" : `${cellText(title)}\n`;
  if (timeCharts.has(kind) && timeIndex >= 0)
    return head + timeChart(seriesOf(answer, timeIndex, valueIndexes), widthMax);
  if (barCharts.has(kind)) return head + barChart(answer, last, widthMax);
  return null;
}

interface Series {
  readonly name: string;
  /** Milliseconds and value. */
  readonly points: (readonly [number, number])[];
}

/** One line for each column of numbers, and for each text that tells rows of one time apart. */
function seriesOf(
  { columns, rows }: LogAnswer,
  timeIndex: number,
  valueIndexes: readonly number[],
): Series[] {
  const nameIndexes = columns.flatMap(({ type }, index) => (type === "string" ? [index] : []));
  const found = new Map<string, Series>();
  for (const row of rows) {
    const time = Date.parse(String(row[timeIndex]));
    const own = nameIndexes.map((index) => cellText(row[index] ?? null));
    for (const index of valueIndexes) {
      const parts = [...own, ...(valueIndexes.length > 1 ? [columns[index]?.name ?? ""] : [])];
      const name = parts.join(" ") || (columns[index]?.name ?? "");
      const series = found.get(name) ?? { name, points: [] };
      series.points.push([time, numberOf(row[index] ?? null)]);
      found.set(name, series);
    }
  }
  return [...found.values()];
}

const numberOf = (value: LogValue): number => {
  const number = Number(value);
  return Number.isFinite(number) ? number : 0;
};

/** A line of blocks for each series, all over the same time; each is as high as its own largest value. */
function timeChart(series: readonly Series[], widthMax: number): string {
  const times = series.flatMap(({ points }) => points.map(([time]) => time));
  const from = times.reduce((least, time) => Math.min(least, time), Infinity);
  const to = times.reduce((most, time) => Math.max(most, time), -Infinity);
  const shown = series.slice(0, seriesCountMax);
  const labels = shown.map(({ name, points }) => {
    const most = points.reduce((max, [, value]) => Math.max(max, value), 0);
    return `${shorten(name)}  max ${amountText(most)}`;
  });
  const labelWidth = Math.max(...labels.map(({ length }) => length));
  const width = Math.max(plotWidthMin, widthMax - labelWidth - 2);
  const lines = shown.map(
    ({ points }, index) =>
      `${(labels[index] ?? "").padEnd(labelWidth)}  ${sparkline(points, { from, to, width })}`,
  );
  const [begin, end] = [from, to].map((time) => new Date(time).toISOString().slice(0, 19));
  const axis = `${begin}Z${" ".repeat(Math.max(1, width - 40))}${end}Z`;
  const more = series.length - shown.length;
  return `${[...lines, `${" ".repeat(labelWidth + 2)}${axis}`, ...(more > 0 ? [`and ${more} more lines`] : [])].join("\n")}\n`;
}

function sparkline(
  points: Series["points"],
  { from, to, width }: { from: number; to: number; width: number },
): string {
  const sums = new Float64Array(width);
  const counts = new Float64Array(width);
  for (const [time, value] of points) {
    const at = to === from ? 0 : Math.round(((time - from) / (to - from)) * (width - 1));
    sums[at] = (sums[at] ?? 0) + value;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const values = sums.map((sum, index) => sum / Math.max(counts[index] ?? 0, 1));
  const most = Math.max(...values);
  return Array.from(values)
    .map((value) => {
      const level = most > 0 ? Math.ceil((Math.max(value, 0) / most) * 8) : 0;
      return heightBlocks[level] ?? " ";
    })
    .join("")
    .trimEnd();
}

function barChart({ columns, rows }: LogAnswer, valueIndex: number, widthMax: number): string {
  const shown = rows.slice(0, barCountMax);
  const labelled = shown.map((row) => {
    const others = columns.flatMap(({ type }, index) =>
      index !== valueIndex && type !== "dynamic" ? [cellText(row[index] ?? null)] : [],
    );
    return { label: shorten(others.join(" ")), value: numberOf(row[valueIndex] ?? null) };
  });
  const most = labelled.reduce((max, { value }) => Math.max(max, value), 0);
  const labelWidth = labelled.reduce((max, { label }) => Math.max(max, label.length), 0);
  const amounts = labelled.map(({ value }) => amountText(value));
  const amountWidth = amounts.reduce((max, { length }) => Math.max(max, length), 0);
  const width = Math.max(plotWidthMin, widthMax - labelWidth - amountWidth - 4);
  const lines = labelled.map(({ label, value }, index) => {
    const amount = (amounts[index] ?? "").padStart(amountWidth);
    return `${label.padEnd(labelWidth)}  ${amount}  ${bar(most > 0 ? value / most : 0, width)}`.trimEnd();
  });
  const more = rows.length - shown.length;
  return `${[...lines, ...(more > 0 ? [`and ${more} more bars`] : [])].join("\n")}\n`;
}

function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (barBlocks[eighths % 8] ?? "");
}

const shorten = (text: string): string =>
  text.length <= labelWidthMax ? text : `${text.slice(0, labelWidthMax - 1)}…`;

const amountText = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toPrecision(4);
