import type { KustoElement, KustoLibrary } from "./kusto-library.ts";
import type { BoundColumn, ResultName, SyntaxNode } from "./syntax-node.ts";

/** Makes the plain tree of a parsed query. */
export type LowerSyntax = (root: KustoElement) => SyntaxNode;

/** Prepares the tables of names that the parser's enumerations have, once for each library. */
export function createLowerSyntax(library: KustoLibrary): LowerSyntax {
  const kinds = namesByNumber(library.Syntax.SyntaxKind);
  const resultNameKinds = namesByNumber(library.Symbols.ResultNameKind);
  const resultName = (element: KustoElement): ResultName | undefined => {
    const symbol = element.ReferencedSymbol;
    const kind = resultNameKinds.get(symbol?.ResultNameKind ?? -1);
    return kind ? { kind, prefix: symbol?.ResultNamePrefix ?? null } : undefined;
  };
  const lower = (element: KustoElement): SyntaxNode => {
    const kind = kinds.get(element.Kind) ?? "Unknown";
    const named = element.IsToken ? undefined : element.SimpleName;
    const rule = kind === "FunctionCallExpression" ? resultName(element) : undefined;
    return {
      kind,
      start: element.TextStart,
      length: element.Width,
      ...(typeof named === "string" ? { name: named } : {}),
      ...(element.IsToken ? tokenFields(element) : {}),
      ...(element.ResultType ? { boundType: element.ResultType.Name } : {}),
      ...(rule ? { resultName: rule } : {}),
      ...(boundByParser.has(kind) ? { columns: columnsOf(element) } : {}),
      children: element.IsToken ? {} : childrenOf(element),
    };
  };
  const childrenOf = (element: KustoElement): SyntaxNode["children"] => {
    const children: Record<string, SyntaxNode | readonly SyntaxNode[]> = {};
    for (let index = 0; index < element.ChildCount; index++) {
      const child = element.GetChild(index);
      const name = element.GetName(index);
      if (child && name) children[name] = isList(child) ? itemsOf(child).map(lower) : lower(child);
    }
    return children;
  };
  const isList = (element: KustoElement): boolean => kinds.get(element.Kind) === "List";
  const itemsOf = (list: KustoElement): KustoElement[] => {
    const items: KustoElement[] = [];
    for (let index = 0; index < list.ChildCount; index++) {
      const child = list.GetChild(index);
      const separated = child && kinds.get(child.Kind) === "SeparatedElement";
      const item = separated ? child.GetChild(0) : child;
      if (item) items.push(item);
    }
    return items;
  };
  return lower;
}

/** Operators whose columns follow from rules of the binder's own. */
const boundByParser: ReadonlySet<string> = new Set(["FindOperator"]);

function columnsOf({ ResultType: type }: KustoElement): BoundColumn[] {
  const columns = type?.Columns;
  return Array.from({ length: columns?.Count ?? 0 }, (_, index) => {
    const column = columns?.getItem(index);
    return { name: column?.Name ?? "", type: column?.Type.Name ?? "" };
  });
}

function tokenFields(token: KustoElement): { text: string; value?: string } {
  const text = token.Text ?? "";
  return typeof token.Value === "string" ? { text, value: token.Value } : { text };
}

/** An enumeration's numbers with their first names; aliases come later in the list. */
function namesByNumber(enumeration: Readonly<Record<string, unknown>>): Map<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(enumeration))
    if (typeof value === "number" && !names.has(value)) names.set(value, name);
  return names;
}
