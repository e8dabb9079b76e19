import type { SqlValue } from "../sql-value.ts";

/** A dynamic value whose text is at hand as that text, so that no JSON is made and read again. */
export const textual = (value: SqlValue): SqlValue =>
  value.type === "dynamic" && value.text !== undefined
    ? { sql: value.text, type: "string" }
    : value;
