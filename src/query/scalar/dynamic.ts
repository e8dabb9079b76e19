import { bind } from "../bind.ts";
import { jsonOf } from "../conversion/to-dynamic.ts";
import type { SqlValue } from "../sql-value.ts";

/** A piece of a dynamic value by a path of names and places, counted from 0, from the end where negative. */
export function elementOf(value: SqlValue, path: readonly SqlValue[]): SqlValue {
  const [first, ...rest] = path;
  if (!first) return value;
  if (value.array && first.type !== "string")
    return elementOf(arrayElement(value.array, first), rest);
  const keys = path.map((key) => (key.type === "string" ? key.sql : placeOf(key))).join(", ");
  const raw = `JSONExtractRaw(${value.sql}, ${keys})`;
  return { sql: bind(raw, (json) => `if(${json} = 'null', '', ${json})`), type: "dynamic" };
}

function arrayElement(array: NonNullable<SqlValue["array"]>, place: SqlValue): SqlValue {
  const { of } = array;
  const at = placeOf(place);
  const sql = bind(array.sql, (items) => {
    const element = `arrayElement(${items}, ${at})`;
    const json = of === "json" ? `if(${element} = 'null', '', ${element})` : jsonOf(element, of);
    return `if(${at} BETWEEN -toInt64(length(${items})) AND toInt64(length(${items})), ${json}, '')`;
  });
  if (of !== "string") return { sql, type: "dynamic" };
  return { sql, type: "dynamic", text: `arrayElement(${array.sql}, ${at})` };
}

/** Kusto counts from 0, ClickHouse from 1; both count from the end with negative numbers. */
function placeOf(place: SqlValue): string {
  const { constant, sql } = place;
  if (typeof constant === "bigint") return String(constant >= 0n ? constant + 1n : constant);
  return `if(${sql} >= 0, ${sql} + 1, ${sql})`;
}
