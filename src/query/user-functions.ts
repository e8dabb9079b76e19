import { freshCopy } from "./relation/fresh-copy.ts";
import type { Relation } from "./relation/relation.ts";
import type { Binding, Names, Scope } from "./scope.ts";
import { bindingOf, withBindings } from "./scope.ts";
import { convert } from "./conversion/convert.ts";
import { typeNamed } from "./scalar/type-names.ts";
import type { SqlValue } from "./sql-value.ts";
import { bindStatements } from "./statements.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "./syntax/syntax-node.ts";
import type { Translator } from "./translator.ts";

/** Calls a function of a `let` for its value: its body is put in the place of the call. */
export function invokeScalar(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  translator.countStage(node);
  const { body, names } = enterFunction(node, scope, { translator });
  return translator.scalar(body, { row: null, names });
}

/** Calls a function of a `let` for its table; `input` is what `invoke` puts before the arguments. */
export function invokeTabular(
  node: SyntaxNode,
  names: Names,
  { translator, input }: { translator: Translator; input?: Relation | undefined },
): Relation {
  translator.countStage(node);
  const entered = enterFunction(node, { row: null, names }, { translator, input });
  return translator.tabular(entered.body, entered.names);
}

interface Entry {
  readonly translator: Translator;
  readonly input?: Relation | undefined;
}

/** The function's body, and what names mean in it: its arguments, then what was known where it was made. */
function enterFunction(
  node: SyntaxNode,
  scope: Scope,
  { translator, input }: Entry,
): { body: SyntaxNode; names: Names } {
  const call = node.kind === "NameReference" ? undefined : node;
  const name = (call ? childOf(call, "Name") : node).name ?? "";
  const binding = bindingOf(scope.names, name);
  if (binding?.kind !== "function")
    return translator.fail(node, `the name '${name}' is no function`);
  const { declaration } = binding;
  const parameters = listOf(childOf(declaration, "Parameters"), "Parameters");
  const given = call ? listOf(childOf(call, "ArgumentList"), "Expressions") : [];
  const bound = bindArguments(parameters, given, {
    scope,
    translator,
    input,
    names: binding.names,
  });
  const body = childOf(declaration, "Body");
  const names = bindStatements(
    listOf(body, "Statements"),
    withBindings(binding.names, bound),
    translator,
  );
  return { body: childOf(body, "Expression"), names };
}

interface ArgumentContext extends Entry {
  readonly scope: Scope;
  /** What was known where the function was made: its defaults are read there. */
  readonly names: Names;
}

function bindArguments(
  parameters: readonly SyntaxNode[],
  given: readonly SyntaxNode[],
  context: ArgumentContext,
): Map<string, Binding> {
  const positional = given.filter(({ kind }) => kind !== "SimpleNamedExpression");
  const named = new Map(
    given
      .filter(({ kind }) => kind === "SimpleNamedExpression")
      .map((argument) => [childOf(argument, "Name").name ?? "", childOf(argument, "Expression")]),
  );
  const bound = new Map<string, Binding>();
  let skipped = context.input ? 1 : 0;
  for (const [index, parameter] of parameters.entries()) {
    const name = childOf(childOf(parameter, "NameAndType"), "Name").name ?? "";
    const { input } = context;
    if (index === 0 && input)
      bound.set(name, { kind: "table", relation: () => freshCopy(input, context.translator) });
    else {
      if (named.has(name)) skipped++;
      bound.set(
        name,
        bindArgument(parameter, named.get(name) ?? positional[index - skipped], context),
      );
    }
  }
  return bound;
}

function bindArgument(
  parameter: SyntaxNode,
  argument: SyntaxNode | undefined,
  context: ArgumentContext,
): Binding {
  const { scope, translator, names } = context;
  const type = childOf(childOf(parameter, "NameAndType"), "Type");
  if (type.kind === "SchemaTypeExpression") {
    if (!argument) return translator.fail(parameter, "a table is missing for this parameter");
    return { kind: "table", relation: () => translator.tabular(argument, scope.names) };
  }
  const value = argument
    ? translator.scalar(argument, scope)
    : defaultOf(parameter, names, translator);
  const wanted = typeNamed(childOf(type, "Type").text ?? "");
  const converted = wanted && wanted !== value.type ? convert(value, wanted) : value;
  return { kind: "scalar", value: converted };
}

function defaultOf(parameter: SyntaxNode, names: Names, translator: Translator): SqlValue {
  const value = optionalChildOf(parameter, "DefaultValue");
  if (!value) return translator.fail(parameter, "an argument is missing for this parameter");
  return translator.scalar(childOf(value, "Value"), { row: null, names });
}
