/** A part of a text; offsets in characters. */
export interface Place {
  line: number;
  column: number;
  from: number;
  to: number;
}

const placePattern = /\bline (\d+), column (\d+)\b/;
/** A word, a number, or one sign. */
const tokenPattern = /^(?:[\p{L}\p{N}_-]+|.)/u;

/** Where in a query an error is that names line and column; null where it names none, or one that the query has not. */
export function placeOfError(query: string, error: string | undefined): Place | null {
  const [, line = "", column = ""] = placePattern.exec(error ?? "") ?? [];
  const lines = query.split("\n");
  const text = lines[Number(line) - 1];
  if (text === undefined || Number(column) > text.length + 1) return null;
  const before = lines.slice(0, Number(line) - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const from = before + Number(column) - 1;
  const [token = ""] = tokenPattern.exec(query.slice(from, before + text.length)) ?? [];
  return { line: Number(line), column: Number(column), from, to: from + token.length };
}
