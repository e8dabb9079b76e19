import { convert } from "../conversion/convert.ts";
import { columnValue, withColumns } from "../relation/define-columns.ts";
import type { Relation } from "../relation/relation.ts";
import { elementOf } from "../scalar/dynamic.ts";
import { stringValue } from "../scalar/literal-values.ts";
import { rowScope } from "../scope.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import type { OperatorContext, PluginCall, TabularPlugin } from "../translator.ts";
import { askDistinct } from "./ask-distinct.ts";

export const bagUnpack: TabularPlugin = { name: "bag_unpack", translate: unpack };

const conflictRules = ["error", "replace_source", "keep_source"];

interface Unpacking {
  readonly bagNode: SyntaxNode;
  readonly bag: SqlValue;
  readonly prefix: string;
  /** What becomes of a member that is called as a column is. */
  readonly conflict: string;
}

/**
 * The members of a bag as columns (learn.microsoft.com/kusto/query/bag-unpack-plugin). Which members there are the query
 * says itself, as in `evaluate bag_unpack(d) : (*, a:string)`, or the rows are asked first.
 */
function unpack(call: PluginCall, input: Relation, context: OperatorContext): Relation {
  const { translator } = context;
  const { schema } = call;
  const unpacking = argumentsOf(call, input, context);
  if (!schema) return unpackFound(unpacking, input, { call, translator });
  const { bag, bagNode, prefix } = unpacking;
  const others = input.columns.filter(({ name }) => name !== bagNode.name);
  const members = schema.columns.map(({ name, type }) => {
    const own = schema.keepsInput ? undefined : others.find((column) => column.name === name);
    const key = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const value = own ? columnValue(own) : elementOf(bag, [stringValue(key)]);
    return { name, value: convert(value, type) };
  });
  const said = new Set(members.map(({ name }) => name));
  const kept = schema.keepsInput ? others.filter(({ name }) => !said.has(name)) : [];
  return withColumns(
    input,
    [...kept.map((column) => ({ name: column.name, value: columnValue(column) })), ...members],
    translator,
  );
}

function argumentsOf(
  call: PluginCall,
  input: Relation,
  { names, translator }: OperatorContext,
): Unpacking {
  const [bagNode, ...others] = call.arguments;
  if (!bagNode) return translator.fail(call.node, "a bag is needed here");
  const given = (name: string, place: number): SqlValue | null => {
    const node = call.named.get(name) ?? others[place];
    return node ? translator.scalar(node, { row: null, names }) : null;
  };
  const conflict = String(given("columnsConflict", 1)?.constant ?? "error");
  if (!conflictRules.includes(conflict))
    return translator.fail(call.node, `columnsConflict is one of ${conflictRules.join(", ")}`);
  return {
    bagNode,
    bag: translator.scalar(bagNode, rowScope(names, input)),
    prefix: String(given("OutputColumnPrefix", 0)?.constant ?? ""),
    conflict,
  };
}

/** What the columns are the rows say: one for each member, in order, behind those that are there. */
function unpackFound(
  { bag, bagNode, prefix, conflict }: Unpacking,
  input: Relation,
  { call, translator }: { call: PluginCall; translator: OperatorContext["translator"] },
): Relation {
  if (!translator.canAsk)
    return translator.unsupported(
      call.node,
      "plugin bag_unpack without the columns of its answer, as in bag_unpack(d) : (*, a:string)",
    );
  const perRow = `arrayMap(m -> (m.1, ${kindOf("m.2")}), JSONExtractKeysAndValuesRaw(${bag.sql}))`;
  const found = askDistinct(bagNode, input, { perRow, width: 2, translator });
  const others = input.columns.filter(({ name }) => name !== bagNode.name);
  const isThere = (name: string): boolean => others.some((column) => column.name === name);
  const kinds = Map.groupBy(found, ([key = ""]) => key);
  const members = [...kinds]
    .filter(([key]) => key !== "")
    .map(([key, rows]) => ({
      name: prefix + key,
      value: convert(elementOf(bag, [stringValue(key)]), typeOf(rows.map(([, kind]) => kind))),
    }))
    .filter(({ name }) => conflict !== "keep_source" || !isThere(name));
  const clash = members.find(({ name }) => isThere(name));
  if (clash && conflict === "error")
    return translator.fail(
      bagNode,
      `the bag has a member for the column '${clash.name}' that is there: say columnsConflict`,
    );
  const made = new Set(members.map(({ name }) => name));
  const kept = others
    .filter(({ name }) => !made.has(name))
    .map((column) => ({ name: column.name, value: columnValue(column) }));
  const all = [...kept, ...members];
  if (all.length === 0)
    return translator.fail(bagNode, "the bags have no member: no column is left");
  return withColumns(input, all, translator);
}

/** The type of a JSON value, as SQL. */
const kindOf = (json: string): string =>
  `multiIf(startsWith(${json}, '"'), 'string', ${json} IN ('true', 'false'), 'bool', ${json} = 'null', '', match(${json}, '^-?[0-9]+$'), 'long', match(${json}, '^-?[0-9]'), 'real', 'dynamic')`;

/** That of all values, and dynamic where they differ; a null is of any. */
function typeOf(kinds: readonly (string | undefined)[]): KustoType {
  const different = new Set(kinds.filter((kind) => kind !== undefined && kind !== ""));
  const [only] = different;
  return different.size === 1 && only !== undefined ? (only as KustoType) : "dynamic";
}
