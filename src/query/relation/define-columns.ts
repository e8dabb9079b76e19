import type { SqlValue } from "../sql-value.ts";
import type { NamedValue, Translator } from "../translator.ts";
import type { Column, Relation } from "./relation.ts";
import { defined } from "./relation.ts";

/** A column as a value of an expression. */
export function columnValue(column: Column): SqlValue {
  const { id, type, nullable, array, text } = column;
  return {
    sql: id,
    type,
    nullable,
    ...(array ? { array } : {}),
    ...(text === undefined ? {} : { text }),
  };
}

export interface DefinedColumns {
  readonly columns: readonly Column[];
  readonly define: ReadonlyMap<string, string>;
}

/** Makes columns of values. What is a column already keeps its id, so that no stage is needed for it. */
export function defineColumns(
  values: readonly { name: string; value: SqlValue }[],
  translator: Pick<Translator, "freshId">,
): DefinedColumns {
  const define = new Map<string, string>();
  const place = (sql: string): string => {
    if (/^c\d+$/.test(sql)) return sql;
    const id = translator.freshId();
    define.set(id, sql);
    return id;
  };
  const columns = values.map(({ name, value }) => {
    const { type, array, text } = value;
    const nullable = value.nullable !== false && type !== "string" && type !== "dynamic";
    const column: Column = { name, id: place(heldSql(value)), type, nullable };
    const placed = array ? { array: { sql: place(array.sql), of: array.of } } : {};
    return { ...column, ...placed, ...(text === undefined ? {} : { text: place(text) }) };
  });
  return { columns, define };
}

/** A comparison of ClickHouse gives a number, which a column or an argument of truth values must not be. */
function heldSql({ sql, type }: SqlValue): string {
  return type === "bool" && !/^\w+$/.test(sql) ? `toBool(${sql})` : sql;
}

/** The value as it can be an argument of a function. */
export function heldValue(value: SqlValue): SqlValue {
  return value.type === "bool" ? { ...value, sql: heldSql(value) } : value;
}

/** The relation with exactly these columns. */
export function withColumns(
  relation: Relation,
  values: readonly { name: string; value: SqlValue }[],
  translator: Pick<Translator, "freshId">,
): Relation {
  const { columns, define } = defineColumns(values, translator);
  return { ...relation, columns, source: defined(relation.source, define) };
}

/** The relation's columns with these put in the place of those of the same name, or behind all. */
export function replaceColumns(old: readonly Column[], made: readonly Column[]): readonly Column[] {
  const byName = new Map(made.map((column) => [column.name, column]));
  const kept = old.map((column) => byName.get(column.name) ?? column);
  const known = new Set(old.map(({ name }) => name));
  return [...kept, ...made.filter(({ name }) => !known.has(name))];
}

/** New columns, each with the SQL of its value. */
export function fresh(
  values: readonly { name: string; value: SqlValue }[],
  translator: Pick<Translator, "freshId">,
): [Column, string][] {
  return values.map(({ name, value }) => {
    const { type, nullable } = value;
    const held = nullable !== false && type !== "string" && type !== "dynamic";
    return [{ name, id: translator.freshId(), type, nullable: held }, heldSql(value)];
  });
}

/** Gives a name to what has none, none that is reserved, and another to what has one that is taken. */
export function uniquelyNamed(
  values: readonly NamedValue[],
  reserved: Iterable<string> = [],
): { name: string; value: SqlValue }[] {
  const generated = new Set([...reserved, ...values.flatMap(({ name }) => name ?? [])]);
  const taken = new Set<string>();
  let counter = 0;
  const nextFree = (): string => {
    do counter++;
    while (generated.has(`Column${counter}`));
    return `Column${counter}`;
  };
  return values.map(({ name, value }) => {
    const chosen = name === null ? nextFree() : suffixed(name, taken);
    taken.add(chosen);
    return { name: chosen, value };
  });
}

/** The name, with the first number behind it that makes it free where it is taken. */
export function suffixed(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 1;
  while (taken.has(`${name}${number}`)) number++;
  return `${name}${number}`;
}
