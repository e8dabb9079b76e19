import type { ArithmeticOperator, CompareOperator, SliceRange } from "./ast.ts";
import type { FieldType } from "../dissect/field.ts";
import type { CatalogField } from "./catalog.ts";
import type { FilterFunction } from "./functions.ts";
import type { Constant } from "./literal.ts";

/** A condition whose names are resolved and whose types fit. */
export type TypedCondition =
  | { kind: "and" | "or" | "xor"; left: TypedCondition; right: TypedCondition }
  | { kind: "not"; operand: TypedCondition }
  | { kind: "exists"; operand: TypedOperand }
  /** True when any of the operand's values is not zero. */
  | { kind: "isNonzero"; operand: TypedOperand }
  | {
      kind: "compare";
      operator: CompareOperator;
      isForAll: boolean;
      left: TypedOperand;
      right: TypedOperand;
    }
  | { kind: "contains"; isForAll: boolean; left: TypedOperand; right: TypedOperand }
  | { kind: "matches"; isForAll: boolean; left: TypedOperand; pattern: RegExp }
  | { kind: "in"; isForAll: boolean; left: TypedOperand; members: TypedMember[] };

export interface TypedMember {
  low: TypedOperand;
  high: TypedOperand | null;
}

export type TypedOperand = { type: FieldType } & (
  | { kind: "field"; field: CatalogField; layers: SliceRange[] | null }
  | { kind: "protocol"; name: string; layers: SliceRange[] | null }
  | { kind: "constant"; constant: Constant }
  | { kind: "slice"; operand: TypedOperand; ranges: SliceRange[] }
  | { kind: "call"; function: FilterFunction; arguments: TypedOperand[] }
  | {
      kind: "arithmetic";
      operator: ArithmeticOperator;
      left: TypedOperand;
      right: TypedOperand;
    }
  | { kind: "negate"; operand: TypedOperand }
);
