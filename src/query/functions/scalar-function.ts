import { convert } from "../conversion/convert.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";

/** Makes the SQL of one call; the binder has checked how many arguments there are and of which types. */
export type Translate = (args: readonly SqlValue[], call: FunctionCall) => SqlValue;

/** Functions by their Kusto names. */
export type ScalarFunctions = Readonly<Record<string, Translate>>;

/**
 * A function of fixed parameters: each argument is converted to its parameter's type, and `body` gets
 * the SQL of each. The last parameter's type stands for all that follow it.
 */
export function define(
  type: KustoType,
  parameters: readonly KustoType[],
  body: (...args: string[]) => string,
): Translate {
  return (args) => {
    const sqls = args.map((arg, index) => {
      const wanted = parameters[Math.min(index, parameters.length - 1)];
      return wanted === undefined ? arg.sql : convert(arg, wanted).sql;
    });
    return { sql: body(...sqls), type };
  };
}

/** The constant that an argument must be; ends the translation when it is not known before the query runs. */
export function constantOf(
  arg: SqlValue | undefined,
  what: string,
  call: FunctionCall,
): string | number | bigint | boolean {
  const value = arg?.constant;
  if (value === undefined || value === null) return call.fail(`${what} must be a constant`);
  return value;
}

/** The argument at `index`, which the binder promised. */
export function argument(args: readonly SqlValue[], index: number, call: FunctionCall): SqlValue {
  return args[index] ?? call.fail(`argument ${index + 1} is missing`);
}
