import type { KustoType, SqlValue } from "../sql-value.ts";

/**
 * Rows on their way through a query. Every column has an id of its own in the whole query (c1, c2, ...), so
 * that no name of a user ever meets a name of SQL and no alias hides another; a stage passes on what is
 * below it, and what nobody asks for in the end is left out when SQL is written.
 */
export interface Relation {
  readonly columns: readonly Column[];
  readonly source: Source;
  /** The order of the rows, where the query made one; kept until something needs it or destroys it. */
  readonly order: readonly SortKey[];
  /** Said within a sub-query that runs for one group of rows after another. */
  readonly partition?: Partition;
}

/** The groups of rows that a sub-query runs on one by one, as within mv-apply and partition. */
export interface Partition {
  /** Ids of the columns that tell the groups apart. */
  readonly by: readonly string[];
  /** Columns of the rows outside which come back behind the sub-query. */
  readonly carried: readonly Column[];
  /** The order that the rows outside have. */
  readonly order: readonly SortKey[];
  /** Where groups without rows count too: the id of a truth value, false in rows that were left out. */
  readonly alive?: string;
  /** The groups in which this sub-query stands itself. */
  readonly outer?: Partition;
}

/** A column as the query sees it, and the id that it has in SQL. */
export interface Column {
  readonly name: string;
  readonly id: string;
  readonly type: KustoType;
  /** False where each row has a value. */
  readonly nullable: boolean;
  /** The same value as an array or as text, where it was made so: both in SQL, over ids. */
  readonly array?: NonNullable<SqlValue["array"]>;
  readonly text?: string;
}

export interface SortKey {
  readonly sql: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Whether each row has a value, which is equal to itself. */
  readonly isComparable?: boolean;
}

export type Source = TableSource | SqlSource | SelectSource | JoinSource | UnionSource;

/** A table of ClickHouse: which of its columns has which id. */
export interface TableSource {
  readonly kind: "table";
  readonly sql: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** A table function or the like which gives columns that are called by their ids already. */
export interface SqlSource {
  readonly kind: "sql";
  readonly sql: string;
  readonly ids: readonly string[];
}

/** One SELECT over another source. */
export interface SelectSource {
  readonly kind: "select";
  readonly from: Source;
  /** New columns by id. */
  readonly define: ReadonlyMap<string, string>;
  /** Whether the columns below can still be seen; not so after GROUP BY. */
  readonly passes: boolean;
  readonly where?: readonly string[];
  /** `expression AS id`, each an array that gives one row an element. */
  readonly arrayJoin?: readonly string[];
  readonly keepEmptyArrays?: boolean;
  readonly groupBy?: readonly string[];
  readonly having?: readonly string[];
  readonly orderBy?: readonly SortKey[];
  readonly limitBy?: { readonly count: string; readonly by: readonly string[] };
  readonly limit?: string;
}

export interface JoinSource {
  readonly kind: "join";
  /** Such as "LEFT OUTER JOIN". */
  readonly join: string;
  readonly left: Source;
  readonly right: Source;
  readonly on: readonly string[];
}

export interface UnionSource {
  readonly kind: "union";
  readonly ids: readonly string[];
  readonly inputs: readonly { readonly source: Source; readonly columns: readonly string[] }[];
}

/** How a sort key is written. */
export function sortKeySql({ sql, descending, nullsFirst }: SortKey): string {
  return `${sql} ${descending ? "DESC" : "ASC"} NULLS ${nullsFirst ? "FIRST" : "LAST"}`;
}

/** The same rows with only these conditions met. */
export function filtered(relation: Relation, conditions: readonly string[]): Relation {
  const { source } = relation;
  const merges = source.kind === "select" && isFilter(source);
  const select: SelectSource = merges
    ? { ...source, where: [...(source.where ?? []), ...conditions] }
    : { kind: "select", from: source, define: new Map(), passes: true, where: conditions };
  return { ...relation, source: select };
}

/** The same rows with more columns in SQL; what the query sees of them is the caller's to say. */
export function defined(source: Source, define: ReadonlyMap<string, string>): Source {
  if (define.size === 0) return source;
  return source.kind === "select" && isFilter(source)
    ? { ...source, define }
    : { kind: "select", from: source, define, passes: true };
}

/** Whether a SELECT does nothing but leave out rows, so that the next stage may be written into it. */
export function isFilter(select: SelectSource): boolean {
  return (
    select.passes &&
    select.define.size === 0 &&
    !select.arrayJoin &&
    !select.groupBy &&
    !select.limit &&
    !select.limitBy &&
    !select.orderBy
  );
}
