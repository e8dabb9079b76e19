import { columnValue, defineColumns, replaceColumns } from "../relation/define-columns.ts";
import { defined } from "../relation/relation.ts";
import type { Column, Relation, SelectSource } from "../relation/relation.ts";
import { convert } from "../conversion/convert.ts";
import { elementsOf } from "../conversion/to-dynamic.ts";
import { typeNamed } from "../scalar/type-names.ts";
import { rowScope } from "../scope.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
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
  { kind: "MvExpandOperator", translate: mvExpand },
];

/** One column to be expanded. */
export interface Expansion {
  readonly name: string;
  readonly type: KustoType;
  /** The array of the JSON of its items. */
  readonly items: string;
}

function mvExpand(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const indexName = parameterText(parametersOf(node).get("with_itemindex"));
  return expandRows(input, expansionsOf(node, input, context), {
    context,
    ...rowLimitOf(node, context),
    ...(indexName === undefined ? {} : { indexName }),
  });
}

/** The columns that mv-expand or mv-apply expands. */
export function expansionsOf(
  node: SyntaxNode,
  input: Relation,
  context: OperatorContext,
): Expansion[] {
  const parameters = parametersOf(node);
  const kind = parameters.get("kind") ?? parameters.get("bagexpansion");
  const asArrays = parameterText(kind) === "array";
  return listOf(node, "Expressions").map((item) => expansionOf(item, { input, asArrays, context }));
}

/** How many items of a row are taken at most, where the query says it. */
export function rowLimitOf(
  node: SyntaxNode,
  { names, translator }: OperatorContext,
): { rowLimit?: SqlValue } {
  const limit = optionalChildOf(node, "RowLimitClause");
  if (!limit) return {};
  return { rowLimit: translator.scalar(childOf(limit, "RowLimit"), rowScope(names, null)) };
}

interface ExpansionContext {
  readonly input: Relation;
  readonly asArrays: boolean;
  readonly context: OperatorContext;
}

/** What one item of the list says: `x`, `x = expression`, `x to typeof(long)`. */
function expansionOf(item: SyntaxNode, { input, asArrays, context }: ExpansionContext): Expansion {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const expression = childOf(item, "Expression");
  const value = translator.scalar(expression, scope);
  if (value.type !== "dynamic")
    return translator.fail(expression, `only a dynamic value can be expanded, not a ${value.type}`);
  const to = optionalChildOf(item, "ToTypeOf");
  const [typeNode] = to ? listOf(childOf(to, "TypeOf"), "Types") : [];
  const type = typeNode ? typeNamed(optionalChildOf(typeNode, "Type")?.text ?? "") : "dynamic";
  if (!type) return translator.fail(item, "there is no type of that name");
  const name = translator.nameOf(expression, scope) ?? "Column1";
  return {
    name,
    type,
    items: value.array ? elementsOf(value) : itemsToExpand(value, asArrays),
  };
}

/**
 * The items that a value expands to: an array's, a bag's properties as bags of one or as arrays of name
 * and value, and of anything else the value itself (learn.microsoft.com/kusto/query/mv-expand-operator).
 */
function itemsToExpand({ sql }: SqlValue, asArrays: boolean): string {
  const [open, between, close] = asArrays ? ["[", ",", "]"] : ["{", ":", "}"];
  const property = `concat('${open}', toJSONString(pair.1), '${between}', pair.2, '${close}')`;
  const bag = `arrayMap(pair -> ${property}, JSONExtractKeysAndValuesRaw(${sql}))`;
  const array = `JSONExtractArrayRaw(${sql})`;
  return `multiIf(startsWith(${sql}, '['), ${array}, startsWith(${sql}, '{'), ${bag}, [${sql}])`;
}

export interface ExpandOptions {
  readonly context: OperatorContext;
  readonly rowLimit?: SqlValue;
  readonly indexName?: string;
}

/** One row for each item, none for an empty array; of several columns the n-th items together, null where one has fewer. */
export function expandRows(
  input: Relation,
  expansions: readonly Expansion[],
  options: ExpandOptions,
): Relation {
  const { translator } = options.context;
  const arrays = expansions.map(({ items }) => ({
    name: "",
    value: { sql: items, type: "dynamic" } as const,
  }));
  const { columns: held, define } = defineColumns(arrays, translator);
  const lengths = held.map(({ id }) => `length(${id})`);
  const longest = lengths.length > 1 ? `greatest(${lengths.join(", ")})` : (lengths[0] ?? "0");
  const size = options.rowLimit ? `least(${longest}, ${options.rowLimit.sql})` : longest;
  const itemIds = expansions.map(() => translator.freshId());
  const arrayJoin = held.map(({ id }, index) => {
    const sized = held.length > 1 || options.rowLimit ? `arrayResize(${id}, ${size}, '')` : id;
    return `${sized} AS ${itemIds[index] ?? ""}`;
  });
  const index = translator.freshColumn(options.indexName ?? "", "long", false);
  if (options.indexName !== undefined)
    arrayJoin.push(`arrayEnumerate(arrayResize(${held[0]?.id ?? ""}, ${size}, '')) AS ${index.id}`);
  const below = defined(input.source, define);
  const source: SelectSource = {
    kind: "select",
    from: below,
    define: new Map(),
    passes: true,
    arrayJoin,
  };
  return withItems(
    { ...input, source },
    { expansions, itemIds, index: options.indexName === undefined ? null : index },
    options,
  );
}

interface Items {
  readonly expansions: readonly Expansion[];
  readonly itemIds: readonly string[];
  readonly index: Column | null;
}

/** Items are cast to these types and not read: a string that says 5 is no number. */
const castOnly: ReadonlySet<KustoType> = new Set(["long", "int", "real", "bool", "decimal"]);

/** The items as columns of their types, in the place of what was expanded. */
function withItems(
  relation: Relation,
  { expansions, itemIds, index }: Items,
  { context }: ExpandOptions,
): Relation {
  const values = expansions.map(({ name, type }, at) => {
    const id = itemIds[at] ?? "";
    const none = castOnly.has(type)
      ? `(${id} = 'null' OR startsWith(${id}, '"'))`
      : `${id} = 'null'`;
    const item: SqlValue = { sql: `if(${none}, '', ${id})`, type: "dynamic" };
    return { name, value: convert(item, type) };
  });
  const counted = index
    ? [
        {
          name: index.name,
          value: { ...columnValue(index), sql: `toInt64(greatest(${index.id}, 1) - 1)` },
        },
      ]
    : [];
  const { columns, define } = defineColumns([...values, ...counted], context.translator);
  const source: SelectSource = { kind: "select", from: relation.source, define, passes: true };
  return { ...relation, columns: replaceColumns(relation.columns, columns), source };
}
