import { cellText, type TableContent } from "./table-text.ts";

/** More rows are read as a table, even as one that is cut. */
const recordCountMax = 10;
/** A table that is wider than this many terminals shows too little of each row. */
const terminalsMax = 2;

/** The rows one below the other, a line for each column that is not blank; null where a table reads better. */
export function recordText({ columns, rows }: TableContent, widthMax: number): string | null {
  if (rows.length === 0 || rows.length > recordCountMax) return null;
  const texts = rows.map((row) => row.map(cellText));
  const names = columns.map(({ name }) => cellText(name));
  const tableWidth = names.reduce((sum, name, index) => {
    const most = texts.reduce((max, row) => Math.max(max, (row[index] ?? "").length), 0);
    return most === 0 ? sum : sum + Math.max(most, name.length) + 2;
  }, 0);
  if (tableWidth <= widthMax * terminalsMax) return null;
  const shown = names.filter((_, index) => texts.some((row) => row[index] !== ""));
  const nameWidth = shown.reduce((most, { length }) => Math.max(most, length), 0);
  const records = texts.map((row, number) => {
    const title = `-- ${number + 1} `;
    const lines = row.flatMap((text, index) =>
      text === "" ? [] : [`${(names[index] ?? "").padEnd(nameWidth)}  ${text}`],
    );
    return [title.padEnd(Math.min(nameWidth + 2, widthMax), "-"), ...lines].join("\n");
  });
  return `${records.join("\n")}\n`;
}
