import { withColumns } from "../relation/define-columns.ts";
import type { Relation } from "../relation/relation.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";

/** Columns that the rows of a query may make of their values. */
const madeColumnCountMax = 1_000;

/**
 * The different values of texts in the rows, in order: they become columns, so they must be known before the query
 * is translated. `perRow` is an array of tuples of texts, as SQL.
 */
export function askDistinct(
  node: SyntaxNode,
  input: Relation,
  { perRow, width, translator }: { perRow: string; width: number; translator: Translator },
): readonly (readonly string[])[] {
  const each = translator.freshId();
  const from: Relation = {
    ...input,
    order: [],
    source: {
      kind: "select",
      from: input.source,
      define: new Map(),
      passes: true,
      arrayJoin: [`${perRow} AS ${each}`],
    },
  };
  const parts = Array.from({ length: width }, (_, index) => ({
    name: `part${index}`,
    value: { sql: `toString(${each}.${index + 1})`, type: "string" as const },
  }));
  const { columns, source } = withColumns(from, parts, translator);
  const order = columns.map(({ id }) => ({ sql: id, descending: false, nullsFirst: true }));
  const found = translator.ask(node, {
    columns,
    order,
    source: {
      kind: "select",
      from: source,
      define: new Map(),
      passes: true,
      orderBy: order,
      limitBy: { count: "1", by: columns.map(({ id }) => id) },
      limit: String(madeColumnCountMax + 1),
    },
  });
  if (found.length > madeColumnCountMax)
    return translator.fail(
      node,
      `the values would make more than ${madeColumnCountMax} columns: name those of the answer`,
    );
  return found;
}
