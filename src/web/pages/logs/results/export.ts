import type { LogCell, LogColumn, LogTable } from "../../../api/logs.ts";
import { cellText, isNumeric } from "./cell-text.ts";

const lineEnd = "\r\n";
/** What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection). */
const formulaStart = /^[=+\-@\t\r]/;
const needsQuotes = /[",\r\n]/;

/**
 * Comma-separated values as RFC 4180 has them, with a line of names. A text that a spreadsheet would run as a formula
 * gets an apostrophe before it; numbers, times and true or false stay as they are.
 */
export function csvOf({ columns, rows }: LogTable): string {
  const lines = [columns.map(({ name }) => field(harmless(name)))];
  for (const row of rows) lines.push(columns.map((column, at) => csvCell(row[at], column)));
  return lines.map((line) => line.join(",") + lineEnd).join("");
}

const csvCell = (cell: LogCell | undefined, { type }: LogColumn): string => {
  const text = cellText(cell);
  const isText = type === "string" || type === "dynamic" || type === "guid";
  return field(isText ? harmless(text) : text);
};

const harmless = (text: string): string => (formulaStart.test(text) ? `'${text}` : text);

const field = (text: string): string =>
  needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** An array of objects, a row each; dynamic values are values and not text, numbers keep every digit. */
export function jsonOf({ columns, rows }: LogTable): string {
  const names = columns.map(({ name }) => JSON.stringify(name));
  const objects = rows.map((row) => {
    const members = columns.map((column, at) => `${names[at]}: ${jsonCell(row[at], column)}`);
    return `  { ${members.join(", ")} }`;
  });
  return `[\n${objects.join(",\n")}\n]\n`;
}

function jsonCell(cell: LogCell | undefined, { type }: LogColumn): string {
  if (cell === null || cell === undefined) return "null";
  if (typeof cell === "bigint") return cell.toString();
  if (type === "dynamic" && typeof cell === "string")
    return isJson(cell) ? cell : JSON.stringify(cell);
  // A decimal comes as text, so that no digit is lost; it is a number all the same.
  if (isNumeric(type) && /^-?\d+(?:\.\d+)?$/.test(cellText(cell))) return cellText(cell);
  return JSON.stringify(cell);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
