import { scalarExpression } from "./scalar/scalar-expression.ts";
import { functionCall, functionNamed } from "./scalar/function-call.ts";
import { aggregateFunctions } from "./aggregates/aggregate-functions.ts";
import { expressionName } from "./column-names.ts";
import { convert } from "./conversion/convert.ts";
import { columnValue } from "./relation/define-columns.ts";
import { renderSource } from "./relation/render-source.ts";
import type { Binding, Names } from "./scope.ts";
import { rowScope } from "./scope.ts";
import { positionAt, QueryError } from "./query-error.ts";
import type { QueryErrorCode } from "./query-error.ts";
import { queryAskCountMax, queryStageCountMax, scalarSqlCharactersMax } from "./query-limits.ts";
import { type AskedRows, RowsNeeded } from "./rows-needed.ts";
import type { SqlValue } from "./sql-value.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf } from "./syntax/syntax-node.ts";
import type { TableDefinition } from "./table-definition.ts";
import { invokeScalar, invokeTabular } from "./user-functions.ts";
import { isTabular, tabularExpression } from "./tabular-expression.ts";
import type { NamedValue, QueryParameters, RenderHint, Translator } from "./translator.ts";

export interface TranslatorOptions {
  /** The text, for the positions of errors. */
  readonly text: string;
  readonly tables: ReadonlyMap<string, TableDefinition>;
  readonly nowTicks: bigint;
  readonly parameters: QueryParameters;
  /** Rows that are known already; null where none can be asked for. */
  readonly asked: readonly AskedRows[] | null;
}

/** The state of one translation, and every part of the translator behind one interface. */
export function createTranslator({
  text,
  tables,
  nowTicks,
  parameters,
  asked,
}: TranslatorOptions): Translator {
  let idCount = 0;
  let stageCount = 0;
  let askCount = 0;
  const refuse = (code: QueryErrorCode, node: SyntaxNode, message: string): never => {
    const { start, length } = node;
    throw new QueryError(code, [{ code, message, start, length, ...positionAt(text, start) }]);
  };
  const translator: Translator = {
    tables,
    nowTicks,
    parameters,
    tablesUsed: new Set<string>(),
    named: new Map<string, Binding>(),
    hints: [] as RenderHint[],
    scalar: (node, scope) => {
      const value = scalarExpression(node, scope, translator);
      if (value.sql.length > scalarSqlCharactersMax)
        return refuse("QueryTooLarge", node, "the expression is too large");
      return value;
    },
    aggregate: (node, scope) => aggregateValues(node, scope, translator),
    tabular: (node, names, input) => tabularExpression(node, { names, input, translator }),
    isTabular: (node, names) => isTabular(node, names, translator),
    scalarOf: (node, names) => scalarOfTable(node, names, translator),
    listOf: (node, names, type) => {
      const { relation, column } = firstColumn(node, names, translator);
      const { sql } = convert(columnValue(column), type);
      return `SELECT ${sql} AS item FROM (${renderSource(relation.source, new Set([column.id]))})`;
    },
    invokeScalar: (node, scope) => invokeScalar(node, scope, translator),
    invokeTabular: (node, names, input) => invokeTabular(node, names, { translator, input }),
    callScalar: (name, args, node, scope) => {
      const found = functionNamed(name);
      if (!found) return refuse("NotSupported", node, `not supported: function ${name}`);
      return found.translate(args, functionCall(name, node, scope, translator));
    },
    nameOf: expressionName,
    freshId: () => `c${++idCount}`,
    freshColumn: (name, type, nullable = true) => ({ name, id: `c${++idCount}`, type, nullable }),
    countStage: (node) => {
      if (++stageCount > queryStageCountMax)
        refuse("QueryTooLarge", node, `the query has more than ${queryStageCountMax} stages`);
    },
    ask: (node, relation) => {
      if (++askCount > queryAskCountMax)
        return refuse(
          "QueryTooLarge",
          node,
          `more than ${queryAskCountMax} plugins ask for their columns`,
        );
      const known = asked?.[askCount - 1];
      if (known) return known;
      throw new RowsNeeded(relation);
    },
    canAsk: asked !== null,
    fail: (node, message) => refuse("SyntaxError", node, message),
    unsupported: (node, what) => refuse("NotSupported", node, `not supported: ${what}`),
  };
  return translator;
}

function aggregateValues(
  node: SyntaxNode,
  scope: Parameters<Translator["aggregate"]>[1],
  translator: Translator,
): readonly NamedValue[] {
  const name = node.kind === "FunctionCallExpression" ? (childOf(node, "Name").name ?? "") : "";
  const aggregate = aggregateFunctions.get(name);
  if (aggregate?.translateColumns)
    return aggregate.translateColumns(
      functionCall(name, node, { ...scope, ...rowScope(scope.names, scope.row) }, translator),
    );
  return [{ name: null, value: translator.scalar(node, { ...scope, aggregates: true }) }];
}

function firstColumn(node: SyntaxNode, names: Names, translator: Translator) {
  const relation = translator.tabular(node, names);
  const [column] = relation.columns;
  return column ? { relation, column } : translator.fail(node, "the table has no column");
}

function scalarOfTable(node: SyntaxNode, names: Names, translator: Translator): SqlValue {
  if (!translator.isTabular(node, names)) return translator.scalar(node, { row: null, names });
  const { relation, column } = firstColumn(node, names, translator);
  const { id, type } = column;
  const { order, source } = relation;
  const limited = {
    kind: "select",
    from: source,
    define: new Map(),
    passes: true,
    limit: "1",
  } as const;
  const ordered = order.length > 0 ? { ...limited, orderBy: order } : limited;
  const sql = `(${renderSource(ordered, new Set([id]))})`;
  if (type === "string" || type === "dynamic") return { sql: `ifNull(${sql}, '')`, type };
  return { sql, type, nullable: true };
}
