import { suffixed } from "./relation/define-columns.ts";
import { sortKeySql } from "./relation/relation.ts";
import type { Relation } from "./relation/relation.ts";
import { renderSource } from "./relation/render-source.ts";
import { sqlName } from "./sql-text.ts";

/** The outermost SELECT gives each column the name that the query gave it, and the rows their order. */
export function finalSql({ columns, source, order }: Relation): string {
  const wanted = new Set([...columns.map(({ id }) => id), ...order.map(({ sql }) => sql)]);
  const taken = new Set<string>();
  const items = columns.map(({ id, name }) => {
    // Two columns may have one name, as of two searches; their order tells them apart.
    const alias = suffixed(name, taken);
    taken.add(alias);
    return `q.${id} AS ${sqlName(alias)}`;
  });
  const keys = order.map((key) => sortKeySql({ ...key, sql: `q.${key.sql}` }));
  const ordering = keys.length > 0 ? ` ORDER BY ${keys.join(", ")}` : "";
  return `SELECT ${items.join(", ")} FROM (${renderSource(source, wanted)}) AS q${ordering}`;
}
