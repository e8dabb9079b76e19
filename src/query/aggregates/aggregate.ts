import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";

/** One aggregate; `when` is the condition of its `...if` form. */
export type Aggregate = (
  args: readonly SqlValue[],
  call: FunctionCall,
  when: string | null,
) => SqlValue;

/** A call of ClickHouse's aggregate, in its -If form where there is a condition. */
export function aggregateSql(
  name: string,
  args: readonly string[],
  when: string | null,
  parameters = "",
): string {
  const given = when === null ? args : [...args, `ifNull(${when}, false)`];
  return `${name}${when === null ? "" : "If"}${parameters === "" ? "" : `(${parameters})`}(${given.join(", ")})`;
}
