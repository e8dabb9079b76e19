import type { Span } from "./ast.ts";

export type TokenKind =
  | "word"
  /** Written with a dot before it: a field, whatever else it may look like. */
  | "fieldWord"
  /** Written with a colon before it: a literal, whatever else it may look like. */
  | "literalWord"
  | "string"
  | "character"
  /** What stands between the brackets of a slice. */
  | "ranges"
  | "symbol"
  | "end";

export interface Token extends Span {
  kind: TokenKind;
  /** As written, except that operators have one spelling and strings have their escapes resolved. */
  text: string;
}
