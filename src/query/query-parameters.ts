import { parseDatetime } from "./scalar/datetime-text.ts";
import {
  boolValue,
  datetimeValue,
  dynamicValue,
  intValue,
  longValue,
  realValue,
  stringValue,
  timespanValue,
} from "./scalar/literal-values.ts";
import { convert } from "./conversion/convert.ts";
import { parseTimespan } from "./scalar/timespan-text.ts";
import { typeNamed } from "./scalar/type-names.ts";
import type { Binding, Names } from "./scope.ts";
import type { KustoType, SqlValue } from "./sql-value.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "./syntax/syntax-node.ts";
import type { Translator } from "./translator.ts";

/**
 * `declare query_parameters(x:long = 1)`: what was given beside the query, else the default
 * (learn.microsoft.com/kusto/query/query-parameters-statement). Values never become text of the query.
 */
export function bindParameters(
  statement: SyntaxNode,
  names: Names,
  translator: Translator,
): Map<string, Binding> {
  return new Map(
    listOf(statement, "Parameters").map((parameter) => {
      const typed = childOf(parameter, "NameAndType");
      const name = childOf(typed, "Name").name ?? "";
      const type = typeNamed(optionalChildOf(childOf(typed, "Type"), "Type")?.text ?? "");
      if (!type) return translator.fail(parameter, "there is no type of that name");
      return [
        name,
        { kind: "scalar", value: valueOf(parameter, { name, type, names }, translator) },
      ];
    }),
  );
}

interface Declared {
  readonly name: string;
  readonly type: KustoType;
  readonly names: Names;
}

function valueOf(
  parameter: SyntaxNode,
  { name, type, names }: Declared,
  translator: Translator,
): SqlValue {
  const given = Object.hasOwn(translator.parameters, name)
    ? translator.parameters[name]
    : undefined;
  if (given !== undefined)
    return (
      constantOf(String(given), type) ??
      translator.fail(parameter, `the value of the query parameter '${name}' is no ${type}`)
    );
  const otherwise = optionalChildOf(parameter, "DefaultValue");
  if (!otherwise) return translator.fail(parameter, `the query parameter '${name}' has no value`);
  const value = translator.scalar(childOf(otherwise, "Value"), { row: null, names });
  return convert(value, type);
}

/** A text as a constant of a type; null where it is none. */
function constantOf(text: string, type: KustoType): SqlValue | null {
  const trimmed = text.trim();
  switch (type) {
    case "string":
      return stringValue(text);
    case "long":
    case "int":
      if (!/^-?\d{1,19}$/.test(trimmed)) return null;
      return wholeValue(BigInt(trimmed), type);
    case "real":
      return trimmed === "" || Number.isNaN(Number(trimmed)) ? null : realValue(Number(trimmed));
    case "bool":
      return /^(true|false)$/i.test(trimmed) ? boolValue(trimmed.toLowerCase() === "true") : null;
    case "datetime": {
      const ticks = parseDatetime(trimmed);
      return ticks === null ? null : datetimeValue(ticks);
    }
    case "timespan": {
      const ticks = parseTimespan(trimmed);
      return ticks === null ? null : timespanValue(ticks);
    }
    case "dynamic":
      return isJson(text) ? dynamicValue(text) : null;
    case "guid":
    case "decimal":
      return convert(stringValue(trimmed), type);
  }
}

function wholeValue(value: bigint, type: "long" | "int"): SqlValue | null {
  if (BigInt.asIntN(type === "long" ? 64 : 32, value) !== value) return null;
  return type === "long" ? longValue(value) : intValue(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
