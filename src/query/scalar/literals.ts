import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf } from "../syntax/syntax-node.ts";
import { parseDatetime } from "./datetime-text.ts";
import { jsonLiteral } from "./json-literal.ts";
import {
  boolValue,
  datetimeValue,
  dynamicValue,
  intValue,
  longValue,
  nullValue,
  realValue,
  stringValue,
  timespanValue,
} from "./literal-values.ts";
import { parseTimespan } from "./timespan-text.ts";

/** Reads the text of a literal; null where the text means nothing in that type. */
type LiteralReader = (text: string) => SqlValue | null;

const readers: Readonly<Record<string, { type: KustoType; read: LiteralReader }>> = {
  LongLiteralExpression: { type: "long", read: (text) => readInteger(text, 64, longValue) },
  IntLiteralExpression: { type: "int", read: (text) => readInteger(text, 32, intValue) },
  RealLiteralExpression: { type: "real", read: readReal },
  DecimalLiteralExpression: { type: "decimal", read: readDecimal },
  BooleanLiteralExpression: { type: "bool", read: readBool },
  DateTimeLiteralExpression: {
    type: "datetime",
    read: (text) => mapped(parseDatetime(text), datetimeValue),
  },
  TimespanLiteralExpression: {
    type: "timespan",
    read: (text) => mapped(parseTimespan(text), timespanValue),
  },
  GuidLiteralExpression: { type: "guid", read: readGuid },
};

/** The value of a literal of any type; null where the node is none, undefined where it is none that can be read. */
export function literalOf(node: SyntaxNode): SqlValue | null | undefined {
  if (node.kind === "StringLiteralExpression")
    return stringValue(childOf(node, "Token").value ?? "");
  if (node.kind === "CompoundStringLiteralExpression")
    return stringValue(
      listOf(node, "Tokens")
        .map((token) => token.value ?? "")
        .join(""),
    );
  if (node.kind === "DynamicExpression") {
    const json = jsonLiteral(childOf(node, "Expression"));
    return json === null ? undefined : dynamicValue(json);
  }
  const reader = readers[node.kind];
  if (!reader) return null;
  const text = literalText(childOf(node, "Token").text ?? "");
  if (text.toLowerCase() === "null" || text === "") return nullValue(reader.type);
  return reader.read(text) ?? undefined;
}

/** What stands in `long(...)`, or the text itself; a quoted text without its quotes. */
function literalText(token: string): string {
  const inner = /^[a-z_]\w*\s*\(([\s\S]*)\)$/i.exec(token)?.[1] ?? token;
  return inner
    .trim()
    .replace(/^h?@?(['"])([\s\S]*)\1$/i, "$2")
    .trim();
}

function mapped<T>(value: T | null, make: (value: T) => SqlValue): SqlValue | null {
  return value === null ? null : make(value);
}

function readInteger(
  text: string,
  bits: number,
  make: (value: bigint) => SqlValue,
): SqlValue | null {
  const match = /^([+-]?)\s*(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (!match) return null;
  const value = BigInt(match[2] ?? 0) * (match[1] === "-" ? -1n : 1n);
  return BigInt.asIntN(bits, value) === value ? make(value) : null;
}

function readReal(text: string): SqlValue | null {
  const special = /^([+-]?)(inf|nan)$/i.exec(text);
  if (special?.[2]?.toLowerCase() === "nan") return realValue(Number.NaN);
  if (special) return realValue(special[1] === "-" ? -Infinity : Infinity);
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? realValue(Number(text)) : null;
}

function readDecimal(text: string): SqlValue | null {
  if (!/^[+-]?\d{1,26}(\.\d+)?(e[+-]?\d{1,2})?$/i.test(text)) return null;
  return { sql: `toDecimal128('${text}', 12)`, type: "decimal", nullable: false };
}

function readBool(text: string): SqlValue | null {
  const word = text.toLowerCase();
  if (word === "true" || word === "1") return boolValue(true);
  return word === "false" || word === "0" ? boolValue(false) : null;
}

function readGuid(text: string): SqlValue | null {
  const digits = text.replaceAll(/[-{}]/g, "").toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { sql: `toUUID('${uuid}')`, type: "guid", constant: uuid, nullable: false };
}
