/** Operators that make of each row at most one, whatever other rows there are. */
const rowOperators: ReadonlySet<string> = new Set([
  "where",
  "filter",
  "extend",
  "project",
  "project-away",
  "project-keep",
  "project-reorder",
]);
/** Functions whose value is not that of the row alone: it depends on the moment, on chance, or on other rows. */
const otherFunctions =
  /\b(?:now|ago|rand|new_guid|toscalar|table|cluster|database|externaldata|materialize|ingestion_time|prev|next|row_\w+)\s*\(/i;
/** Lists that rows are compared with; one that is no list of values may be a table. */
const lists = /(?:\bin~?|\bhas_any|\bhas_all)\s*\(([^()]*)(.)/gi;
const literalList = /^[\s",\d.-]*$/;
const assignsTime = /\bTimeGenerated\b[\s"'\]]*=(?![=~])/;
const comments = /\/\/[^\n]*/g;
const texts = /@?"(?:[^"\\\n]|\\.)*"|@?'(?:[^'\\\n]|\\.)*'/g;

/**
 * The table of a query that looks at each row by itself, so that its answer over some windows is made of those over their
 * parts; null for every query of which that is not certain.
 */
export function rowWiseTable(query: string): string | null {
  if (assignsTime.test(query)) return null;
  // What is a verbatim text, or a text with a comment's sign, is left to the slower way.
  if (/[@`]|h"|h'/.test(query) || /["'][^"'\n]*\/\/[^"'\n]*["']/.test(query)) return null;
  const text = query
    .replace(comments, "")
    .replace(texts, '""')
    .replace(/[\s;]+$/, "");
  if (text.includes(";") || otherFunctions.test(text)) return null;
  for (const [, list = "", end] of text.matchAll(lists)) {
    if (end !== ")" || !literalList.test(list)) return null;
  }
  const parts = pipesOutside(text);
  const [table = "", ...operators] = (parts ?? []).map((part) => part.trim());
  if (!/^[A-Za-z_]\w*$/.test(table)) return null;
  const isRowWise = operators.every((part) => rowOperators.has(/^[a-z-]+/.exec(part)?.[0] ?? ""));
  return isRowWise ? table : null;
}

/** The parts between pipes; null where a pipe is inside of brackets. */
function pipesOutside(text: string): string[] | null {
  let depth = 0;
  let part = "";
  const parts: string[] = [];
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (character === "|" && depth > 0) return null;
    if (character === "|") {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part];
}
