import type { LogAnswer, LogValue } from "../../logs/log-query.ts";
import type { KustoType } from "../../query/sql-value.ts";

type Answer = Pick<LogAnswer, "columns" | "rows">;

/** Rows as a JSON array of objects, one a line; dynamic values are JSON themselves. */
export function* answerJson({ columns, rows }: Answer): Generator<string> {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  yield "[";
  let mark = "\n";
  for (const row of rows) {
    const members = columns.map(
      ({ type }, index) => `${keys[index]}:${jsonOf(type, row[index] ?? null)}`,
    );
    yield `${mark}{${members.join(",")}}`;
    mark = ",\n";
  }
  yield "\n]\n";
}

function jsonOf(type: KustoType, value: LogValue): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  const isStructure = type === "dynamic" && typeof value === "string" && /^[[{]/.test(value);
  return isStructure ? value : JSON.stringify(value);
}

/** Rows as RFC 4180 has them, but with a line feed alone at their end, as programs of Unix expect. */
export function* answerCsv({ columns, rows }: Answer): Generator<string> {
  yield `${columns.map(({ name }) => csvOf(name)).join(",")}\n`;
  for (const row of rows) yield `${row.map((value) => csvOf(value)).join(",")}\n`;
}

function csvOf(value: LogValue): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
