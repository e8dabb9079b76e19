/** One node or token of a parsed query: a plain tree, so that the translator needs nothing of the parser's library. */
export interface SyntaxNode {
  /** The parser's name of the kind, such as "FilterOperator". */
  readonly kind: string;
  readonly start: number;
  readonly length: number;
  /** The plain name, of what is or has a name. */
  readonly name?: string;
  /** What a token says, and what it means: 'a''b' without its quotes. */
  readonly text?: string;
  readonly value?: string;
  /** The type that the binder found; "" where it could not know, such as within a function's body. */
  readonly boundType?: string;
  /** How the column is called that a call makes without a name of its own. */
  readonly resultName?: ResultName;
  /** The columns that the binder gives the answer of an operator which makes them up itself, such as find. */
  readonly columns?: readonly BoundColumn[];
  readonly children: Readonly<Record<string, SyntaxNode | readonly SyntaxNode[]>>;
}

export interface BoundColumn {
  readonly name: string;
  readonly type: string;
}

/** The parser's rule for naming the result of a call: which kind of rule, and the prefix it puts before. */
export interface ResultName {
  readonly kind: string;
  readonly prefix: string | null;
}

/** The child of that name, which the grammar says is there. */
export function childOf(node: SyntaxNode, name: string): SyntaxNode {
  const child = optionalChildOf(node, name);
  if (!child) throw new TypeError(`${node.kind} has no ${name}`);
  return child;
}

/** The child of that name, where the grammar lets it be left out. */
export function optionalChildOf(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const child = node.children[name];
  return child && "kind" in child ? child : undefined;
}

/** The list of that name; empty where there is none. */
export function listOf(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const child = node.children[name];
  return child && !("kind" in child) ? child : [];
}

/** The text of the token of that name, such as the keyword `asc`; "" where it was left out. */
export function tokenOf(node: SyntaxNode, name: string): string {
  return optionalChildOf(node, name)?.text ?? "";
}

/** The expression within any number of parentheses. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (inner.kind === "ParenthesizedExpression") inner = childOf(inner, "Expression");
  return inner;
}

/** The `name=value` parameters of an operator, by name. */
export function parametersOf(node: SyntaxNode, list = "Parameters"): Map<string, SyntaxNode> {
  return new Map(
    listOf(node, list).map((parameter) => [
      childOf(parameter, "Name").name ?? "",
      childOf(parameter, "Expression"),
    ]),
  );
}

/** What a parameter says: a word such as `leftouter`, a name, or a string. */
export function parameterText(node: SyntaxNode | undefined): string | undefined {
  if (!node) return undefined;
  const token = optionalChildOf(node, "Token");
  return node.name ?? token?.value ?? token?.text ?? node.text;
}
