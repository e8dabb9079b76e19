import type { Binding, Names } from "./scope.ts";
import { withBindings } from "./scope.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf } from "./syntax/syntax-node.ts";
import { bindParameters } from "./query-parameters.ts";
import type { Translator } from "./translator.ts";

/** What names mean behind some statements: each `let` sees those before it. */
export function bindStatements(
  statements: readonly SyntaxNode[],
  outer: Names,
  translator: Translator,
): Names {
  let names = outer;
  for (const statement of statements) {
    if (statement.kind === "SetOptionStatement" || statement.kind === "ExpressionStatement")
      continue;
    if (statement.kind === "QueryParametersStatement") {
      names = withBindings(names, bindParameters(statement, names, translator));
      continue;
    }
    if (statement.kind !== "LetStatement")
      return translator.unsupported(statement, statementName(statement));
    const name = childOf(statement, "Name").name ?? "";
    names = withBindings(
      names,
      new Map([[name, bindLet(childOf(statement, "Expression"), names, translator)]]),
    );
  }
  return names;
}

function bindLet(expression: SyntaxNode, names: Names, translator: Translator): Binding {
  if (expression.kind === "FunctionDeclaration")
    return { kind: "function", declaration: expression, names };
  if (translator.isTabular(expression, names))
    return { kind: "table", relation: () => translator.tabular(expression, names) };
  return { kind: "scalar", value: translator.scalar(expression, { row: null, names }) };
}

function statementName(statement: SyntaxNode): string {
  const words = statement.kind.replace("Statement", "").replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  return `statement ${words.toLowerCase()}`;
}
