import type { FlowEngine } from "./engine.ts";

/** By the names of columns; what a row lacks is the column's default. */
export type TableRow = Readonly<Record<string, string | number | boolean | Date>>;

export interface InsertRowsOptions {
  readonly table: string;
  readonly rows: readonly TableRow[];
  /** The same token again inserts nothing. */
  readonly token: string;
}

/** Writes rows to a table beside that of flows. */
export async function insertRows(
  engine: FlowEngine,
  { table, rows, token }: InsertRowsOptions,
): Promise<void> {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => `${JSON.stringify(row, readable)}\n`).join("");
  await engine.insertLines(table, columns, Buffer.from(lines), { token });
}

/** A moment as the engine reads it; by then JSON has made text of it. */
function readable(this: Record<string, unknown>, name: string, value: unknown): unknown {
  if (!(this[name] instanceof Date)) return value;
  return String(value).replace("T", " ").replace("Z", "");
}
