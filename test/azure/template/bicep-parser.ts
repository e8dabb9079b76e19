// Reads a Bicep file into its statements. Bicep's compiler is not at hand where these tests run.
import { readTokens, type Token } from "./bicep-tokens.ts";
import type { Node } from "./expression.ts";

export interface Decorator {
  name: string;
  parameters: Node[];
}
export type Statement = { decorators: Decorator[]; name: string } & (
  | { kind: "param"; type: string; value: Node | null }
  | { kind: "var"; value: Node }
  | { kind: "output"; type: string; value: Node }
  | { kind: "resource"; type: string; value: Node }
  | { kind: "module"; file: string; value: Node }
);

export interface BicepFile {
  targetScope: string;
  statements: Statement[];
}

/** Throws for whatever is not of the subset that the project's files use. */
export function parseBicep(source: string): BicepFile {
  const reader = new Reader(readTokens(source));
  const file: BicepFile = { targetScope: "resourceGroup", statements: [] };
  let decorators: Decorator[] = [];
  for (reader.skipLines(); !reader.ended(); reader.skipLines()) {
    if (reader.takeMark("@")) {
      const call = reader.expression();
      if (call.kind !== "call") throw new Error("a decorator is a call");
      decorators.push(call);
      continue;
    }
    const word = reader.word();
    if (word === "targetScope") {
      reader.mark("=");
      file.targetScope = reader.plainText();
      continue;
    }
    file.statements.push({ decorators, ...readStatement(word, reader) } as Statement);
    decorators = [];
  }
  return file;
}

function readStatement(kind: string, reader: Reader): object {
  const name = reader.word();
  const value = (): Node => {
    reader.mark("=");
    return reader.expression();
  };
  switch (kind) {
    case "param": {
      const type = reader.word();
      return { kind, name, type, value: reader.nextIsMark("=") ? value() : null };
    }
    case "var":
      return { kind, name, value: value() };
    case "output":
      return { kind, name, type: reader.word(), value: value() };
    case "resource":
      return { kind, name, type: reader.plainText(), value: value() };
    case "module":
      return { kind, name, file: reader.plainText(), value: value() };
    default:
      throw new Error(`"${kind}" begins no statement`);
  }
}

class Reader {
  #at = 0;
  readonly #tokens: readonly Token[];
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  ended = (): boolean => this.#at >= this.#tokens.length;
  skipLines(): void {
    while (this.#tokens[this.#at]?.kind === "line") this.#at += 1;
  }
  nextIsMark(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === "mark" && token.text === text;
  }
  takeMark(text: string): boolean {
    const found = this.nextIsMark(text);
    if (found) this.#at += 1;
    return found;
  }
  mark(text: string): void {
    if (!this.takeMark(text)) throw new Error(`"${text}" expected, ${this.#shown()} found`);
  }
  word(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word") throw new Error(`a name expected, ${this.#shown()} found`);
    this.#at += 1;
    return token.text;
  }
  plainText(): string {
    const node = this.#first();
    if (node.kind === "value" && typeof node.value === "string") return node.value;
    throw new Error("plain text expected");
  }

  /** Comparison and choice bind least; nothing else of Bicep's operators is used. */
  expression(): Node {
    const left = this.#chain();
    const compared: Node = this.takeMark("==")
      ? { kind: "call", name: "equals", parameters: [left, this.#chain()] }
      : left;
    if (!this.takeMark("?")) return compared;
    const yes = this.expression();
    this.mark(":");
    return { kind: "call", name: "if", parameters: [compared, yes, this.expression()] };
  }

  #chain(): Node {
    let node = this.#first();
    for (;;) {
      if (this.takeMark(".")) node = { kind: "member", of: node, name: this.word() };
      else if (this.takeMark("[")) {
        node = { kind: "index", of: node, at: this.expression() };
        this.mark("]");
      } else return node;
    }
  }

  #first(): Node {
    if (this.takeMark("{")) return { kind: "object", entries: this.#entries() };
    if (this.takeMark("[")) return { kind: "array", items: this.#list("]") };
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === "number") return { kind: "value", value: Number(token.text) };
    if (token?.kind === "text") return textNode(token);
    if (token?.kind !== "word") throw new Error(`a value expected, ${this.#shown()} found`);
    if (this.takeMark("(")) {
      return { kind: "call", name: token.text, parameters: this.#list(")") };
    }
    const words: Record<string, unknown> = { true: true, false: false, null: null };
    return Object.hasOwn(words, token.text)
      ? { kind: "value", value: words[token.text] }
      : { kind: "symbol", name: token.text };
  }

  /** Values with a comma or a line between them. */
  #list(closing: string): Node[] {
    const items: Node[] = [];
    for (this.skipLines(); !this.takeMark(closing); this.skipLines()) {
      items.push(this.expression());
      this.takeMark(",");
    }
    return items;
  }

  #entries(): [string, Node][] {
    const entries: [string, Node][] = [];
    for (this.skipLines(); !this.takeMark("}"); this.skipLines()) {
      const token = this.#tokens[this.#at];
      const key = token?.kind === "text" ? this.plainText() : this.word();
      this.mark(":");
      entries.push([key, this.expression()]);
    }
    return entries;
  }

  #shown = (): string => JSON.stringify(this.#tokens[this.#at] ?? "the end");
}

/** Text with inserts is the call of `format` that Bicep's compiler makes of it. */
function textNode({ pieces, inserts }: Extract<Token, { kind: "text" }>): Node {
  if (inserts.length === 0) return { kind: "value", value: pieces[0] ?? "" };
  const pattern = pieces.map((piece, index) => (index === 0 ? piece : `{${index - 1}}${piece}`));
  return {
    kind: "call",
    name: "format",
    parameters: [
      { kind: "value", value: pattern.join("") },
      ...inserts.map((tokens) => new Reader(tokens).expression()),
    ],
  };
}
