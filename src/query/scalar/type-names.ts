import type { KustoType } from "../sql-value.ts";

const types: Readonly<Record<string, KustoType>> = {
  string: "string",
  long: "long",
  int64: "long",
  int: "int",
  int32: "int",
  real: "real",
  double: "real",
  decimal: "decimal",
  bool: "bool",
  boolean: "bool",
  datetime: "datetime",
  date: "datetime",
  timespan: "timespan",
  time: "timespan",
  guid: "guid",
  uuid: "guid",
  uniqueid: "guid",
  dynamic: "dynamic",
};

/** The type that a query's word for it means; null for a word that means none. */
export function typeNamed(name: string): KustoType | null {
  return types[name.toLowerCase()] ?? null;
}

/** The names that .NET and Kusto's getschema have for a type. */
export const dotnetNames: Readonly<Record<KustoType, string>> = {
  string: "System.String",
  long: "System.Int64",
  int: "System.Int32",
  real: "System.Double",
  decimal: "System.Data.SqlTypes.SqlDecimal",
  bool: "System.SByte",
  datetime: "System.DateTime",
  timespan: "System.TimeSpan",
  guid: "System.Guid",
  dynamic: "System.Object",
};
