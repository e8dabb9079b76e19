import type { Style } from "./terminal-style.ts";

/** A cell to the left, or `{ right }` for numbers. */
export type Row = readonly (string | { right: string })[];

/** Rows as lines, every column as wide as its widest cell. */
export function columns(rows: readonly Row[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, shownLength(textOf(cell)));
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const textOf = (cell: string | { right: string }): string =>
  typeof cell === "string" ? cell : cell.right;

/** Renditions take no room. */
const shownLength = (text: string): number =>
  Array.from(text.replaceAll(/\p{Cc}\[[\d;]*m/gu, "")).length;

function padded(cell: string | { right: string }, width: number): string {
  const text = textOf(cell);
  const blank = " ".repeat(Math.max(0, width - shownLength(text)));
  return typeof cell === "string" ? text + blank : blank + text;
}

/** A title and its lines below; nothing when there are none. */
export const section = (title: string, lines: readonly string[], style: Style): string[] =>
  lines.length === 0 ? [] : [style.strong(title), ...lines.map((line) => `  ${line}`)];

/** Text in lines of at most `width` characters, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
