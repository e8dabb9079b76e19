import { finalSql } from "./final-sql.ts";
import { createTranslator } from "./query-translator.ts";
import { positionAt, QueryError } from "./query-error.ts";
import type { QueryDiagnostic, QueryErrorCode } from "./query-error.ts";
import {
  queryBracketDepthMax,
  queryDepthMax,
  querySqlCharactersMax,
  queryTextCharactersMax,
} from "./query-limits.ts";
import { takenRowCount } from "./relation/first-rows.ts";
import { type AskedRows, RowsNeeded } from "./rows-needed.ts";
import { bracketDepth } from "./syntax/bracket-depth.ts";
import { createNameHint } from "./name-hint.ts";
import type { SuggestName } from "./name-hint.ts";
import { noNames } from "./scope.ts";
import { bindStatements } from "./statements.ts";
import type { KustoType } from "./sql-value.ts";
import type { KustoCode, KustoGlobals, KustoLibrary } from "./syntax/kusto-library.ts";
import { createLowerSyntax } from "./syntax/lower-syntax.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf, listOf } from "./syntax/syntax-node.ts";
import type { TableDefinition } from "./table-definition.ts";
import type { QueryParameters, RenderHint } from "./translator.ts";

/** A query as ClickHouse can run it, and what is known of its answer. */
export interface TranslatedQuery {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  readonly tables: readonly string[];
  readonly render: RenderHint | null;
  /** Rows of a table that it takes as they come; null: it may have to look at more rows than it gives. */
  readonly takenRowCount: number | null;
  /** Said of a question that comes before the query: the query can be translated once its rows, all texts, are known. */
  readonly isAsked?: true;
}

export interface QueryOptions {
  /** The time of the query, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Values for the names that the query declares with `declare query_parameters`. */
  readonly parameters?: QueryParameters;
  /**
   * Rows that were asked for, in the order of the questions. Left out where nobody can be asked: a query whose columns
   * depend on values in rows is refused then.
   */
  readonly asked?: readonly AskedRows[];
}

export type TranslateQuery = (text: string, options: QueryOptions) => TranslatedQuery;

/** Prepares the parser for these tables; nothing else can be read by a query. */
export function createQueryTranslator(
  library: KustoLibrary,
  definitions: readonly TableDefinition[],
): TranslateQuery {
  const globals = globalsOf(library, definitions);
  const lower = createLowerSyntax(library);
  const suggest = createNameHint(definitions);
  const tables = new Map(definitions.map((table) => [table.name, table]));
  return (text, { nowMs, parameters, asked }) => {
    if (text.length > queryTextCharactersMax)
      throw tooLarge(text, `the query is longer than ${queryTextCharactersMax} characters`);
    if (bracketDepth(text) > queryBracketDepthMax)
      throw tooLarge(
        text,
        `the query has more than ${queryBracketDepthMax} brackets within each other`,
      );
    const code = guarded(text, () => library.KustoCode.ParseAndAnalyze(text, globals));
    const root = guarded(text, () => lower(code.Syntax));
    checkDepth(text, root);
    refuseForbidden(text, root);
    throwDiagnostics(text, code, suggest);
    const translator = createTranslator({
      text,
      tables,
      nowTicks: BigInt(Math.trunc(nowMs)) * 10_000n,
      parameters: parameters ?? {},
      asked: asked ?? null,
    });
    return guarded(text, () => orQuestion(translator, () => translateRoot(text, root, translator)));
  };
}

/** The query; where it cannot be translated yet, what has to be asked first. */
function orQuestion(
  { tablesUsed }: ReturnType<typeof createTranslator>,
  translate: () => TranslatedQuery,
): TranslatedQuery {
  try {
    return translate();
  } catch (error) {
    if (!(error instanceof RowsNeeded)) throw error;
    const { relation } = error;
    return {
      sql: finalSql(relation),
      columns: relation.columns.map(({ name, type }) => ({ name, type })),
      tables: [...tablesUsed].toSorted(),
      render: null,
      takenRowCount: null,
      isAsked: true,
    };
  }
}

function globalsOf(library: KustoLibrary, definitions: readonly TableDefinition[]): KustoGlobals {
  const { TableSymbol, DatabaseSymbol } = library.Symbols;
  const symbols = definitions.map(({ name, columns }) => {
    const schema = columns.map((column) => `['${column.name}']:${column.type}`).join(", ");
    return new TableSymbol.$ctor7(name, `(${schema})`, null);
  });
  return library.GlobalState.Default.WithDatabase(
    new DatabaseSymbol.$ctor3("flows", null, symbols, false),
  );
}

function translateRoot(
  text: string,
  root: SyntaxNode,
  translator: ReturnType<typeof createTranslator>,
): TranslatedQuery {
  const statements = listOf(root, "Statements");
  const expressions = statements.filter(({ kind }) => kind === "ExpressionStatement");
  const [expression] = expressions;
  if (!expression) throw failure("SyntaxError", text, root, "the query has no tabular expression");
  if (expressions.length > 1)
    throw failure("NotSupported", text, expressions[1] ?? root, "not supported: several results");
  const names = bindStatements(statements, noNames, translator);
  const node = childOf(expression, "Expression");
  if (!translator.isTabular(node, names))
    return translator.fail(node, "a tabular expression is needed here");
  const relation = translator.tabular(node, names);
  if (relation.columns.length === 0)
    return translator.unsupported(node, "an answer without columns");
  const { source, order } = relation;
  const sql = finalSql(relation);
  if (sql.length > querySqlCharactersMax) throw tooLarge(text, "the query is too large");
  return {
    sql,
    columns: relation.columns.map(({ name, type }) => ({ name, type })),
    tables: [...translator.tablesUsed].toSorted(),
    render: translator.hints.at(-1) ?? null,
    takenRowCount: order.length > 0 ? null : takenRowCount(source),
  };
}

/** A tree too deep for the stack is a query too large, not a fault of ours. */
function guarded<T>(text: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(text, "the query is nested too deeply");
    throw cause;
  }
}

function checkDepth(text: string, root: SyntaxNode): void {
  const waiting: { node: SyntaxNode; depth: number }[] = [{ node: root, depth: 0 }];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const { node, depth } = at;
    if (depth > queryDepthMax)
      throw tooLarge(text, `the query is nested more than ${queryDepthMax} deep`);
    for (const child of Object.values(node.children).flat())
      waiting.push({ node: child, depth: depth + 1 });
  }
}

const forbiddenCalls = new Set([
  "cluster",
  "database",
  "workspace",
  "app",
  "resource",
  "external_table",
  "materialized_view",
  "stored_query_result",
  "graph",
  "entity_group",
]);
const forbiddenKinds: Readonly<Record<string, string>> = {
  ExternalDataExpression: "externaldata",
  InlineExternalTableExpression: "external data",
};

/** What would reach beyond the declared tables is refused by name, before the parser says that it knows none of it. */
function refuseForbidden(text: string, root: SyntaxNode): void {
  const waiting: SyntaxNode[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const callee = node.kind === "FunctionCallExpression" ? (childOf(node, "Name").name ?? "") : "";
    const what =
      forbiddenKinds[node.kind] ?? (forbiddenCalls.has(callee) ? `${callee}()` : undefined);
    if (what) throw failure("NotSupported", text, node, `not supported: ${what}`);
    waiting.push(...Object.values(node.children).flat().toReversed());
  }
}

function throwDiagnostics(text: string, code: KustoCode, suggest: SuggestName): void {
  const found = code.GetDiagnostics();
  const errors: QueryDiagnostic[] = [];
  for (let index = 0; index < Math.min(found.Count, diagnosticCountMax); index++) {
    const { Code, Severity, Start, Length, Message } = found.getItem(index);
    if (Severity !== "Error") continue;
    if (isPattern(Code, text.slice(Start, Start + Length))) continue;
    const suggested = unknownNameCodes.has(Code)
      ? suggest(text.slice(Start, Start + Length))
      : undefined;
    errors.push({
      code: Code,
      message: Message,
      start: Start,
      length: Length,
      ...positionAt(text, Start),
      ...(suggested === undefined ? {} : { hint: `did you mean ${suggested}?` }),
    });
  }
  if (errors.length > 0) throw new QueryError("SyntaxError", errors);
}

/** A pattern of names that fits no column leaves out none, in the engine as here; only the binder minds. */
const isPattern = (code: string, pointed: string): boolean =>
  (code === "KS109" || code === "KS142") && /^\w*\*[\w*]*$/.test(pointed);

const diagnosticCountMax = 50;
/** The parser's codes for a name, a table, a column or a function that it does not know. */
const unknownNameCodes: ReadonlySet<string> = new Set([
  "KS142",
  "KS204",
  "KS211",
  "KS109",
  "KS145",
]);

function tooLarge(text: string, message: string): QueryError {
  return failure("QueryTooLarge", text, { start: 0, length: text.length }, message);
}

function failure(
  code: QueryErrorCode,
  text: string,
  { start, length }: { start: number; length: number },
  message: string,
): QueryError {
  return new QueryError(code, [{ code, message, start, length, ...positionAt(text, start) }]);
}
