import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { defineColumns, replaceColumns } from "../relation/define-columns.ts";
import { defined, filtered } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { typeNamed } from "../scalar/type-names.ts";
import { rowScope } from "../scope.ts";
import { sqlString } from "../sql-text.ts";
import type { KustoType } from "../sql-value.ts";
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
  {
    kind: "ParseOperator",
    translate: (node, input, context) => parse(node, input, context, false),
  },
  {
    kind: "ParseWhereOperator",
    translate: (node, input, context) => parse(node, input, context, true),
  },
];

interface Capture {
  readonly name: string;
  readonly type: KustoType;
}

interface Pattern {
  readonly regex: string;
  readonly captures: readonly Capture[];
}

/**
 * Columns out of a text (learn.microsoft.com/kusto/query/parse-operator). The pattern becomes one regular
 * expression: texts stand for themselves, a star for anything, a column for the shortest text of its type.
 */
function parse(
  node: SyntaxNode,
  input: Relation,
  context: OperatorContext,
  drops: boolean,
): Relation {
  const { names, translator } = context;
  const kind = parameterText(parametersOf(node).get("kind")) ?? "simple";
  const flags = parameterText(parametersOf(node).get("flags")) ?? "";
  if (!/^[imsU]*$/.test(flags)) return translator.fail(node, `there are no flags "${flags}"`);
  const pattern = patternOf(listOf(node, "Patterns"), kind, context);
  const regex = sqlString(
    `(?${flags.includes("s") || kind !== "regex" ? "s" : "-s"}${flags.replaceAll("s", "")})^${pattern.regex}$`,
  );
  const text = toStringSql(translator.scalar(childOf(node, "Expression"), rowScope(names, input)));
  const id = translator.freshId();
  const groups = defined(input.source, new Map([[id, `extractGroups(${text}, ${regex})`]]));
  const isStrict = kind === "simple";
  const values = pattern.captures.map(({ name, type }, index) => ({
    name,
    value: convert({ sql: `${id}[${index + 1}]`, type: "string" }, type),
  }));
  const whole = values.flatMap(({ value }) =>
    value.type === "string" || !isStrict ? [] : [`isNotNull(${value.sql})`],
  );
  const found = [`notEmpty(${id})`, ...whole].join(" AND ");
  const held =
    isStrict && whole.length > 0
      ? values.map(({ name, value }) => ({
          name,
          value: {
            ...value,
            sql: `if(${found}, ${value.sql}, ${value.type === "string" ? "''" : "NULL"})`,
          },
        }))
      : values;
  const { columns, define } = defineColumns(held, translator);
  const source = defined(
    { kind: "select", from: groups, define: new Map(), passes: true, where: [] },
    define,
  );
  const parsed: Relation = { ...input, columns: replaceColumns(input.columns, columns), source };
  return drops ? filtered(parsed, [found]) : parsed;
}

const numberPatterns: Partial<Record<KustoType, string>> = {
  long: "[-+]?[0-9]+",
  int: "[-+]?[0-9]+",
  real: "[-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?",
};

function patternOf(
  parts: readonly SyntaxNode[],
  kind: string,
  { translator }: OperatorContext,
): Pattern {
  const captures: Capture[] = [];
  const pieces = parts.map((part, index) => {
    if (part.kind === "StarExpression") return index === parts.length - 1 ? ".*" : ".*?";
    const named = part.kind === "NameAndTypeDeclaration" ? childOf(part, "Name") : part;
    if (named.kind === "NameDeclaration") {
      const capture = { name: named.name ?? "", type: typeOf(part) };
      captures.push(capture);
      const number = numberPatterns[capture.type];
      const anything = `.*${index === parts.length - 1 ? "" : "?"}`;
      if (!number) return `(${anything})`;
      return kind === "relaxed" ? `(${number}|${anything})` : `(${number})`;
    }
    const text = translator.scalar(part, {
      row: null,
      names: { bindings: new Map(), outer: null },
    }).constant;
    if (typeof text !== "string") return translator.fail(part, "a constant text is needed here");
    return kind === "regex"
      ? `(?:${uncaptured(text)})`
      : text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
  });
  return { regex: pieces.join(""), captures };
}

/** Groups of the query's own regular expressions must not be counted with those of the columns. */
const uncaptured = (pattern: string): string =>
  pattern.replaceAll(/(\\.)|\((?!\?)/gs, (all, escaped?: string) => escaped ?? `${all}?:`);

function typeOf(part: SyntaxNode): KustoType {
  const type = part.kind === "NameAndTypeDeclaration" ? optionalChildOf(part, "Type") : undefined;
  return typeNamed((type && optionalChildOf(type, "Type")?.text) ?? "string") ?? "string";
}
