import { convert } from "../conversion/convert.ts";
import { columnValue, withColumns } from "../relation/define-columns.ts";
import type { Relation } from "../relation/relation.ts";
import { elementOf } from "../scalar/dynamic.ts";
import { stringValue } from "../scalar/literal-values.ts";
import { rowScope } from "../scope.ts";
import type { OperatorContext, PluginCall, TabularPlugin } from "../translator.ts";

export const bagUnpack: TabularPlugin = { name: "bag_unpack", translate: unpack };

/**
 * The members of a bag as columns (learn.microsoft.com/kusto/query/bag-unpack-plugin). Which members there are is
 * known before the query runs only where it says so itself: `evaluate bag_unpack(d) : (*, a:string)`.
 */
function unpack(
  call: PluginCall,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const { schema } = call;
  if (!schema)
    return translator.unsupported(
      call.node,
      "plugin bag_unpack without the columns of its answer, as in bag_unpack(d) : (*, a:string)",
    );
  const [bagNode, prefixNode] = call.arguments;
  if (!bagNode) return translator.fail(call.node, "a bag is needed here");
  const bag = translator.scalar(bagNode, rowScope(names, input));
  const prefixed = prefixNode ?? call.named.get("OutputColumnPrefix");
  const prefix = prefixed
    ? String(translator.scalar(prefixed, { row: null, names }).constant ?? "")
    : "";
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
