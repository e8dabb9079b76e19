import type {
  ArithmeticOperator,
  CompareOperator,
  Condition,
  Member,
  Operand,
  Quantifier,
  Span,
  Word,
} from "./ast.ts";
import { FilterError } from "./filter-error.ts";
import { tokensOf } from "./lexer.ts";
import { parseRanges } from "./ranges.ts";
import type { Token } from "./token.ts";

/** Conditions and operands inside one another; deeper filters are refused. */
const nestingMax = 200;

const compareOperators: ReadonlySet<string> = new Set([
  "==",
  "!=",
  "===",
  "!==",
  ">",
  "<",
  ">=",
  "<=",
]);

/** From the loosest to the tightest, as Wireshark 4.0 binds them. */
const logicalLevels = [
  { symbol: "||", kind: "or" },
  { symbol: "^^", kind: "xor" },
  { symbol: "&&", kind: "and" },
] as const;
const arithmeticLevels: readonly (readonly ArithmeticOperator[])[] = [
  ["&"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Parses a filter; null for one without any text, which every packet passes. */
export function parseFilter(text: string): Condition | null {
  const parser = new Parser(tokensOf(text));
  return parser.isAtEnd ? null : parser.parseAll();
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#token.kind === "end";
  }

  parseAll(): Condition {
    const condition = this.#logical(0);
    if (!this.isAtEnd) throw this.#unexpected('"and", "or" or the end');
    return condition;
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #isSymbol(text: string): boolean {
    const { kind, text: found } = this.#token;
    return kind === "symbol" && found === text;
  }

  #accept(text: string): boolean {
    if (!this.#isSymbol(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string, allowed = `"${text}"`): void {
    if (!this.#accept(text)) throw this.#unexpected(allowed);
  }

  /** Where the part ends that was read last. */
  get #end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  #unexpected(allowed: string): FilterError {
    const token = this.#token;
    if (token.kind === "end")
      return new FilterError(`the filter ends where ${allowed} should come`, token);
    const text = token.kind === "ranges" ? "[" : token.text;
    return new FilterError(`"${text}" is unexpected; ${allowed} may come here`, token);
  }

  #nested<Result>(parse: () => Result): Result {
    if (++this.#nesting > nestingMax)
      throw new FilterError(`parts are nested more than ${nestingMax} deep`, this.#token);
    const result = parse();
    this.#nesting--;
    return result;
  }

  #logical(level: number): Condition {
    const operator = logicalLevels[level];
    if (!operator) return this.#not();
    let left = this.#logical(level + 1);
    while (this.#accept(operator.symbol)) {
      const right = this.#logical(level + 1);
      left = { kind: operator.kind, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #not(): Condition {
    const { start } = this.#token;
    if (!this.#accept("!")) return this.#primary();
    const operand = this.#nested(() => this.#not());
    return { kind: "not", operand, start, end: operand.end };
  }

  #primary(): Condition {
    const { start } = this.#token;
    if (this.#accept("(")) {
      const inner = this.#nested(() => this.#logical(0));
      this.#expect(")", '")", "and" or "or"');
      return { ...inner, start, end: this.#end };
    }
    const quantifier = this.#accept("any") ? "any" : this.#accept("all") ? "all" : null;
    const left = this.#operand(0);
    const condition = this.#relation(left, quantifier, start);
    if (condition) return this.#chain(condition);
    if (quantifier) throw this.#unexpected("a comparison");
    return { kind: "test", operand: left, start, end: left.end };
  }

  /** `a < b < c` means `a < b and b < c`. */
  #chain(first: Condition): Condition {
    let all = first;
    let last = first;
    while (last.kind === "compare" && this.#isComparison()) {
      const next = this.#relation(last.right, null, last.right.start);
      if (!next) break;
      all = { kind: "and", left: all, right: next, start: all.start, end: next.end };
      last = next;
    }
    return all;
  }

  #isComparison(): boolean {
    return this.#token.kind === "symbol" && compareOperators.has(this.#token.text);
  }

  #relation(left: Operand, quantifier: Quantifier | null, start: number): Condition | null {
    if (this.#isComparison()) {
      const operator = this.#token.text as CompareOperator;
      this.#at++;
      const right = this.#operand(0);
      return { kind: "compare", operator, quantifier, left, right, start, end: right.end };
    }
    for (const kind of ["contains", "matches"] as const) {
      if (!this.#accept(kind)) continue;
      const right = this.#operand(0);
      return { kind, quantifier, left, right, start, end: right.end };
    }
    return isPlain(left) ? this.#membership(left, quantifier, start) : null;
  }

  #membership(left: Operand, quantifier: Quantifier | null, start: number): Condition | null {
    const next = this.#tokens[this.#at + 1];
    const isNegated = this.#isSymbol("!") && next?.kind === "symbol" && next.text === "in";
    if (isNegated) this.#at++;
    if (!this.#accept("in")) return null;
    const members = this.#members();
    const end = this.#end;
    const found: Condition = { kind: "in", quantifier, left, members, start, end };
    return isNegated ? { kind: "not", operand: found, start, end } : found;
  }

  #members(): Member[] {
    this.#expect("{", 'a set "{...}"');
    const members: Member[] = [];
    do {
      const low = this.#memberValue();
      members.push({ low, high: this.#accept("..") ? this.#memberValue() : null });
    } while (this.#accept(","));
    this.#expect("}", '",", ".." or "}"');
    return members;
  }

  #memberValue(): Operand {
    const { start } = this.#token;
    if (!this.#accept("-")) return this.#sliced();
    const operand = this.#sliced();
    return { kind: "negate", operand, start, end: operand.end };
  }

  #operand(level: number): Operand {
    const operators = arithmeticLevels[level];
    if (!operators) return this.#signed();
    let left = this.#operand(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.#accept(one));
      if (operator === undefined) return left;
      const right = this.#operand(level + 1);
      const { start } = left;
      left = { kind: "arithmetic", operator, left, right, start, end: right.end };
    }
  }

  #signed(): Operand {
    const { start } = this.#token;
    if (this.#accept("+")) return this.#nested(() => this.#signed());
    if (!this.#accept("-")) return this.#sliced();
    const operand = this.#nested(() => this.#signed());
    return { kind: "negate", operand, start, end: operand.end };
  }

  #sliced(): Operand {
    let operand = this.#entity();
    while (this.#token.kind === "ranges") {
      const ranges = parseRanges(this.#token);
      this.#at++;
      operand = { kind: "slice", operand, ranges, start: operand.start, end: this.#end };
    }
    return operand;
  }

  #entity(): Operand {
    const token = this.#token;
    const { start } = token;
    if (this.#accept("{")) {
      const inner = this.#nested(() => this.#operand(0));
      this.#expect("}", '"}" or an operator');
      return { ...inner, start, end: this.#end };
    }
    const span: Span = { start, end: token.end };
    switch (token.kind) {
      case "string":
        this.#at++;
        return { kind: "string", value: token.text, ...span };
      case "character":
        this.#at++;
        return { kind: "character", value: token.text.codePointAt(0) ?? 0, ...span };
      case "word":
        this.#at++;
        return this.#isSymbol("(") ? this.#call(token) : this.#word(token, null);
      case "fieldWord":
      case "literalWord":
        this.#at++;
        return this.#word(token, token.kind === "fieldWord" ? "field" : "literal");
      case "ranges":
      case "symbol":
      case "end":
        throw this.#unexpected("a field, a protocol or a value");
    }
  }

  #word({ text, start }: Token, only: Word["only"]): Operand {
    const layers = this.#accept("#") ? this.#layerRanges() : null;
    return { kind: "word", text, only, layers, start, end: this.#end };
  }

  #layerRanges(): Word["layers"] {
    const token = this.#token;
    if (token.kind === "ranges") {
      this.#at++;
      return parseRanges(token);
    }
    if (token.kind !== "word" || !/^\d+$/.test(token.text))
      throw this.#unexpected("a layer's number or [...]");
    return parseRanges(this.#tokens[this.#at++] as Token);
  }

  #call({ text, start }: Token): Operand {
    this.#expect("(");
    const found: Operand[] = [];
    if (!this.#accept(")")) {
      do found.push(this.#nested(() => this.#operand(0)));
      while (this.#accept(","));
      this.#expect(")", '"," or ")"');
    }
    return { kind: "call", name: text, arguments: found, start, end: this.#end };
  }
}

/** What may stand before `in`: no arithmetic. */
function isPlain({ kind }: Operand): boolean {
  return kind !== "arithmetic" && kind !== "negate";
}
