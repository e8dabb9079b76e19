import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "../syntax/syntax-node.ts";
import { parseDatetime } from "./datetime-text.ts";
import { isoText, timespanText } from "./value-text.ts";
import { parseTimespan } from "./timespan-text.ts";

/** The JSON text of what stands in `dynamic(...)`; null where it is nothing that JSON can say. */
export function jsonLiteral(node: SyntaxNode): string | null {
  switch (node.kind) {
    case "JsonArrayExpression":
      return joined(listOf(node, "Values").map(jsonLiteral), "[", "]");
    case "JsonObjectExpression":
      return joined(listOf(node, "Pairs").map(jsonPair), "{", "}");
    case "StringLiteralExpression":
      return JSON.stringify(childOf(node, "Token").value ?? "");
    case "CompoundStringLiteralExpression":
      return JSON.stringify(
        listOf(node, "Tokens")
          .map((token) => token.value ?? "")
          .join(""),
      );
    case "NullLiteralExpression":
      return "null";
    case "UnaryMinusExpression": {
      const inner = jsonLiteral(childOf(node, "Expression"));
      return inner === null ? null : `-${inner}`;
    }
    default:
      return jsonScalar(node);
  }
}

function jsonPair(pair: SyntaxNode): string | null {
  const value = jsonLiteral(childOf(pair, "Value"));
  return value === null ? null : `${JSON.stringify(childOf(pair, "Name").value ?? "")}:${value}`;
}

function joined(items: readonly (string | null)[], open: string, close: string): string | null {
  return items.includes(null) ? null : `${open}${items.join(",")}${close}`;
}

function jsonScalar(node: SyntaxNode): string | null {
  const token = optionalChildOf(node, "Token")?.text ?? "";
  const inner = /^\w+\s*\(([\s\S]*)\)$/.exec(token)?.[1] ?? token;
  const text = inner.trim().replace(/^(['"])([\s\S]*)\1$/, "$2");
  if (node.kind === "DateTimeLiteralExpression") return quoted(parseDatetime(text), isoText);
  if (node.kind === "TimespanLiteralExpression") return quoted(parseTimespan(text), timespanText);
  if (node.kind === "GuidLiteralExpression") return JSON.stringify(text.toLowerCase());
  if (node.kind === "BooleanLiteralExpression") return text.toLowerCase();
  if (text.toLowerCase() === "null") return "null";
  if (/^0x[0-9a-f]+$/i.test(text)) return String(BigInt(text));
  return /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)
    ? text.replace(/^\+/, "").replace(/\.$/, ".0")
    : null;
}

function quoted(ticks: bigint | null, write: (ticks: bigint) => string): string | null {
  return ticks === null ? null : `"${write(ticks)}"`;
}
