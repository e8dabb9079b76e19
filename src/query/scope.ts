import type { Column, Relation } from "./relation/relation.ts";
import type { SqlValue } from "./sql-value.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";

/** What names mean at one place of a query. */
export interface Scope {
  /** The row at hand; null where there is none, such as in `let x = 1`. */
  readonly row: Relation | null;
  readonly names: Names;
  /** Both sides of a join's condition. */
  readonly sides?: { readonly left: Relation; readonly right: Relation };
  /** Whether aggregates may be called here. */
  readonly aggregates?: true;
  /** The columns by which rows are grouped: `*` of an aggregate leaves them out. */
  readonly groupNames?: readonly string[];
  /** Which rows aggregates take, in SQL, where not all of them. */
  readonly when?: string;
  /** Columns to be made before the operator at hand runs, stage by stage. */
  readonly priors?: Map<string, string>[];
}

/** What `let`, parameters and `as` gave names to, from the inside out. */
export interface Names {
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly outer: Names | null;
}

export type Binding =
  | { readonly kind: "scalar"; readonly value: SqlValue }
  /** Made anew at each use, because each use has ids of its own. */
  | { readonly kind: "table"; readonly relation: () => Relation }
  | { readonly kind: "function"; readonly declaration: SyntaxNode; readonly names: Names };

export const noNames: Names = { bindings: new Map(), outer: null };

export function bindingOf(names: Names, name: string): Binding | undefined {
  for (let at: Names | null = names; at; at = at.outer) {
    const binding = at.bindings.get(name);
    if (binding) return binding;
  }
  return undefined;
}

/** The names with some more, which hide those of the same name. */
export function withBindings(outer: Names, bindings: ReadonlyMap<string, Binding>): Names {
  return { bindings, outer };
}

/** The scope of one row of a relation. */
export function rowScope(names: Names, row: Relation | null): Scope {
  return { row, names };
}

/** The column of that name in the row at hand. */
export function columnOf(relation: Relation | null, name: string): Column | undefined {
  return relation?.columns.find((column) => column.name === name);
}
