import { filtered } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { freshCopy } from "../relation/fresh-copy.ts";
import { dotnetNames } from "../scalar/type-names.ts";
import { sqlString } from "../sql-text.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import {
  childOf,
  optionalChildOf,
  parametersOf,
  parameterText,
  tokenOf,
} from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "RenderOperator", translate: render },
  { kind: "AsOperator", translate: nameRows },
  { kind: "InvokeOperator", translate: invoke },
  { kind: "GetSchemaOperator", translate: getSchema },
  { kind: "ConsumeOperator", translate: (_node, input) => filtered(input, ["false"]) },
];

/** The rows stay what they are; how they are to be drawn is told beside them. */
function render(node: SyntaxNode, input: Relation, { translator }: OperatorContext): Relation {
  const withClause = optionalChildOf(node, "WithClause");
  const given = [
    ...parametersOf(node),
    ...(withClause ? parametersOf(withClause, "Properties") : []),
  ].map(([name, value]) => [name, propertyText(value)] as const);
  translator.hints.push({
    visualization: tokenOf(node, "ChartType"),
    properties: Object.fromEntries(given),
  });
  return input;
}

/** A word, a literal, or a list of column names. */
function propertyText(value: SyntaxNode): string {
  const single = parameterText(value);
  if (single !== undefined) return single;
  const lists = Object.values(value.children).filter((child) => !("kind" in child));
  return lists
    .flat()
    .map((item) => ("name" in item ? (item.name ?? "") : ""))
    .join(",");
}

function nameRows(node: SyntaxNode, input: Relation, { translator }: OperatorContext): Relation {
  const name = childOf(node, "Name").name ?? "";
  translator.named.set(name, { kind: "table", relation: () => freshCopy(input, translator) });
  return input;
}

/** `T | invoke f(x)` is f(T, x). */
function invoke(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  return translator.invokeTabular(childOf(node, "Function"), names, input);
}

function getSchema(_node: SyntaxNode, input: Relation, { translator }: OperatorContext): Relation {
  const columns = [
    translator.freshColumn("ColumnName", "string", false),
    translator.freshColumn("ColumnOrdinal", "long", false),
    translator.freshColumn("DataType", "string", false),
    translator.freshColumn("ColumnType", "string", false),
  ];
  const ids = columns.map(({ id }) => id);
  const structure = `${ids[0]} String, ${ids[1]} Int64, ${ids[2]} String, ${ids[3]} String`;
  const rows = input.columns.map(
    ({ name, type }, index) =>
      `(${sqlString(name)}, ${index}, ${sqlString(dotnetNames[type])}, ${sqlString(type)})`,
  );
  return {
    columns,
    order: [],
    source: { kind: "sql", sql: `values(${sqlString(structure)}, ${rows.join(", ")})`, ids },
  };
}
