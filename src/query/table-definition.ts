import type { KustoType } from "./sql-value.ts";

/** A table that queries may read: its columns, and what it is in ClickHouse. */
export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** Database and table in ClickHouse, both plain names. */
  readonly source: { readonly database?: string; readonly table: string };
  /**
   * It shows rows of other tables in another way, so `search`, `find` and `union *` leave it out when they mean all
   * tables: they would count a row twice. Its name, and patterns that only such tables fit, still find it.
   */
  readonly isDerived?: boolean;
}

export interface TableColumn {
  readonly name: string;
  readonly type: KustoType;
  /** Said of a column of ClickHouse that is Nullable; the others have a value in each row. */
  readonly nullable?: boolean;
}
