import type { QueryDiagnostic, QueryError } from "../../query/query-error.ts";

/** Mistakes that are shown; the first ones are what the others come from. */
const shownMax = 5;
/** Characters of a line of the query that are shown. */
const lineLengthMax = 160;

/** What is wrong with a query, each with its line, a mark under the place, and a hint where there is one. */
export function queryErrorText(text: string, { diagnostics, message }: QueryError): string {
  if (diagnostics.length === 0) return message;
  const shown = diagnostics.slice(0, shownMax).map((each) => describe(text, each));
  const more = diagnostics.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function describe(text: string, diagnostic: QueryDiagnostic): string {
  const { message, line, column, hint, length } = diagnostic;
  const place = `line ${line}, column ${column}`;
  const source = text.split("\n")[line - 1] ?? "";
  const first = Math.max(0, column - 1 - lineLengthMax / 2);
  const shown = source.slice(first, first + lineLengthMax).replaceAll(/\p{Cc}/gu, " ");
  const at = column - 1 - first;
  const mark = "^".repeat(Math.max(1, Math.min(length, shown.length - at)));
  return [
    `query: ${message} (${place})`,
    ...(shown.trim() === "" ? [] : [`  ${shown}`, `  ${" ".repeat(at)}${mark}`]),
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ].join("\n");
}
