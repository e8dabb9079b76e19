import type { Translator } from "../translator.ts";
import type { Relation } from "./relation.ts";

/** The same rows with ids of their own, for a relation that a query uses more than once. */
export function freshCopy(relation: Relation, translator: Translator): Relation {
  const define = new Map<string, string>();
  const again = (sql: string): string => {
    const id = translator.freshId();
    define.set(id, sql);
    return id;
  };
  const columns = relation.columns.map((column) => {
    const { array, text } = column;
    const copied = { ...column, id: again(column.id) };
    const withArray = array
      ? { ...copied, array: { sql: again(array.sql), of: array.of } }
      : copied;
    return text === undefined ? withArray : { ...withArray, text: again(text) };
  });
  const order = relation.order.map((key) => ({ ...key, sql: again(key.sql) }));
  return {
    columns,
    order,
    source: { kind: "select", from: relation.source, define, passes: false },
  };
}
