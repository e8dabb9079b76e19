/** Where a part of a filter lies in its text: `start` to before `end`. */
export interface Span {
  start: number;
  end: number;
}

export type CompareOperator = "==" | "!=" | "===" | "!==" | ">" | "<" | ">=" | "<=";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "&";
/** How many values of a field a comparison must hold for, where that is written before it. */
export type Quantifier = "any" | "all";

/** What a filter asks of a packet: true or false. */
export type Condition =
  | ({ kind: "and" | "or" | "xor"; left: Condition; right: Condition } & Span)
  | ({ kind: "not"; operand: Condition } & Span)
  | ({ kind: "test"; operand: Operand } & Span)
  | Comparison
  | TextComparison
  | Membership;

export interface Comparison extends Span {
  kind: "compare";
  operator: CompareOperator;
  quantifier: Quantifier | null;
  left: Operand;
  right: Operand;
}

export interface TextComparison extends Span {
  kind: "contains" | "matches";
  quantifier: Quantifier | null;
  left: Operand;
  right: Operand;
}

export interface Membership extends Span {
  kind: "in";
  quantifier: Quantifier | null;
  left: Operand;
  members: Member[];
}

/** One value of a set, or a range with both ends in it. */
export interface Member {
  low: Operand;
  high: Operand | null;
}

/** Values that a condition is about. */
export type Operand =
  | Word
  | StringLiteral
  | ({ kind: "character"; value: number } & Span)
  | ({ kind: "call"; name: string; arguments: Operand[] } & Span)
  | ({ kind: "slice"; operand: Operand; ranges: SliceRange[] } & Span)
  | ({ kind: "negate"; operand: Operand } & Span)
  | ({ kind: "arithmetic"; operator: ArithmeticOperator; left: Operand; right: Operand } & Span);

/** A bare word: a field, a protocol, or a literal; the type checker tells which. */
export interface Word extends Span {
  kind: "word";
  text: string;
  /** `field` when written with a dot before it, `literal` with a colon. */
  only: "field" | "literal" | null;
  /** Which of equal layers the field is taken of, numbered from 1; all of them unless told. */
  layers: SliceRange[] | null;
}

export interface StringLiteral extends Span {
  kind: "string";
  /** Its text with the escapes resolved; of bytes that are no text, each byte is one character. */
  value: string;
}

/** `[start:length]`, `[start-last]`, `[start]`; negative starts count from the end. */
export interface SliceRange {
  start: number;
  /** How many; null up to the end. */
  length: number | null;
  /** The last one, where the range was written so; otherwise null. */
  last: number | null;
}
