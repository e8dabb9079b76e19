import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { defineColumns, replaceColumns } from "../relation/define-columns.ts";
import { defined } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { typeNamed } from "../scalar/type-names.ts";
import { rowScope } from "../scope.ts";
import { sqlString } from "../sql-text.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import {
  childOf,
  listOf,
  optionalChildOf,
  parametersOf,
  parameterText,
} from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "ParseKvOperator", translate: parseKv },
];

interface Delimiters {
  readonly pair: string;
  readonly keyValue: string;
  /** What may stand around a value; "" for nothing. */
  readonly quote: string;
}

/** A column for each key: the first value that the text has for it (learn.microsoft.com/kusto/query/parse-kv-operator). */
function parseKv(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const delimiters = delimitersOf(node);
  if (!delimiters)
    return translator.unsupported(
      node,
      "parse-kv but with pair_delimiter, kv_delimiter and one quote",
    );
  const text = toStringSql(translator.scalar(childOf(node, "Expression"), rowScope(names, input)));
  const values = listOf(childOf(node, "Keys"), "Columns").map((column) => {
    const name = childOf(column, "Name").name ?? "";
    const word = optionalChildOf(childOf(column, "Type"), "Type")?.text ?? "string";
    const groups = `extractGroups(${text}, ${sqlString(patternOf(name, delimiters))})`;
    const found = { sql: `concat(${groups}[1], ${groups}[2])`, type: "string" } as const;
    return { name, value: convert(found, typeNamed(word) ?? "string") };
  });
  const { columns, define } = defineColumns(values, translator);
  const source = defined(input.source, define);
  return { ...input, columns: replaceColumns(input.columns, columns), source };
}

function delimitersOf(node: SyntaxNode): Delimiters | null {
  const clause = optionalChildOf(node, "WithClause");
  const given = clause ? parametersOf(clause, "Properties") : new Map<string, SyntaxNode>();
  const known = ["pair_delimiter", "kv_delimiter", "quote"];
  const [pair, keyValue, quote] = known.map((name) => parameterText(given.get(name)));
  if (!pair || !keyValue || [...given.keys()].some((name) => !known.includes(name))) return null;
  return (quote ?? "").length > 1 ? null : { pair, keyValue, quote: quote ?? "" };
}

const plain = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);

function patternOf(key: string, { pair, keyValue, quote }: Delimiters): string {
  const quoted = quote === "" ? "(\\b\\B)" : `${plain(quote)}([^${plain(quote)}]*)${plain(quote)}`;
  return `(?s)(?:^|${plain(pair)})${plain(key)}${plain(keyValue)}(?:${quoted}|(.*?))(?:${plain(pair)}|$)`;
}
