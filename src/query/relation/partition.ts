import type { NamedValue, Translator } from "../translator.ts";
import { fresh } from "./define-columns.ts";
import type { Column, Partition, Relation, SortKey, Source } from "./relation.ts";

/** The rows without those that were only marked as left out. */
export function withoutLeftOut(relation: Relation): Relation {
  const { partition, source } = relation;
  if (partition?.alive === undefined) return relation;
  const { alive, ...rest } = partition;
  const kept: Source = {
    kind: "select",
    from: source,
    define: new Map(),
    passes: true,
    where: [alive],
  };
  return { ...relation, source: kept, partition: rest };
}

/** Marks rows as left out where a group without rows still counts. */
export function leftOut(
  relation: Relation,
  conditions: readonly string[],
  translator: Translator,
): Relation {
  const { partition, source } = relation;
  if (partition?.alive === undefined) return relation;
  const alive = translator.freshId();
  const sql = [partition.alive, ...conditions.map((one) => `ifNull(${one}, false)`)].join(" AND ");
  return {
    ...relation,
    source: { kind: "select", from: source, define: new Map([[alive, sql]]), passes: true },
    partition: { ...partition, alive },
  };
}

/** What a window function stands behind: PARTITION BY the group at hand. */
export function partitionSql({ partition }: Relation): string {
  if (!partition) return "";
  const { by, alive } = partition;
  return `PARTITION BY ${[...by, ...(alive === undefined ? [] : [alive])].join(", ")}`;
}

type Named = Pick<NamedValue, "value"> & { readonly name: string };

/** What GROUP BY gives, within the group of the sub-query at hand where there is one. */
export function grouped(
  input: Relation,
  keys: readonly Named[],
  results: readonly Named[],
  translator: Translator,
): Relation {
  const relation = keys.length > 0 ? withoutLeftOut(input) : input;
  const made = [...fresh(keys, translator), ...fresh(results, translator)];
  const define = new Map(made.map(([column, sql]) => [column.id, sql]));
  const groupBy = made.slice(0, keys.length).map(([{ id }]) => id);
  const partition = relation.partition && regrouped(relation.partition, define, translator);
  return {
    columns: made.map(([column]) => column),
    source: {
      kind: "select",
      from: relation.source,
      define,
      passes: false,
      groupBy: [...(partition?.by ?? []), ...groupBy],
    },
    order: [],
    ...(partition ? { partition } : {}),
  };
}

/** The partition with ids that live behind a GROUP BY; of what is the same in a whole group any value is taken. */
function regrouped(
  partition: Partition,
  define: Map<string, string>,
  translator: Translator,
): Partition {
  const again = (sql: string): string => {
    const id = translator.freshId();
    define.set(id, sql);
    return id;
  };
  const anyOf = ({ carried, order, outer }: Partition): Omit<Partition, "by"> => ({
    carried: carried.map(({ name, id, type, nullable }): Column => ({
      name,
      id: again(`any(${id})`),
      type,
      nullable,
    })),
    order: order.map((key): SortKey => ({ ...key, sql: again(`any(${key.sql})`) })),
    ...(outer ? { outer: { ...anyOf(outer), by: outer.by.map((id) => again(`any(${id})`)) } } : {}),
  });
  return { by: partition.by.map(again), ...anyOf(partition) };
}
