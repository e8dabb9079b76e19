import type { LogCell, LogTable, LogType } from "../../../api/logs.ts";

const numericTypes: ReadonlySet<LogType> = new Set(["int", "long", "real", "decimal"]);

export const isNumeric = (type: LogType): boolean => numericTypes.has(type);

/** A value as it is shown and copied: as the answer has it. */
export const cellText = (cell: LogCell | undefined): string =>
  cell === null || cell === undefined ? "" : String(cell);

/** A dynamic value; what is no JSON stays text. */
export function dynamicValue(cell: LogCell | undefined): unknown {
  if (typeof cell !== "string") return cell ?? null;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

/** Not a number where the value is none. */
export const cellNumber = (cell: LogCell | undefined): number =>
  cell === null || cell === undefined || cell === "" ? Number.NaN : Number(cell);

const secondsPart = String.raw`(\d\d):(\d\d):(\d\d(?:\.\d+)?)`;
const timespanPattern = new RegExp(`^(-?)(?:(\\d+)\\.)?${secondsPart}$`);

/** Seconds of a timespan as Kusto writes it. */
export function timespanSeconds(text: string): number {
  const [, sign, days = "0", hours, minutes, seconds] = timespanPattern.exec(text) ?? [];
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return sign === "-" ? -whole : whole;
}

/** Compares values of a column as its type orders them; nothing comes first. */
export function compareCells(type: LogType): (a: LogCell, b: LogCell) => number {
  const keyOf = sortKey(type);
  return (a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    if (left === right) return 0;
    if (left === null) return -1;
    if (right === null) return 1;
    return left < right ? -1 : 1;
  };
}

function sortKey(type: LogType): (cell: LogCell) => number | bigint | string | null {
  if (type === "long")
    return (cell) => (typeof cell === "bigint" || typeof cell === "number" ? cell : null);
  if (isNumeric(type)) return (cell) => numberKey(cellNumber(cell));
  if (type === "timespan")
    return (cell) => (cell === null ? null : numberKey(timespanSeconds(cellText(cell))));
  return (cell) => (cell === null ? null : cellText(cell));
}

const numberKey = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Rows in which any cell has the text, without regard to case. */
export function filteredRows(rows: LogTable["rows"], text: string): LogTable["rows"] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter((row) => row.some((cell) => cellText(cell).toLowerCase().includes(wanted)));
}
