import { comparable } from "../scalar/comparison.ts";
import { columnValue, suffixed } from "../relation/define-columns.ts";
import { defined } from "../relation/relation.ts";
import type { Column, Relation, Source } from "../relation/relation.ts";
import { columnOf, rowScope } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import {
  childOf,
  listOf,
  optionalChildOf,
  parametersOf,
  parameterText,
  unwrapped,
} from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator, Translator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "JoinOperator", translate: join },
  { kind: "LookupOperator", translate: lookup },
];

interface JoinKind {
  readonly sql: string;
  /** Which sides' columns the answer has. */
  readonly left: boolean;
  readonly right: boolean;
  /** Which sides' columns are null where nothing matched. */
  readonly nullLeft?: true;
  readonly nullRight?: true;
}

const both = { left: true, right: true } as const;
const leftOnly = { left: true, right: false } as const;
const rightOnly = { left: false, right: true } as const;

/** How each kind of join is written. */
export const joinKinds = {
  innerunique: { sql: "INNER JOIN", ...both },
  inner: { sql: "INNER JOIN", ...both },
  leftouter: { sql: "LEFT OUTER JOIN", ...both, nullRight: true },
  rightouter: { sql: "RIGHT OUTER JOIN", ...both, nullLeft: true },
  fullouter: { sql: "FULL OUTER JOIN", ...both, nullLeft: true, nullRight: true },
  leftsemi: { sql: "LEFT SEMI JOIN", ...leftOnly },
  leftanti: { sql: "LEFT ANTI JOIN", ...leftOnly },
  anti: { sql: "LEFT ANTI JOIN", ...leftOnly },
  leftantisemi: { sql: "LEFT ANTI JOIN", ...leftOnly },
  rightsemi: { sql: "RIGHT SEMI JOIN", ...rightOnly },
  rightanti: { sql: "RIGHT ANTI JOIN", ...rightOnly },
  rightantisemi: { sql: "RIGHT ANTI JOIN", ...rightOnly },
} as const satisfies Readonly<Record<string, JoinKind>>;

const kindNamed = (word: string): JoinKind | undefined =>
  new Map<string, JoinKind>(Object.entries(joinKinds)).get(word);

/** What must be equal on both sides. */
export interface Key {
  readonly left: SqlValue;
  readonly right: SqlValue;
  /** The right column that the key is, for `lookup`, which leaves it out. */
  readonly rightName: string | null;
}

function join(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const word = parameterText(parametersOf(node).get("kind")) ?? "innerunique";
  const kind = kindNamed(word);
  if (!kind) return translator.unsupported(node, `join kind ${word}`);
  if (input.partition && (kind.nullLeft || !kind.left))
    return translator.unsupported(node, `join kind ${word} in a sub-query`);
  const right = translator.tabular(childOf(node, "Expression"), names);
  const keys = joinKeys(node, { left: input, right }, context);
  const left = word === "innerunique" ? oneForEachKey(input, keys) : input;
  return joined(kind, { left, right, keys }, translator);
}

/** A join whose right side brings its columns without the keys. */
function lookup(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const word = parameterText(parametersOf(node).get("kind")) ?? "leftouter";
  const kind = kindNamed(word);
  if (!kind || (word !== "leftouter" && word !== "inner"))
    return translator.unsupported(node, `lookup kind ${word}`);
  const right = translator.tabular(childOf(node, "Expression"), names);
  const keys = joinKeys(node, { left: input, right }, context);
  const keyNames = new Set(keys.map(({ rightName }) => rightName));
  const columns = right.columns.filter(({ name }) => !keyNames.has(name));
  return joined(kind, { left: input, right: { ...right, columns }, keys }, translator);
}

export interface Sides {
  readonly left: Relation;
  readonly right: Relation;
}

function joinKeys(node: SyntaxNode, sides: Sides, context: OperatorContext): Key[] {
  const { translator } = context;
  const clause = optionalChildOf(node, "ConditionClause") ?? optionalChildOf(node, "LookupClause");
  if (clause?.kind !== "JoinOnClause")
    return translator.unsupported(clause ?? node, "a join without on");
  return listOf(clause, "Expressions").flatMap((item) => keysOf(unwrapped(item), sides, context));
}

function keysOf(item: SyntaxNode, sides: Sides, context: OperatorContext): Key[] {
  const { names, translator } = context;
  if (item.kind === "AndExpression")
    return [childOf(item, "Left"), childOf(item, "Right")].flatMap((part) =>
      keysOf(unwrapped(part), sides, context),
    );
  if (item.kind === "NameReference") return [sameNameKey(item, sides, translator)];
  if (item.kind !== "EqualExpression")
    return translator.unsupported(item, "a join on anything but names and equalities");
  const scope = { ...rowScope(names, null), sides };
  const parts = [childOf(item, "Left"), childOf(item, "Right")].map(unwrapped);
  const [first, second] = parts;
  if (!first || !second) return [];
  const swapped = sideOf(first) === "$right";
  const [leftNode, rightNode] = swapped ? [second, first] : [first, second];
  if (sideOf(leftNode) !== "$left" || sideOf(rightNode) !== "$right")
    return translator.fail(item, "one side of == must be of $left and the other of $right");
  const rightName = childOf(rightNode, "Selector").name ?? null;
  return [
    {
      left: translator.scalar(leftNode, scope),
      right: translator.scalar(rightNode, scope),
      rightName,
    },
  ];
}

function sideOf(node: SyntaxNode): string | undefined {
  return node.kind === "PathExpression" ? childOf(node, "Expression").name : undefined;
}

/** A column that both sides have. */
export function sameNameKey(item: SyntaxNode, { left, right }: Sides, translator: Translator): Key {
  const name = item.name ?? "";
  const [a, b] = [columnOf(left, name), columnOf(right, name)];
  if (!a || !b) return translator.fail(item, `both sides of a join need the column '${name}'`);
  return { left: columnValue(a), right: columnValue(b), rightName: name };
}

/** The default kind takes one row of the left side for each key (learn.microsoft.com/kusto/query/join-innerunique). */
function oneForEachKey(input: Relation, keys: readonly Key[]): Relation {
  const by = [...(input.partition?.by ?? []), ...keys.map(({ left }) => left.sql)];
  const limitBy = { count: "1", by };
  const source = {
    kind: "select",
    from: input.source,
    define: new Map(),
    passes: true,
    limitBy,
  } as const;
  return { ...input, source };
}

/** The rows of both sides whose keys are equal, with the columns that the kind of join has. */
export function joined(
  kind: JoinKind,
  sides: Sides & { keys: readonly Key[] },
  translator: Translator,
): Relation {
  const left = kind.nullLeft ? nullable(sides.left, translator) : sides.left;
  const right = kind.nullRight ? nullable(sides.right, translator) : sides.right;
  const on = sides.keys.map((key) => {
    const [a, b] = comparable(key.left, key.right);
    return `${a.sql} = ${b.sql}`;
  });
  const source: Source = {
    kind: "join",
    join: kind.sql,
    left: left.source,
    right: right.source,
    on,
  };
  const columns = kind.left ? [...left.columns] : [];
  const leftNames = new Set(columns.map(({ name }) => name));
  const taken = new Set([...leftNames, ...right.columns.map(({ name }) => name)]);
  for (const column of kind.right ? right.columns : []) {
    const name = leftNames.has(column.name) ? suffixed(column.name, taken) : column.name;
    taken.add(name);
    columns.push({ ...column, name });
  }
  return {
    columns,
    order: [],
    ...(sides.left.partition ? { partition: sides.left.partition } : {}),
    source: { kind: "select", from: source, define: new Map(), passes: true },
  };
}

/** The side whose rows may be missing: ClickHouse must know that its columns can be null. */
function nullable(relation: Relation, translator: Translator): Relation {
  const define = new Map<string, string>();
  const columns = relation.columns.map((column): Column => {
    if (column.nullable || column.type === "string" || column.type === "dynamic") return column;
    const id = translator.freshId();
    define.set(id, `toNullable(${column.id})`);
    return { ...column, id, nullable: true };
  });
  return { ...relation, columns, source: defined(relation.source, define) };
}
