/** One thing that is wrong with a query, as the parser or the translator says it. */
export interface QueryDiagnostic {
  /** The parser's own code such as KS142, or a name of ours such as NotSupported. */
  readonly code: string;
  readonly message: string;
  /** Offset in the text, and how much of it is meant. */
  readonly start: number;
  readonly length: number;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly hint?: string;
}

export type QueryErrorCode =
  | "SyntaxError"
  | "NotSupported"
  | "QueryTooLarge"
  /** The translation took longer than it may. */
  | "TranslationTimeout"
  /** More queries wait for their translation than may wait. */
  | "TooManyQueries";

/** A query that cannot be translated, with everything that is wrong with it. */
export class QueryError extends Error {
  readonly code: QueryErrorCode;
  readonly diagnostics: readonly QueryDiagnostic[];

  constructor(code: QueryErrorCode, diagnostics: readonly QueryDiagnostic[]) {
    const [first] = diagnostics;
    super(first ? `${first.message} (line ${first.line}, column ${first.column})` : code);
    this.name = "QueryError";
    this.code = code;
    this.diagnostics = diagnostics;
  }
}

/** An error that is about a query as a whole. */
export function plainError(code: QueryErrorCode, message: string): QueryError {
  return new QueryError(code, [{ code, message, start: 0, length: 0, line: 1, column: 1 }]);
}

/** Line and column of an offset, both counted from 1. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
