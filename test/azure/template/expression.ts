// The expressions of both languages as one tree, and what they come to.

export type Node =
  | { kind: "value"; value: unknown }
  | { kind: "call"; name: string; parameters: Node[] }
  | { kind: "member"; of: Node; name: string }
  | { kind: "index"; of: Node; at: Node }
  | { kind: "symbol"; name: string }
  | { kind: "object"; entries: [string, Node][] }
  | { kind: "array"; items: Node[] };

/** What names stand for where an expression is. */
export interface Names {
  call(name: string, values: unknown[]): unknown;
  symbol(name: string): unknown;
}

/** The value of a tree; throws for a name or a member that is not there. */
export function evaluate(node: Node, names: Names): unknown {
  const valueOf = (one: Node): unknown => evaluate(one, names);
  switch (node.kind) {
    case "value":
      return node.value;
    case "symbol":
      return names.symbol(node.name);
    case "member":
      return memberOf(valueOf(node.of), node.name);
    case "index":
      return memberOf(valueOf(node.of), String(valueOf(node.at)));
    case "array":
      return node.items.map(valueOf);
    case "object":
      return Object.fromEntries(node.entries.map(([key, value]) => [key, valueOf(value)]));
    case "call":
      return node.name === "if"
        ? evaluateIf(node.parameters, valueOf)
        : names.call(node.name, node.parameters.map(valueOf));
  }
}

/** Only the branch that is taken: the other may name what is not there. */
function evaluateIf([condition, yes, no]: Node[], valueOf: (one: Node) => unknown): unknown {
  const taken = condition && valueOf(condition) === true ? yes : no;
  if (!taken) throw new Error("if: three arguments expected");
  return valueOf(taken);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value === "object" && value !== null && name in value) {
    return (value as Record<string, unknown>)[name];
  }
  throw new Error(`no member "${name}" in ${JSON.stringify(value)}`);
}

/** The names in a tree, also in a branch that is not taken. */
export function symbolsOf(node: Node): string[] {
  switch (node.kind) {
    case "value":
      return [];
    case "symbol":
      return [node.name];
    case "member":
      return symbolsOf(node.of);
    case "index":
      return [...symbolsOf(node.of), ...symbolsOf(node.at)];
    case "array":
      return node.items.flatMap(symbolsOf);
    case "object":
      return node.entries.flatMap(([, value]) => symbolsOf(value));
    case "call":
      return node.parameters.flatMap(symbolsOf);
  }
}

const tokenPattern = /\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_][\w-]*)|([()[\],.]))/y;

/**
 * Reads `[...]` of a template (Azure Resource Manager, "Syntax and expressions in ARM templates"); text
 * without brackets, or with a second one at its beginning, is text.
 */
export function parseTemplateText(text: string): Node {
  if (text.startsWith("[[")) return { kind: "value", value: text.slice(1) };
  if (!text.startsWith("[") || !text.endsWith("]")) return { kind: "value", value: text };
  const tokens = readTokens(text.slice(1, -1));
  const node = readExpression(tokens);
  if (tokens.length > 0) throw new Error(`"${text}": "${tokens[0]}" is too much`);
  return node;
}

function readTokens(text: string): string[] {
  const tokens: string[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const at = tokenPattern.lastIndex;
    const token = tokenPattern.exec(text)?.[0];
    if (token === undefined) throw new Error(`cannot read "${text.slice(at)}"`);
    tokens.push(token.trim());
  }
  return tokens;
}

function readExpression(tokens: string[]): Node {
  let node = readFirst(tokens);
  for (;;) {
    if (tokens[0] === ".") {
      tokens.shift();
      node = { kind: "member", of: node, name: tokens.shift() ?? "" };
    } else if (tokens[0] === "[") {
      tokens.shift();
      node = { kind: "index", of: node, at: readExpression(tokens) };
      expectToken(tokens, "]");
    } else return node;
  }
}

function readFirst(tokens: string[]): Node {
  const token = tokens.shift() ?? "";
  if (token.startsWith("'"))
    return { kind: "value", value: token.slice(1, -1).replaceAll("''", "'") };
  if (/^-?\d/.test(token)) return { kind: "value", value: Number(token) };
  if (token === "true" || token === "false") return { kind: "value", value: token === "true" };
  expectToken(tokens, "(");
  const parameters: Node[] = [];
  while (tokens[0] !== ")") {
    parameters.push(readExpression(tokens));
    if (tokens[0] !== ")") expectToken(tokens, ",");
  }
  tokens.shift();
  return { kind: "call", name: token, parameters };
}

function expectToken(tokens: string[], wanted: string): void {
  const found = tokens.shift();
  if (found !== wanted) throw new Error(`"${wanted}" expected, "${found ?? "the end"}" found`);
}
