import type { Operand, Word } from "./ast.ts";
import type { Catalog } from "./catalog.ts";
import type { FieldType } from "../dissect/field.ts";
import { FilterError } from "./filter-error.ts";
import { functionNamed } from "./functions.ts";
import { readLiteral, type Literal } from "./literal.ts";
import { nearNames } from "./near-names.ts";
import type { TypedOperand } from "./typed.ts";
import { allowsArithmetic, isSliceable, kindName, kindOf } from "./value-kind.ts";

/** What a literal is to be a value of. */
export interface Target {
  type: FieldType;
  name: string;
  words: ReadonlyMap<string, number> | null;
}

const flagWords: ReadonlyMap<string, number> = new Map([
  ["Set", 1],
  ["Not set", 0],
]);

/** Resolves operands: fields, protocols, literals, slices, calls and arithmetic. */
export class OperandChecker {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** An operand that says something of the packet, so a literal alone is refused. */
  subject(written: Operand): TypedOperand {
    return this.#resolve(written, null);
  }

  /** An operand that stands for a value of the target's type. */
  operand(written: Operand, target: Target): TypedOperand {
    return this.#resolve(written, target);
  }

  /** What literals are compared with that stand across from an operand. */
  targetOf(operand: TypedOperand, written: Operand): Target {
    const { type } = operand;
    return {
      type,
      name: written.kind === "word" ? written.text : "this",
      words: type === "boolean" ? flagWords : null,
    };
  }

  #resolve(written: Operand, target: Target | null): TypedOperand {
    switch (written.kind) {
      case "word":
        return this.#named(written) ?? this.#literal(written, target);
      case "string":
      case "character":
        return this.#literal(written, target);
      case "slice":
        return this.#slice(written);
      case "call":
        return this.#call(written);
      case "negate":
        return this.#negation(written, target);
      case "arithmetic":
        return this.#arithmetic(written, target);
    }
  }

  #named(word: Word): TypedOperand | null {
    const { text, only, layers } = word;
    if (only === "literal") return null;
    const field = this.#catalog.field(text);
    if (field) return { kind: "field", type: field.type, field, layers };
    if (this.#catalog.isProtocol(text))
      return { kind: "protocol", type: "protocol", name: text, layers };
    if (only === "field" || layers) throw this.#unknown(word);
    return null;
  }

  #literal(literal: Literal, target: Target | null): TypedOperand {
    if (!target) throw this.#unknown(literal);
    return { kind: "constant", type: target.type, constant: readLiteral(literal, target) };
  }

  #unknown(literal: Literal): FilterError {
    const isName = literal.kind === "word" && /^[A-Za-z_]/.test(literal.text);
    if (!isName)
      return new FilterError("a field or a protocol is needed here, not a value", literal);
    const { text } = literal;
    const near = nearNames(text, this.#catalog.names());
    const hint = near.length === 0 ? "" : `; near it: ${near.join(", ")}`;
    return new FilterError(
      `"${text}" is not supported: no field and no protocol of this name is known${hint}`,
      literal,
    );
  }

  #slice(written: Extract<Operand, { kind: "slice" }>): TypedOperand {
    const operand = this.subject(written.operand);
    const kind = kindOf(operand.type);
    if (!isSliceable(kind))
      throw new FilterError(`${kindName(kind)} cannot be sliced into bytes`, written.operand);
    return { kind: "slice", type: "bytes", operand, ranges: written.ranges };
  }

  #negation(written: Extract<Operand, { kind: "negate" }>, target: Target | null): TypedOperand {
    const operand = this.#resolve(written.operand, target);
    if (!allowsArithmetic(kindOf(operand.type), "-"))
      throw new FilterError(`${kindName(kindOf(operand.type))} has no negative`, written);
    return { kind: "negate", type: operand.type, operand };
  }

  #arithmetic(
    written: Extract<Operand, { kind: "arithmetic" }>,
    target: Target | null,
  ): TypedOperand {
    const left = this.#resolve(written.left, target);
    const right = this.#resolve(written.right, target ?? this.targetOf(left, written.left));
    const { operator } = written;
    for (const [side, at] of [
      [left, written.left],
      [right, written.right],
    ] as const) {
      if (!allowsArithmetic(kindOf(side.type), operator))
        throw new FilterError(`"${operator}" cannot be used on ${kindName(kindOf(side.type))}`, at);
    }
    if (kindOf(left.type) !== kindOf(right.type)) {
      throw new FilterError(
        `"${operator}" cannot join ${kindName(kindOf(left.type))} and ${kindName(kindOf(right.type))}`,
        written,
      );
    }
    return { kind: "arithmetic", type: left.type, operator, left, right };
  }

  #call(written: Extract<Operand, { kind: "call" }>): TypedOperand {
    const found = functionNamed(written.name);
    const nameSpan = { start: written.start, end: written.start + written.name.length };
    if (!found) throw new FilterError(`there is no function "${written.name}"`, nameSpan);
    const count = written.arguments.length;
    if (count < found.argumentCountMin || count > found.argumentCountMax) {
      const wanted =
        found.argumentCountMax === 1
          ? "one argument"
          : `at least ${found.argumentCountMin} argument`;
      throw new FilterError(`${written.name}() takes ${wanted}, not ${count}`, written);
    }
    const [firstWritten, ...others] = written.arguments as [Operand, ...Operand[]];
    const first = this.subject(firstWritten);
    const target = this.targetOf(first, firstWritten);
    const typed = [first, ...others.map((one) => this.operand(one, target))];
    for (const [index, argument] of typed.entries()) {
      const problem = found.refuses(argument);
      if (problem) throw new FilterError(problem, written.arguments[index] ?? written);
      if (kindOf(argument.type) !== kindOf(first.type))
        throw new FilterError("the arguments are of different types", written);
    }
    return { kind: "call", type: found.type(first.type), function: found, arguments: typed };
  }
}
