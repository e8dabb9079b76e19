import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";

/** What a function with several results gives, each with the name of its column. */
export type SeveralResults = (
  args: readonly SqlValue[],
  call: FunctionCall,
) => readonly { readonly name: string; readonly value: SqlValue }[];
