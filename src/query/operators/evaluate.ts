import { tabularPlugins } from "../plugins/tabular-plugins.ts";
import type { Relation } from "../relation/relation.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, PluginCall, TabularOperator } from "../translator.ts";
import { schemaColumns } from "./data-table.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "EvaluateOperator", translate: evaluate },
];

/** Calls one of the plugins that are translated; the others are refused by name, where they stand. */
function evaluate(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const call = childOf(node, "FunctionCall");
  const name = childOf(call, "Name").name ?? "";
  const plugin = tabularPlugins.get(name);
  if (!plugin) return context.translator.unsupported(call, `plugin ${name}`);
  return plugin.translate(pluginCall(node, call, context), input, context);
}

function pluginCall(
  node: SyntaxNode,
  call: SyntaxNode,
  { translator }: OperatorContext,
): PluginCall {
  const given = listOf(childOf(call, "ArgumentList"), "Expressions");
  const isNamed = ({ kind }: SyntaxNode): boolean => kind === "SimpleNamedExpression";
  const clause = optionalChildOf(node, "Schema");
  const schema = clause && childOf(clause, "Schema");
  return {
    node: call,
    arguments: given.filter((argument) => !isNamed(argument)),
    named: new Map(
      given
        .filter(isNamed)
        .map((argument) => [childOf(argument, "Name").name ?? "", childOf(argument, "Expression")]),
    ),
    schema: schema
      ? {
          keepsInput: schema.children["AsteriskToken"] !== undefined,
          columns: schemaColumns(schema, translator),
        }
      : null,
  };
}
