/**
 * The only two ways in which text of a query becomes part of SQL. ClickHouse reads backslash escapes in
 * both kinds of quotes, so the backslash is doubled before the quote is escaped.
 */
export function sqlString(text: string): string {
  return `'${escaped(text).replaceAll("'", String.raw`\'`)}'`;
}

export function sqlName(name: string): string {
  return `"${escaped(name).replaceAll('"', String.raw`\"`)}"`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", String.raw`\\`).replaceAll("\0", String.raw`\0`);
}
