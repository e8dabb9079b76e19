import type { SyntaxNode } from "../syntax/syntax-node.ts";

/** Whether a name, a pattern with stars or `*` means that column or table. */
export function matchesName(item: SyntaxNode, name: string): boolean {
  if (item.kind === "StarExpression") return true;
  const pattern = item.name ?? "";
  return pattern.includes("*") ? matchesPattern(pattern, name) : pattern === name;
}

/** Whether a text is what a pattern says, in which each star stands for any text. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts.shift() ?? "";
  const last = parts.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
