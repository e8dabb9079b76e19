import { heldValue } from "../relation/define-columns.ts";
import { coreFunctions } from "./core-functions.ts";
import { scalarFunctions } from "../functions/scalar-functions.ts";
import { aggregateFunctions } from "../aggregates/aggregate-functions.ts";
import type { Scope } from "../scope.ts";
import { bindingOf } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf } from "../syntax/syntax-node.ts";
import type { AggregateFunction, FunctionCall, ScalarFunction, Translator } from "../translator.ts";

/** A call of a function of the query's own or of Kusto's. */
export function callFunction(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const name = childOf(node, "Name").name ?? "";
  if (bindingOf(scope.names, name)?.kind === "function")
    return translator.invokeScalar(node, scope);
  const aggregate = scope.aggregates ? aggregateFunctions.get(name) : undefined;
  if (aggregate) return callAggregate(aggregate, functionCall(name, node, scope, translator));
  const found = functionNamed(name);
  if (!found) return refuse(name, node, translator);
  const call = functionCall(name, node, scope, translator);
  const args = call.arguments.map((argument) => heldValue(translator.scalar(argument, scope)));
  return found.translate(args, call);
}

/** One result of an aggregate, as part of a larger expression or alone. */
function callAggregate(aggregate: AggregateFunction, call: FunctionCall): SqlValue {
  const { scope, translator } = call;
  const { aggregates: _, ...inner } = scope;
  if (aggregate.translate)
    return aggregate.translate(
      call.arguments.map((argument) => heldValue(translator.scalar(argument, inner))),
      { ...call, scope: inner },
    );
  const [first] = aggregate.translateColumns?.({ ...call, scope: inner }) ?? [];
  return first?.value ?? call.unsupported(`aggregate ${call.name}`);
}

export function functionNamed(name: string): ScalarFunction | undefined {
  return coreFunctions.get(name) ?? scalarFunctions.get(name);
}

function refuse(name: string, node: SyntaxNode, translator: Translator): never {
  if (aggregateFunctions.has(name))
    return translator.fail(node, `the aggregate ${name} is not allowed here`);
  return translator.unsupported(node, `function ${name}`);
}

/** What a function is told of its call. */
export function functionCall(
  name: string,
  node: SyntaxNode,
  scope: Scope,
  translator: Translator,
): FunctionCall {
  return {
    name,
    node,
    scope,
    translator,
    arguments: node.children["ArgumentList"]
      ? listOf(childOf(node, "ArgumentList"), "Expressions")
      : [],
    fail: (message) => translator.fail(node, `${name}: ${message}`),
    unsupported: (what) => translator.unsupported(node, what),
  };
}
