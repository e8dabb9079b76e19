import { dataTable } from "./operators/data-table.ts";
import { tabularOperators } from "./operators/tabular-operators.ts";
import type { Relation } from "./relation/relation.ts";
import type { Names } from "./scope.ts";
import { bindingOf } from "./scope.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf, listOf } from "./syntax/syntax-node.ts";
import { tableRelation } from "./table-relation.ts";
import type { Translator } from "./translator.ts";

interface TabularContext {
  readonly names: Names;
  readonly translator: Translator;
  /** What an operator reads that begins a query within another, as in mv-apply. */
  readonly input?: Relation | undefined;
}

/** Translates any tabular expression by the kind of its node. */
export function tabularExpression(node: SyntaxNode, context: TabularContext): Relation {
  const { names, translator, input } = context;
  translator.countStage(node);
  switch (node.kind) {
    case "PipeExpression": {
      const before = tabularExpression(childOf(node, "Expression"), context);
      return applyOperator(childOf(node, "Operator"), before, context);
    }
    case "ParenthesizedExpression":
    case "MaterializeExpression":
      return tabularExpression(childOf(node, "Expression"), context);
    case "NameReference":
      return namedTable(node, context);
    case "FunctionCallExpression":
      return calledTable(node, context);
    case "DataTableExpression":
      return dataTable(node, names, translator);
    default:
      if (!tabularOperators.has(node.kind)) return translator.unsupported(node, sourceName(node));
      return applyOperator(node, input ?? noInput, context);
  }
}

/** What an operator reads that stands at the beginning of a query: it makes its rows itself. */
const noInput: Relation = {
  columns: [],
  source: { kind: "sql", sql: "(SELECT 1)", ids: [] },
  order: [],
};

function applyOperator(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: TabularContext,
): Relation {
  const operator = tabularOperators.get(node.kind);
  if (!operator) return translator.unsupported(node, `operator ${operatorName(node)}`);
  if (input.partition && !withinGroups.has(node.kind))
    return translator.unsupported(node, `operator ${operatorName(node)} in a sub-query`);
  return operator.translate(node, input, { names, translator });
}

/** The operators that keep apart the groups of the sub-query in which they stand. */
const withinGroups: ReadonlySet<string> = new Set([
  "FilterOperator",
  "ProjectOperator",
  "ExtendOperator",
  "SerializeOperator",
  "ProjectAwayOperator",
  "ProjectKeepOperator",
  "ProjectRenameOperator",
  "ProjectReorderOperator",
  "SummarizeOperator",
  "DistinctOperator",
  "CountOperator",
  "SortOperator",
  "TopOperator",
  "TakeOperator",
  "SampleDistinctOperator",
  "MvExpandOperator",
  "MvApplyOperator",
  "PartitionOperator",
  "ParseOperator",
  "ParseWhereOperator",
  "ParseKvOperator",
  "JoinOperator",
  "LookupOperator",
]);

/** The operator's own word: its first token. */
function operatorName(node: SyntaxNode): string {
  let at: SyntaxNode | undefined = node;
  while (at && at.text === undefined) at = Object.values(at.children).flat()[0];
  return at?.text ?? node.kind;
}

function namedTable(node: SyntaxNode, { names, translator }: TabularContext): Relation {
  const name = node.name ?? "";
  const binding = bindingOf(names, name) ?? translator.named.get(name);
  if (binding?.kind === "table") return binding.relation();
  if (binding?.kind === "function") return translator.invokeTabular(node, names);
  const table = binding ? undefined : translator.tables.get(name);
  return table
    ? tableRelation(table, translator)
    : translator.fail(node, `there is no table '${name}'`);
}

function calledTable(node: SyntaxNode, context: TabularContext): Relation {
  const { names, translator } = context;
  const name = childOf(node, "Name").name ?? "";
  if (bindingOf(names, name)?.kind === "function") return translator.invokeTabular(node, names);
  const [argument] = listOf(childOf(node, "ArgumentList"), "Expressions");
  if (name === "table" && argument) {
    const { constant } = translator.scalar(argument, { row: null, names });
    return namedTable({ ...node, name: String(constant) }, context);
  }
  return translator.unsupported(node, `function ${name} as a table`);
}

function sourceName(node: SyntaxNode): string {
  const words: Readonly<Record<string, string>> = {
    ExternalDataExpression: "externaldata",
    InlineExternalTableExpression: "external data",
    PathExpression: "tables of another database or cluster",
    ElementExpression: "tables of another database or cluster",
    ToTableExpression: "totable",
  };
  return words[node.kind] ?? `operator ${operatorName(node)}`;
}

const tabularKinds = new Set([
  "PipeExpression",
  "DataTableExpression",
  "MaterializeExpression",
  "ExternalDataExpression",
  "ToTableExpression",
  "ContextualDataTableExpression",
]);

/** Whether an expression gives a table and not a value. */
export function isTabular(node: SyntaxNode, names: Names, translator: Translator): boolean {
  if (tabularKinds.has(node.kind) || node.kind.endsWith("Operator")) return true;
  if (node.kind === "ParenthesizedExpression")
    return isTabular(childOf(node, "Expression"), names, translator);
  if (node.kind !== "NameReference" && node.kind !== "FunctionCallExpression") return false;
  const isCall = node.kind === "FunctionCallExpression";
  const name = (isCall ? childOf(node, "Name") : node).name ?? "";
  const binding = bindingOf(names, name) ?? (isCall ? undefined : translator.named.get(name));
  if (binding?.kind === "function")
    return isTabularFunction(binding.declaration, binding.names, translator);
  if (binding) return binding.kind === "table";
  return isCall ? name === "table" : translator.tables.has(name);
}

function isTabularFunction(declaration: SyntaxNode, outer: Names, translator: Translator): boolean {
  const body = childOf(declaration, "Body");
  const expression = childOf(body, "Expression");
  if (expression.kind !== "NameReference" && expression.kind !== "FunctionCallExpression")
    return isTabular(expression, outer, translator);
  const local = localExpression(expression, declaration);
  if (local === "table" || local === "value") return local === "table";
  return isTabular(local ?? expression, outer, translator);
}

/** What a name within a function means: a parameter's kind, or the expression of a `let` in its body. */
function localExpression(
  node: SyntaxNode,
  declaration: SyntaxNode,
): SyntaxNode | "table" | "value" | null {
  for (const statement of listOf(childOf(declaration, "Body"), "Statements"))
    if (statement.kind === "LetStatement" && childOf(statement, "Name").name === node.name)
      return childOf(statement, "Expression");
  for (const parameter of listOf(childOf(declaration, "Parameters"), "Parameters")) {
    const typed = childOf(parameter, "NameAndType");
    if (childOf(typed, "Name").name === node.name)
      return childOf(typed, "Type").kind === "SchemaTypeExpression" ? "table" : "value";
  }
  return null;
}
