import type { LogCell, LogColumn, LogRender, LogTable } from "../../../api/logs.ts";
import { cellNumber, cellText, isNumeric, timespanSeconds } from "./cell-text.ts";

export type ChartKind = "line" | "area" | "column" | "bar" | "scatter" | "pie" | "card";

const kinds: Readonly<Record<string, ChartKind>> = {
  timechart: "line",
  linechart: "line",
  areachart: "area",
  stackedareachart: "area",
  columnchart: "column",
  barchart: "bar",
  scatterchart: "scatter",
  piechart: "pie",
  card: "card",
};

/** A place on the horizontal axis: milliseconds since 1970, a number, or a word. */
type Place = number | string;

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly (readonly [Place, number])[];
}

export interface ChartData {
  readonly kind: ChartKind;
  readonly axis: "time" | "value" | "category";
  readonly stack: "none" | "stacked" | "stacked100";
  readonly title: string | null;
  readonly xTitle: string | null;
  readonly yTitle: string | null;
  readonly hasLegend: boolean;
  readonly series: readonly ChartSeries[];
  /** Series, or points of words, that are too many to be drawn. */
  readonly omittedCount: number;
}

/** Why there is no chart: nobody asked for one, this page does not draw it, or the columns are not those it needs. */
export type NoChart = "none" | "unknown" | "columns";

const seriesCountMax = 40;
const categoryCountMax = 500;

/** The rows as `render` wants them drawn. */
export function chartData(table: LogTable, render: LogRender | undefined): ChartData | NoChart {
  const visualization = (render?.visualization ?? "table").toLowerCase();
  if (visualization === "table" || visualization === "") return "none";
  const kind = kinds[visualization];
  if (!kind || !render) return "unknown";
  const chosen = chooseColumns(table.columns, render, kind);
  if (!chosen || table.rows.length === 0) return "columns";
  const axis = axisOf(kind, chosen.x);
  const all = seriesOf(table, chosen, axis);
  const shown = all.slice(0, seriesCountMax).map((one) => limited(one, axis));
  const pointCount = Math.max(0, ...all.map(({ points }) => points.length));
  const cutCount = axis === "category" ? Math.max(0, pointCount - categoryCountMax) : 0;
  return {
    kind,
    axis,
    stack: stackOf(visualization, render),
    title: given(render.title),
    xTitle: given(render.xTitle),
    yTitle: given(render.yTitle),
    hasLegend: render.legend?.toLowerCase() !== "hidden",
    series: shown,
    omittedCount: all.length - shown.length + cutCount,
  };
}

const given = (text: string | null | undefined): string | null =>
  text === undefined || text === "" ? null : text;

function stackOf(visualization: string, { kind }: LogRender): ChartData["stack"] {
  const wanted = kind?.toLowerCase() ?? "";
  if (wanted === "stacked100") return "stacked100";
  const isStacked = wanted === "stacked" || visualization === "stackedareachart";
  return isStacked ? "stacked" : "none";
}

interface Chosen {
  readonly x: LogColumn;
  readonly ys: readonly LogColumn[];
  readonly splits: readonly LogColumn[];
}

/** Those that are named; else the first time or number is x, all further numbers are y, and words part the series. */
function chooseColumns(
  columns: readonly LogColumn[],
  render: LogRender,
  kind: ChartKind,
): Chosen | null {
  const named = (text: string | null | undefined): LogColumn[] =>
    (text ?? "")
      .split(",")
      .map((name) => columns.find((column) => column.name === name.trim()))
      .filter((column) => column !== undefined);
  const isTimed = kind === "line" || kind === "area" || kind === "scatter";
  const [wantedX] = named(render.xColumn);
  const x =
    wantedX ?? (isTimed ? columns.find(({ type }) => isPlace(type)) : undefined) ?? columns[0];
  if (!x) return null;
  const wantedY = named(render.yColumns);
  const wantedSplits = named(render.series);
  const isTaken = (column: LogColumn): boolean => column === x || wantedSplits.includes(column);
  const isMeasure = ({ type }: LogColumn): boolean => isNumeric(type) || type === "timespan";
  const ys =
    wantedY.length > 0 ? wantedY : columns.filter((each) => isMeasure(each) && !isTaken(each));
  const others = columns.filter((each) => each !== x && !ys.includes(each));
  const splits = wantedSplits.length > 0 ? wantedSplits : others.filter(({ type }) => isWord(type));
  if (kind === "card") return { x, ys: [...(isMeasure(x) ? [x] : []), ...ys], splits: [] };
  return ys.length === 0 ? null : { x, ys, splits: kind === "pie" ? [] : splits };
}

const isPlace = (type: LogColumn["type"]): boolean => type === "datetime" || isNumeric(type);
const isWord = (type: LogColumn["type"]): boolean => ["string", "bool", "guid"].includes(type);

function axisOf(kind: ChartKind, { type }: LogColumn): ChartData["axis"] {
  if (kind === "pie" || kind === "card" || kind === "bar") return "category";
  if (type === "datetime") return "time";
  return kind !== "column" && isNumeric(type) ? "value" : "category";
}

function seriesOf(
  { columns, rows }: LogTable,
  { x, ys, splits }: Chosen,
  axis: ChartData["axis"],
): ChartSeries[] {
  const at = (column: LogColumn): number => columns.indexOf(column);
  const places = { x: at(x), splits: splits.map(at) };
  const found = new Map<string, [Place, number][]>();
  for (const row of rows) {
    const place = placeOf(row[places.x], axis);
    if (place === null) continue;
    const split = places.splits.map((index) => cellText(row[index])).join(", ");
    for (const y of ys) {
      const name = nameOf(split, y, { isSplit: splits.length > 0, isOne: ys.length === 1 });
      const points = found.get(name) ?? [];
      found.set(name, points);
      points.push([place, measureOf(row[at(y)], y)]);
    }
  }
  return Array.from(found, ([name, points]) => ({
    name,
    points: axis === "category" ? points : inOrder(points),
  }));
}

const nameOf = (
  split: string,
  { name }: LogColumn,
  { isSplit, isOne }: { isSplit: boolean; isOne: boolean },
): string => (isSplit ? (isOne ? split : `${split}: ${name}`) : name);

function placeOf(cell: LogCell | undefined, axis: ChartData["axis"]): Place | null {
  if (axis === "category") return cellText(cell);
  const place = axis === "time" ? Date.parse(cellText(cell)) : cellNumber(cell);
  return Number.isNaN(place) ? null : place;
}

const measureOf = (cell: LogCell | undefined, { type }: LogColumn): number =>
  type === "timespan" ? timespanSeconds(cellText(cell)) : cellNumber(cell);

const inOrder = (points: [Place, number][]): [Place, number][] =>
  points.toSorted(([a], [b]) => Number(a) - Number(b));

const limited = (series: ChartSeries, axis: ChartData["axis"]): ChartSeries =>
  axis === "category" ? { ...series, points: series.points.slice(0, categoryCountMax) } : series;

/** Each place's parts as shares of what they make together, in per cent. */
export function asShares(series: readonly ChartSeries[]): ChartSeries[] {
  const sums = new Map<Place, number>();
  for (const { points } of series)
    for (const [place, value] of points)
      sums.set(place, (sums.get(place) ?? 0) + (Number.isNaN(value) ? 0 : value));
  return series.map(({ name, points }) => ({
    name,
    points: points.map(([place, value]): [Place, number] => [
      place,
      (100 * value) / (sums.get(place) || 1),
    ]),
  }));
}
