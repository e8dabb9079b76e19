import { toStringSql } from "../conversion/to-string.ts";
import * as ipv4 from "../functions/addresses.ts";
import * as ipv6 from "../functions/ipv6-addresses.ts";
import { joined, joinKinds, sameNameKey } from "../operators/join.ts";
import type { Key } from "../operators/join.ts";
import { columnValue, defineColumns } from "../relation/define-columns.ts";
import { freshCopy } from "../relation/fresh-copy.ts";
import { defined, filtered } from "../relation/relation.ts";
import type { Relation, Source } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import type { OperatorContext, PluginCall, TabularPlugin, Translator } from "../translator.ts";

/** How addresses of one family are compared. */
interface Family {
  /** Null where a text is no address. */
  readonly address: (text: string) => string;
  readonly prefix: (text: string) => string;
  readonly network: (text: string, prefix: string) => string;
}

const families: Readonly<Record<string, Family>> = {
  ipv4_lookup: {
    address: ipv4.addressOf,
    prefix: ipv4.prefixOf,
    network: (text, prefix) => ipv4.masked(`assumeNotNull(${ipv4.addressOf(text)})`, prefix),
  },
  ipv6_lookup: {
    address: ipv6.bytesOf,
    prefix: ipv6.prefixOf,
    network: (text, prefix) => ipv6.masked(ipv6.bytesOf(text), prefix),
  },
};

/** `evaluate ipv4_lookup(...)` and `evaluate ipv6_lookup(...)`. */
export const addressLookups: readonly TabularPlugin[] = Object.entries(families).map(
  ([name, family]) => ({
    name,
    translate: (call, input, context) => lookup(family, call, input, context),
  }),
);

/**
 * The rows with those of a table whose network has their address, every one of them where networks lie within
 * each other (learn.microsoft.com/kusto/query/ipv4-lookup-plugin). Each address is cut to each length of prefix
 * that the table has and looked for among its networks, so that the time does not grow with their number.
 */
function lookup(
  family: Family,
  call: PluginCall,
  input: Relation,
  context: OperatorContext,
): Relation {
  const { names, translator } = context;
  const [tableNode, sourceNode, networkNode, ...rest] = call.arguments;
  if (!tableNode || !sourceNode || !networkNode)
    return translator.fail(call.node, "a table and two keys are needed");
  const isKey = (node: SyntaxNode): boolean => node.kind === "NameReference";
  const flag = call.named.get("return_unmatched") ?? rest.find((node) => !isKey(node));
  const keepsAll = flag ? translator.scalar(flag, { row: null, names }).constant === true : false;
  const table = translator.tabular(tableNode, names);
  const address = {
    type: "string",
    sql: toStringSql(translator.scalar(sourceNode, rowScope(names, input))),
  } as const;
  const held = defineColumns([{ name: "", value: address }], translator);
  const [key] = held.columns;
  if (!key) return translator.fail(sourceNode, "an address is needed here");
  const left: Relation = { ...input, source: defined(input.source, held.define) };
  const extra = rest
    .filter(isKey)
    .map((node) => sameNameKey(node, { left, right: table }, translator));
  const matches = matchesOf(family, distinctKeys(left, key.id, translator), table, {
    network: translator.scalar(networkNode, rowScope(names, table)),
    translator,
  });
  const hidden = new Set(extra.map(({ rightName }) => rightName));
  const right = {
    ...matches.relation,
    columns: table.columns.filter(({ name }) => !hidden.has(name)),
  };
  const keys: Key[] = [
    { left: columnValue(key), right: matches.address, rightName: null },
    ...extra,
  ];
  return joined(
    keepsAll ? joinKinds.leftouter : joinKinds.inner,
    { left, right, keys },
    translator,
  );
}

/** Each address once, under an id of its own. */
function distinctKeys(
  rows: Relation,
  id: string,
  translator: Translator,
): { source: Source; address: SqlValue } {
  const columns = [{ name: "", id, type: "string", nullable: false } as const];
  const copy = freshCopy({ columns, source: rows.source, order: [] }, translator);
  const again = copy.columns[0]?.id ?? "";
  return {
    source: {
      kind: "select",
      from: copy.source,
      define: new Map(),
      passes: true,
      limitBy: { count: "1", by: [again] },
    },
    address: { sql: again, type: "string" },
  };
}

interface MatchOptions {
  readonly network: SqlValue;
  readonly translator: Translator;
}

/** The rows of the table beside each address that is in their network. */
function matchesOf(
  { address, prefix, network }: Family,
  keys: { source: Source; address: SqlValue },
  table: Relation,
  { network: networkText, translator }: MatchOptions,
): { relation: Relation; address: SqlValue } {
  const [length, net, keyNet, one] = [
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
    translator.freshId(),
  ];
  const text = toStringSql(networkText);
  const known = filtered(table, [
    `isNotNull(${address(text)})`,
    `isNotNull(${prefix(text)})`,
  ]).source;
  const networks = defined(
    known,
    new Map([
      [length, `toUInt8(assumeNotNull(${prefix(text)}))`],
      [net, network(text, length)],
    ]),
  );
  const lengths: Source = {
    kind: "select",
    from: {
      kind: "select",
      from: networks,
      define: new Map([[one, length]]),
      passes: false,
      groupBy: [one],
    },
    define: new Map(),
    passes: true,
  };
  const valid: Source = {
    kind: "select",
    from: keys.source,
    define: new Map(),
    passes: true,
    where: [`isNotNull(${address(keys.address.sql)})`],
  };
  const crossed: Source = {
    kind: "select",
    from: { kind: "join", join: "CROSS JOIN", left: valid, right: lengths, on: [] },
    define: new Map([[keyNet, network(keys.address.sql, one)]]),
    passes: true,
    where: [`${one} <= ${prefix(keys.address.sql)}`],
  };
  const source: Source = {
    kind: "select",
    from: {
      kind: "join",
      join: "INNER JOIN",
      left: crossed,
      right: networks,
      on: [`${one} = ${length}`, `${keyNet} = ${net}`],
    },
    define: new Map(),
    passes: true,
  };
  return { relation: { ...table, source, order: [] }, address: keys.address };
}
