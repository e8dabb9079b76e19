import type { Column, Relation } from "./relation/relation.ts";
import type { AskedRows } from "./rows-needed.ts";
import type { Binding, Names, Scope } from "./scope.ts";
import type { KustoType, SqlValue } from "./sql-value.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import type { TableDefinition } from "./table-definition.ts";

/** What one translation has for its operators and functions: the other parts of the translator, and its state. */
export interface Translator {
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** The time of the query in ticks of 100 ns since 1970: now() is the same everywhere in a query. */
  readonly nowTicks: bigint;
  /** What was given beside the query for its `declare query_parameters`. */
  readonly parameters: QueryParameters;
  /** Names of the tables that the query read. */
  readonly tablesUsed: Set<string>;
  /** What the operator `as` gave names to. */
  readonly named: Map<string, Binding>;
  /** What `render` asked for. */
  readonly hints: RenderHint[];
  /** Translates a scalar expression. */
  scalar(node: SyntaxNode, scope: Scope): SqlValue;
  /** Whether an expression gives a table, seen from the names at that place. */
  isTabular(node: SyntaxNode, names: Names): boolean;
  /** The first value of a table's first column. */
  scalarOf(node: SyntaxNode, names: Names): SqlValue;
  /** A SELECT of a table's first column, called `item`, to stand behind IN. */
  listOf(node: SyntaxNode, names: Names, type: KustoType): string;
  /** Calls a function that the query itself made with `let`. */
  invokeScalar(node: SyntaxNode, scope: Scope): SqlValue;
  invokeTabular(node: SyntaxNode, names: Names, input?: Relation): Relation;
  /** Translates a call of a scalar function with arguments that are translated already. */
  callScalar(name: string, args: readonly SqlValue[], node: SyntaxNode, scope: Scope): SqlValue;
  /**
   * Translates aggregations such as `sum(x) / count()`: the whole may be any expression over aggregates.
   * One that has several results, such as arg_max, gives as many.
   */
  aggregate(node: SyntaxNode, scope: Scope): readonly NamedValue[];
  /** Translates a tabular expression; `input` is what an operator without a source of its own reads. */
  tabular(node: SyntaxNode, names: Names, input?: Relation): Relation;
  /** The name that a column gets whose query gave it none, null where the rules have none either. */
  nameOf(node: SyntaxNode, scope: Scope): string | null;
  /** An id that nothing else in this query has. */
  freshId(): string;
  freshColumn(name: string, type: KustoType, nullable?: boolean): Column;
  /** Counts one more stage against the limit on them. */
  countStage(node: SyntaxNode): void;
  /** Whether `ask` has an answer, now or when the translation begins again. */
  readonly canAsk: boolean;
  /** Rows of texts that must be known before the query can be translated. */
  ask(node: SyntaxNode, relation: Relation): AskedRows;
  /** Ends the translation: the query is wrong there. */
  fail(node: SyntaxNode, message: string): never;
  /** Ends the translation: the query may be right, but what stands there is not translated. */
  unsupported(node: SyntaxNode, what: string): never;
}

/** The values of query parameters by name. */
export type QueryParameters = Readonly<Record<string, string | number | bigint | boolean>>;

/** A value, and the name of the column that it makes; null leaves the naming to the operator. */
export interface NamedValue {
  readonly name: string | null;
  readonly value: SqlValue;
}

/** How the answer is to be drawn: the word behind `render`, and its properties. */
export interface RenderHint {
  readonly visualization: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What a function is told besides its arguments. */
export interface FunctionCall {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly arguments: readonly SyntaxNode[];
  readonly scope: Scope;
  readonly translator: Translator;
  /** Ends the translation with a message that points at the call. */
  fail(message: string): never;
  unsupported(what: string): never;
}

/** A scalar function of KQL. */
export interface ScalarFunction {
  readonly name: string;
  translate(args: readonly SqlValue[], call: FunctionCall): SqlValue;
}

/**
 * An aggregate of KQL. `translateStar` is for those that take `*`: they see the call alone, and say
 * themselves which of its arguments they translate (`call.translator.scalar`).
 */
export interface AggregateFunction {
  readonly name: string;
  translate?(args: readonly SqlValue[], call: FunctionCall): SqlValue;
  translateColumns?(call: FunctionCall): readonly NamedValue[];
}

/** A tabular operator; `kind` is the parser's name of its node, such as "FilterOperator". */
export interface TabularOperator {
  readonly kind: string;
  translate(node: SyntaxNode, input: Relation, context: OperatorContext): Relation;
}

/** A plugin that `evaluate` calls. */
export interface TabularPlugin {
  readonly name: string;
  translate(call: PluginCall, input: Relation, context: OperatorContext): Relation;
}

/** What a plugin is told of its call. */
export interface PluginCall {
  readonly node: SyntaxNode;
  readonly arguments: readonly SyntaxNode[];
  readonly named: ReadonlyMap<string, SyntaxNode>;
  /** The answer's columns, where the query says them; `keepsInput` where it begins with `*`. */
  readonly schema: { readonly keepsInput: boolean; readonly columns: readonly Column[] } | null;
}

export interface OperatorContext {
  readonly translator: Translator;
  readonly names: Names;
}
