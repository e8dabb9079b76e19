import type { Scope } from "../scope.ts";
import { bindingOf, columnOf } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf, tokenOf } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";
import { accessPath } from "./access-path.ts";
import { callFunction } from "./function-call.ts";
import { literalOf } from "./literals.ts";
import { arithmetic, isNumber } from "./number-operators.ts";
import { compare, isNullable } from "./comparison.ts";
import { columnValue } from "../relation/define-columns.ts";
import { stringValue } from "./literal-values.ts";
import { typeNamed } from "./type-names.ts";
import { setTest } from "./set-tests.ts";
import { stringTest } from "./string-operators.ts";

type ScalarReader = (node: SyntaxNode, scope: Scope, translator: Translator) => SqlValue;

const readers: Readonly<Record<string, ScalarReader>> = {
  NameReference: readName,
  ParenthesizedExpression: (node, scope, translator) =>
    translator.scalar(childOf(node, "Expression"), scope),
  SimpleNamedExpression: (node, scope, translator) =>
    translator.scalar(childOf(node, "Expression"), scope),
  PathExpression: accessPath,
  ElementExpression: accessPath,
  FunctionCallExpression: callFunction,
  ToScalarExpression: readToScalar,
  UnaryMinusExpression: readMinus,
  UnaryPlusExpression: (node, scope, translator) =>
    translator.scalar(childOf(node, "Expression"), scope),
  AndExpression: (node, scope, translator) => readLogic("AND", node, scope, translator),
  OrExpression: (node, scope, translator) => readLogic("OR", node, scope, translator),
  InExpression: setTest,
  InCsExpression: setTest,
  NotInExpression: setTest,
  NotInCsExpression: setTest,
  HasAnyExpression: setTest,
  HasAllExpression: setTest,
  BetweenExpression: readBetween,
  NotBetweenExpression: readBetween,
  TypeOfLiteralExpression: readTypeOf,
};

/** Translates any scalar expression by the kind of its node. */
export function scalarExpression(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const literal = literalOf(node);
  if (literal) return literal;
  if (literal === undefined) return translator.fail(node, "the literal cannot be read");
  const reader = readers[node.kind];
  if (reader) return reader(node, scope, translator);
  const operator = tokenOf(node, "Operator");
  if (operator === "") return translator.unsupported(node, `expression ${node.kind}`);
  return readBinary(operator, node, scope, translator);
}

const comparisons = new Set(["==", "!=", "<>", "<", "<=", ">", ">="]);
const arithmetics = new Set(["+", "-", "*", "/", "%"]);

function readBinary(
  operator: string,
  node: SyntaxNode,
  scope: Scope,
  translator: Translator,
): SqlValue {
  if (!comparisons.has(operator) && !arithmetics.has(operator))
    return stringTest(operator, node, scope, translator);
  const leftNode = childOf(node, "Left");
  if (leftNode.kind === "StarExpression" && /^([=!]=|<>)$/.test(operator))
    return stringTest(operator === "==" ? "==" : "!==", node, scope, translator);
  const left = translator.scalar(leftNode, scope);
  const right = translator.scalar(childOf(node, "Right"), scope);
  if (comparisons.has(operator)) return compare(operator, left, right);
  const made = arithmetic(operator, left, right);
  return (
    made ??
    translator.fail(node, `the operator ${operator} takes no ${left.type} and ${right.type}`)
  );
}

function readName(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const name = node.name ?? "";
  const column = columnOf(scope.row, name);
  if (column) return columnValue(column);
  const binding = bindingOf(scope.names, name);
  if (binding?.kind === "scalar") return binding.value;
  return translator.fail(node, `the name '${name}' is no column or value here`);
}

/** `typeof(long)` as an argument: the type's name. */
function readTypeOf(node: SyntaxNode): SqlValue {
  const [type] = listOf(node, "Types");
  return stringValue(typeNamed((type && optionalChildOf(type, "Type")?.text) ?? "") ?? "");
}

/** The first value of a table's first column; null where it has no row. */
function readToScalar(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  return translator.scalarOf(childOf(node, "Expression"), scope.names);
}

function readMinus(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const value = translator.scalar(childOf(node, "Expression"), scope);
  const { constant, type, nullable } = value;
  if (!isNumber(type) && type !== "timespan")
    return translator.fail(node, `the operator - takes no ${type}`);
  const negated =
    typeof constant === "bigint" || typeof constant === "number" ? -constant : undefined;
  const sql =
    typeof negated === "bigint"
      ? `toInt64(${negated})`
      : `(-${type === "int" ? `toInt64(${value.sql})` : value.sql})`;
  return {
    sql,
    type: type === "int" ? "long" : type,
    ...(negated === undefined ? {} : { constant: negated }),
    ...(nullable === undefined ? {} : { nullable }),
  };
}

function readLogic(
  operator: string,
  node: SyntaxNode,
  scope: Scope,
  translator: Translator,
): SqlValue {
  const left = translator.scalar(childOf(node, "Left"), scope);
  const right = translator.scalar(childOf(node, "Right"), scope);
  const nullable = isNullable(left) || isNullable(right);
  return { sql: `(${left.sql} ${operator} ${right.sql})`, type: "bool", nullable };
}

/** Both ends belong to it; a timespan as the end counts from the beginning. */
function readBetween(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const couple = childOf(node, "Right");
  const value = translator.scalar(childOf(node, "Left"), scope);
  const first = translator.scalar(childOf(couple, "First"), scope);
  const end = translator.scalar(childOf(couple, "Second"), scope);
  const shifted = value.type === "datetime" && end.type === "timespan";
  const second = (shifted ? arithmetic("+", first, end) : null) ?? end;
  const [from, to] = [compare(">=", value, first), compare("<=", value, second)];
  const negated = tokenOf(node, "Operator").startsWith("!");
  const nullable = isNullable(from) || isNullable(to);
  return {
    sql: `${negated ? "NOT " : ""}(${from.sql} AND ${to.sql})`.replace(/^NOT (.*)$/s, "(NOT $1)"),
    type: "bool",
    nullable,
  };
}
