import { convert } from "../conversion/convert.ts";
import { nullValue, stringValue } from "../scalar/literal-values.ts";
import { columnValue, suffixed } from "../relation/define-columns.ts";
import type { Column, Relation } from "../relation/relation.ts";
import { bindingOf } from "../scope.ts";
import type { KustoType } from "../sql-value.ts";
import type { TableDefinition } from "../table-definition.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, parametersOf, parameterText } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator, Translator } from "../translator.ts";
import { matchesPattern } from "./name-patterns.ts";

export const operators: readonly TabularOperator[] = [{ kind: "UnionOperator", translate: union }];

/** One of several tables, and the name that it is known by. */
export interface Input {
  readonly name: string;
  readonly relation: Relation;
}

function union(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const parameters = parametersOf(node);
  const fuzzy = parameterText(parameters.get("isfuzzy")) === "true";
  const given = listOf(node, "Expressions").flatMap((item) => unionInputs(item, fuzzy, context));
  const piped =
    input.columns.length > 0 ? [{ name: "union_arg0", relation: input }, ...given] : given;
  const inputs = piped.map((one, index) => ({
    relation: one.relation,
    name: one.name || `union_arg${index}`,
  }));
  if (inputs.length === 0) return context.translator.fail(node, "there is none of these tables");
  const inner = parameterText(parameters.get("kind")) === "inner";
  const layout = inner ? commonColumns(inputs) : allColumns(inputs);
  const source = parameterText(parameters.get("withsource") ?? parameters.get("with_source"));
  return unionRelation(inputs, layout, source, context.translator);
}

/** The tables that one argument means: by a pattern there may be several, by a fuzzy name none. */
export function unionInputs(item: SyntaxNode, fuzzy: boolean, context: OperatorContext): Input[] {
  const { names, translator } = context;
  const name = item.kind === "NameReference" ? (item.name ?? "") : "";
  if (name.includes("*"))
    return tablesMeant([...translator.tables.values()], name).map((table) => ({
      name: table.name,
      relation: translator.tabular({ ...item, name: table.name }, names),
    }));
  const table = tableOf(item);
  const isKnown =
    table === null ||
    bindingOf(names, table) ||
    translator.named.has(table) ||
    translator.tables.has(table);
  if (!isKnown && fuzzy) return [];
  return [{ name, relation: translator.tabular(item, names) }];
}

/** The tables that a pattern with asterisks fits: derived ones when it fits no other. */
export function tablesMeant(
  tables: readonly TableDefinition[],
  pattern: string,
): TableDefinition[] {
  const fitting = tables.filter(({ name }) => matchesPattern(pattern, name));
  const own = fitting.filter(({ isDerived }) => isDerived !== true);
  return own.length > 0 ? own : fitting;
}

/** The table with which a sub-query begins; null where it begins with anything else. */
function tableOf(item: SyntaxNode): string | null {
  if (item.kind === "NameReference") return item.name ?? null;
  const isWrapped = item.kind === "ParenthesizedExpression" || item.kind === "PipeExpression";
  return isWrapped ? tableOf(childOf(item, "Expression")) : null;
}

export interface LayoutColumn {
  readonly name: string;
  readonly source: string;
  readonly type: KustoType;
}

/** Columns of one name and one type are one column; of one name and several types, one for each: x_long, x_string. */
export function allColumns(inputs: readonly Input[]): LayoutColumn[] {
  const types = new Map<string, Set<KustoType>>();
  for (const { relation } of inputs)
    for (const { name, type } of relation.columns)
      types.set(name, (types.get(name) ?? new Set()).add(type));
  const layout = [...types].flatMap(([name, kinds]) =>
    [...kinds].map((type) => ({
      name: kinds.size > 1 ? `${name}_${type}` : name,
      source: name,
      type,
    })),
  );
  return withUniqueNames(layout);
}

function withUniqueNames(layout: readonly LayoutColumn[]): LayoutColumn[] {
  const taken = new Set<string>();
  return layout.map((column) => {
    const name = suffixed(column.name, taken);
    taken.add(name);
    return { ...column, name };
  });
}

function commonColumns(inputs: readonly Input[]): LayoutColumn[] {
  const [first, ...others] = inputs;
  const has = ({ relation }: Input, { name, type }: Column): boolean =>
    relation.columns.some((column) => column.name === name && column.type === type);
  return (first?.relation.columns ?? [])
    .filter((column) => others.every((other) => has(other, column)))
    .map(({ name, type }) => ({ name, source: name, type }));
}

export function unionRelation(
  inputs: readonly Input[],
  layout: readonly LayoutColumn[],
  source: string | undefined,
  translator: Translator,
): Relation {
  const all: LayoutColumn[] = [...layout];
  if (source !== undefined) all.unshift({ name: source, source: "", type: "string" });
  const parts = inputs.map((one) => ({
    source: one.relation.source,
    columns: all.map((column) => columnSql(one, column)),
  }));
  const columns = all.map(({ name, type, source: from }) =>
    translator.freshColumn(
      name,
      type,
      inputs.some((one) => isNullableIn(one, from, type)),
    ),
  );
  return {
    columns,
    order: [],
    source: { kind: "union", ids: columns.map(({ id }) => id), inputs: parts },
  };
}

function columnSql({ name, relation }: Input, { source, type }: LayoutColumn): string {
  if (source === "") return stringValue(name).sql;
  const column = relation.columns.find((one) => one.name === source && one.type === type);
  return column ? convert(columnValue(column), type).sql : nullValue(type).sql;
}

function isNullableIn({ relation }: Input, name: string, type: KustoType): boolean {
  if (type === "string" || type === "dynamic") return false;
  return relation.columns.find((one) => one.name === name && one.type === type)?.nullable ?? true;
}
