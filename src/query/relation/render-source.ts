import { firstRowsCondition } from "./first-rows.ts";
import { sortKeySql } from "./relation.ts";
import type { JoinSource, SelectSource, Source, TableSource, UnionSource } from "./relation.ts";

/** Writes a source as one SELECT that gives at least the columns of the ids asked for. */
export function renderSource(source: Source, wanted: ReadonlySet<string>): string {
  switch (source.kind) {
    case "table":
      return renderTable(source, wanted);
    case "sql":
      return `SELECT ${listed([...wanted])} FROM ${source.sql}`;
    case "select":
      return renderSelect(source, wanted);
    case "join":
      return `SELECT ${listed([...wanted])} FROM ${renderJoin(source, wanted)}`;
    case "union":
      return renderUnion(source, wanted);
  }
}

const idOrQuoted = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|\bc\d+\b/g;

/** The ids that pieces of SQL speak of; what stands in quotes is no id, whatever it looks like. */
export function idsIn(sqls: Iterable<string>): Set<string> {
  const ids = new Set<string>();
  for (const sql of sqls)
    for (const [found] of sql.matchAll(idOrQuoted)) if (found.startsWith("c")) ids.add(found);
  return ids;
}

function listed(items: readonly string[]): string {
  return items.length > 0 ? items.join(", ") : "1";
}

function renderTable(source: TableSource, wanted: ReadonlySet<string>): string {
  const items = [...source.columns]
    .filter(([id]) => wanted.has(id))
    .map(([id, sql]) => `${sql} AS ${id}`);
  return `SELECT ${listed(items)} FROM ${source.sql}`;
}

function renderSelect(select: SelectSource, wanted: ReadonlySet<string>): string {
  const clauses = clausesOf(select);
  const made = neededDefinitions(select, wanted, clauses);
  const joined = idsIn((select.arrayJoin ?? []).map((item) => item.slice(item.lastIndexOf(" "))));
  const passed = select.passes ? [...wanted].filter((id) => !made.has(id)) : [];
  const spoken = [...made.values(), ...clauses];
  const below = idsIn(spoken);
  for (const id of passed) below.add(id);
  for (const id of [...joined, ...made.keys()]) below.delete(id);
  if (spoken.some(hasQuery)) keepOnly(below, idsOf(select.from));
  const items = [...passed, ...[...made].map(([id, sql]) => `${sql} AS ${id}`)];
  const first = firstRowsCondition(select, wanted, renderSource);
  const where = first === null ? [] : [`WHERE ${first}`];
  const from = renderFrom(select.from, below);
  return [`SELECT ${listed(items)} FROM ${from}`, ...where, ...clauses].join(" ");
}

/** A query within an expression speaks of ids of its own too, which the rows below do not have. */
const hasQuery = (sql: string): boolean => sql.includes("SELECT ");

function keepOnly(ids: Set<string>, known: ReadonlySet<string>): void {
  for (const id of ids) if (!known.has(id)) ids.delete(id);
}

/** The definitions that are asked for, and those which they and the clauses speak of. */
function neededDefinitions(
  select: SelectSource,
  wanted: ReadonlySet<string>,
  clauses: readonly string[],
): Map<string, string> {
  const needed = new Map<string, string>();
  const waiting = [...wanted, ...idsIn(clauses)];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const sql = select.define.get(id);
    if (sql === undefined || needed.has(id)) continue;
    needed.set(id, sql);
    waiting.push(...idsIn([sql]));
  }
  return needed;
}

function clausesOf(select: SelectSource): string[] {
  const { arrayJoin, where, groupBy, having, orderBy, limitBy, limit } = select;
  const left = select.keepEmptyArrays ? "LEFT " : "";
  return [
    arrayJoin?.length ? `${left}ARRAY JOIN ${arrayJoin.join(", ")}` : "",
    where?.length ? `WHERE ${where.join(" AND ")}` : "",
    groupBy?.length ? `GROUP BY ${groupBy.join(", ")}` : "",
    having?.length ? `HAVING ${having.join(" AND ")}` : "",
    orderBy?.length ? `ORDER BY ${orderBy.map(sortKeySql).join(", ")}` : "",
    limitBy ? `LIMIT ${limitBy.count} BY ${limitBy.by.join(", ")}` : "",
    limit ? `LIMIT ${limit}` : "",
  ].filter((clause) => clause !== "");
}

/** What stands behind FROM: a table function or a join as it is, all else as a query in parentheses. */
function renderFrom(source: Source, wanted: ReadonlySet<string>): string {
  if (source.kind === "sql") return source.sql;
  if (source.kind === "join") return renderJoin(source, wanted);
  return `(${renderSource(source, wanted)})`;
}

function renderJoin({ join, left, right, on }: JoinSource, wanted: ReadonlySet<string>): string {
  const needed = new Set([...wanted, ...idsIn(on)]);
  const side = (source: Source): string => {
    const ids = idsOf(source);
    return `(${renderSource(source, new Set([...needed].filter((id) => ids.has(id))))})`;
  };
  const condition = on.length > 0 ? ` ON ${on.join(" AND ")}` : "";
  return `${side(left)} AS l ${join} ${side(right)} AS r${condition}`;
}

function renderUnion({ ids, inputs }: UnionSource, wanted: ReadonlySet<string>): string {
  const positions = ids.map((id, index) => ({ id, index })).filter(({ id }) => wanted.has(id));
  const parts = inputs.map(({ source, columns }) => {
    const items = positions.map(({ id, index }) => `${columns[index] ?? "NULL"} AS ${id}`);
    const below = idsIn(positions.map(({ index }) => columns[index] ?? ""));
    return `SELECT ${listed(items)} FROM ${renderFrom(source, below)}`;
  });
  return parts.length > 0 ? parts.join(" UNION ALL ") : "SELECT 1 WHERE 0";
}

/** Every id that a source can give. */
export function idsOf(source: Source): Set<string> {
  switch (source.kind) {
    case "table":
      return new Set(source.columns.keys());
    case "sql":
      return new Set(source.ids);
    case "select": {
      const ids = source.passes ? idsOf(source.from) : new Set<string>();
      for (const id of [...source.define.keys(), ...idsIn(source.arrayJoin ?? [])]) ids.add(id);
      return ids;
    }
    case "join":
      return new Set([...idsOf(source.left), ...idsOf(source.right)]);
    case "union":
      return new Set(source.ids);
  }
}
