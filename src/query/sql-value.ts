/** Kusto's scalar types (learn.microsoft.com/kusto/query/scalar-data-types). */
export const kustoTypes = [
  "string",
  "long",
  "int",
  "real",
  "decimal",
  "bool",
  "datetime",
  "timespan",
  "guid",
  "dynamic",
] as const;
export type KustoType = (typeof kustoTypes)[number];

/**
 * How a value of each type lies in ClickHouse. Strings are never null, in Kusto as here. A time span is
 * a number of ticks of 100 ns; a dynamic value is its JSON text, "" for null.
 */
export const sqlTypes: Readonly<Record<KustoType, string>> = {
  string: "String",
  long: "Nullable(Int64)",
  int: "Nullable(Int32)",
  real: "Nullable(Float64)",
  decimal: "Nullable(Decimal(38, 12))",
  bool: "Nullable(Bool)",
  datetime: "Nullable(DateTime64(7, 'UTC'))",
  timespan: "Nullable(Int64)",
  guid: "Nullable(UUID)",
  dynamic: "String",
};

/** A scalar expression that was translated. */
export interface SqlValue {
  /** An expression that may stand as an argument anywhere: a name, a call, or in parentheses. */
  readonly sql: string;
  readonly type: KustoType;
  /**
   * The value itself, where it is known when the query is translated: of a datetime the ticks of 100 ns
   * since 1970 and of a timespan its ticks, both as bigint; of a long a bigint; of a dynamic its JSON text.
   */
  readonly constant?: string | number | bigint | boolean | null;
  /** The same value as an array of ClickHouse, where that is at hand: JSON need not be made and read again. */
  readonly array?: { readonly sql: string; readonly of: "string" | "long" | "real" | "json" };
  /** What tostring() gives of a dynamic value, where that is at hand without reading JSON. */
  readonly text?: string;
  /** False where it is never null; a string never is anyway. */
  readonly nullable?: boolean;
}
