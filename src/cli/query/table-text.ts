import type { LogColumn, LogValue } from "../../logs/log-query.ts";

/** Rows and columns of an answer, or of anything that is shown like one. */
export interface TableContent {
  readonly columns: readonly LogColumn[];
  readonly rows: readonly (readonly LogValue[])[];
}

/** In a terminal no column is wider, so that one long text does not push the others out. */
const columnWidthMax = 48;
const gap = "  ";
/** Lines that are put together before they are handed on. */
const pieceCharacters = 64 << 10;

const numeric = new Set<LogColumn["type"]>(["int", "long", "real", "decimal", "timespan"]);

interface ShownColumn {
  readonly index: number;
  readonly name: string;
  readonly width: number;
  readonly isNumeric: boolean;
}

/**
 * The rows as aligned text, numbers to the right. With `widthMax`, columns that are blank in every row, and those that
 * do not fit, are left out and counted; without it everything is there.
 */
export function* tableText(
  { columns, rows }: TableContent,
  widthMax: number | null,
): Generator<string> {
  const texts = rows.map((row) => row.map(cellText));
  const all = columns.map((column, index) => shownColumn(column, index, texts));
  const limited = widthMax === null ? all : all.map((each) => narrowed(each));
  const filled =
    widthMax === null || rows.length === 0
      ? limited
      : limited.filter(({ index }) => texts.some((row) => row[index] !== ""));
  const shown = widthMax === null ? filled : fitting(filled, widthMax);
  yield `${lineOf(
    shown,
    shown.map(({ name }) => name),
  )}\n`;
  yield `${shown.map(({ width }) => "-".repeat(width)).join(gap)}\n`;
  let piece = "";
  for (const row of texts) {
    piece += `${lineOf(
      shown,
      shown.map(({ index }) => row[index] ?? ""),
    )}\n`;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = "";
  }
  yield piece;
  yield hiddenText(columns.length - filled.length, filled.length - shown.length);
}

function shownColumn(
  { name, type }: LogColumn,
  index: number,
  texts: readonly (readonly string[])[],
): ShownColumn {
  const width = texts.reduce((most, row) => Math.max(most, length(row[index] ?? "")), 1);
  const shown = printable(name);
  return {
    index,
    name: shown,
    width: Math.max(width, length(shown)),
    isNumeric: numeric.has(type),
  };
}

const narrowed = (column: ShownColumn): ShownColumn => ({
  ...column,
  width: Math.min(column.width, columnWidthMax),
});

/** As many of the first columns as fit; at least one, which is cut. */
function fitting(columns: readonly ShownColumn[], widthMax: number): readonly ShownColumn[] {
  let used = 0;
  const count = columns.findIndex(({ width }, index) => {
    used += width + (index > 0 ? gap.length : 0);
    return used > widthMax;
  });
  const [first] = columns;
  if (count === 0 && first) return [{ ...first, width: Math.max(1, widthMax) }];
  return count < 0 ? columns : columns.slice(0, count);
}

function lineOf(columns: readonly ShownColumn[], texts: readonly string[]): string {
  const cells = columns.map(({ width, isNumeric }, index) => {
    const text = cut(texts[index] ?? "", width);
    const blank = " ".repeat(Math.max(0, width - length(text)));
    return isNumeric ? blank + text : text + blank;
  });
  return cells.join(gap).trimEnd();
}

function hiddenText(blank: number, wide: number): string {
  const parts = [
    ...(blank > 0 ? [`${blank} blank`] : []),
    ...(wide > 0 ? [`${wide} more that do not fit`] : []),
  ];
  return parts.length > 0 ? `columns not shown: ${parts.join(", ")}; --json has all\n` : "";
}

const length = (text: string): number => (isPlain(text) ? text.length : Array.from(text).length);
const isPlain = (text: string): boolean => !/[\ud800-\udfff]/.test(text);

const cut = (text: string, width: number): string =>
  length(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, width - 1)
        .join("")}…`;

/** A value as text; null is blank. */
export function cellText(value: LogValue): string {
  if (value === null) return "";
  return typeof value === "string" ? printable(value) : String(value);
}

/** Values come from the network: what would move the cursor is not shown. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
