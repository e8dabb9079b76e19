import { NightcapError } from "../../../common/errors.ts";

/** `Interface eq 'eth0'`; `eq '*'` is every value, `sw` is "starts with". */
export interface DimensionTerm {
  dimension: string;
  operator: "eq" | "ne" | "sw";
  value: string;
}

/** All must hold; of each, one of its terms, which are about one dimension. */
export type DimensionFilter = readonly (readonly DimensionTerm[])[];

const filterLengthMax = 4_096;
const tokenCountMax = 1_000;
const depthMax = 16;
const tokenPattern = /\s*(?:('(?:[^']|'')*')|([(),])|([^\s'(),]+))/y;

/**
 * The `$filter` of Azure's metrics: comparisons of dimensions, joined by `and`, and by `or` between
 * those of one dimension, which binds closer (`A eq 'a' and B eq 'b' or B eq 'c'`: A, and either B).
 * Source: learn.microsoft.com/rest/api/monitor/metrics/list.
 */
export function parseDimensionFilter(text: string | undefined): DimensionFilter {
  if (text === undefined || text.trim() === "") return [];
  if (text.length > filterLengthMax) throw unreadable(text);
  const reader = { tokens: readTokens(text), at: 0, text };
  const filter = readAnd(reader, 0);
  if (reader.at < reader.tokens.length) throw unreadable(text);
  return filter;
}

/** Whether a series with these values is meant; values compare in any case. */
export function filterHolds(
  filter: DimensionFilter,
  valueOf: (dimension: string) => string,
): boolean {
  return filter.every((terms) => terms.some((term) => termHolds(term, valueOf(term.dimension))));
}

function termHolds({ operator, value }: DimensionTerm, actual: string): boolean {
  const wanted = value.toLowerCase();
  const found = actual.toLowerCase();
  if (operator === "sw") return found.startsWith(wanted);
  return (wanted === "*" || wanted === found) === (operator === "eq");
}

interface Reader {
  tokens: readonly string[];
  at: number;
  text: string;
}

function readTokens(text: string): string[] {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  for (tokenPattern.lastIndex = 0; tokenPattern.lastIndex < trimmed.length;) {
    const match = tokenPattern.exec(trimmed);
    if (!match || tokens.length === tokenCountMax) throw unreadable(text);
    tokens.push(match[0].trim());
  }
  return tokens;
}

const isNext = (reader: Reader, word: string): boolean =>
  reader.tokens[reader.at]?.toLowerCase() === word;

function take(reader: Reader): string {
  const token = reader.tokens[reader.at++];
  if (token === undefined) throw unreadable(reader.text);
  return token;
}

function expect(reader: Reader, word: string): void {
  if (!isNext(reader, word)) throw unreadable(reader.text);
  reader.at++;
}

function readAnd(reader: Reader, depth: number): DimensionTerm[][] {
  if (depth > depthMax) throw unreadable(reader.text);
  const clauses = readOr(reader, depth);
  while (isNext(reader, "and")) {
    reader.at++;
    clauses.push(...readOr(reader, depth));
  }
  return clauses;
}

function readOr(reader: Reader, depth: number): DimensionTerm[][] {
  const first = readPrimary(reader, depth);
  if (!isNext(reader, "or")) return first;
  const terms = onlyClause(reader, first);
  while (isNext(reader, "or")) {
    reader.at++;
    terms.push(...onlyClause(reader, readPrimary(reader, depth)));
  }
  const names = new Set(terms.map(({ dimension }) => dimension.toLowerCase()));
  if (names.size === 1) return [terms];
  throw invalidFilter(
    reader.text,
    `"or" cannot join different dimensions (${[...names].join(", ")})`,
  );
}

function onlyClause(reader: Reader, clauses: DimensionTerm[][]): DimensionTerm[] {
  const [terms, ...others] = clauses;
  if (terms && others.length === 0) return [...terms];
  throw invalidFilter(reader.text, '"or" cannot join what "and" has joined');
}

function readPrimary(reader: Reader, depth: number): DimensionTerm[][] {
  if (isNext(reader, "(")) {
    reader.at++;
    const inner = readAnd(reader, depth + 1);
    expect(reader, ")");
    return inner;
  }
  const name = take(reader);
  if (name.toLowerCase() === "startswith" && isNext(reader, "(")) {
    reader.at++;
    const dimension = take(reader);
    expect(reader, ",");
    const value = readValue(reader);
    expect(reader, ")");
    return [[{ dimension, operator: "sw", value }]];
  }
  const operator = take(reader).toLowerCase();
  if (operator !== "eq" && operator !== "ne" && operator !== "sw") throw unreadable(reader.text);
  return [[{ dimension: unquote(name), operator, value: readValue(reader) }]];
}

function readValue(reader: Reader): string {
  const token = take(reader);
  if (!token.startsWith("'")) throw unreadable(reader.text);
  return unquote(token);
}

const unquote = (token: string): string =>
  token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;

const unreadable = (text: string): NightcapError =>
  invalidFilter(
    text,
    "DIMENSION eq, ne or sw 'VALUE', or startswith(DIMENSION, 'VALUE'), joined by \"and\" and \"or\", expected",
  );

const invalidFilter = (text: string, why: string): NightcapError =>
  new NightcapError("BadRequest", `Detected invalid filter: ${text.slice(0, 200)}: ${why}`);
