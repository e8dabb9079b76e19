import { FilterError, pointAt } from "../inspection/filter/filter-error.ts";
import { compileFilter, type Filter } from "../inspection/filter/filter.ts";

/** Compiles what was given as a filter; of a wrong one, standard error gets the reason and the place. */
export function compileOrExplain(text: string): Filter | "invalid" {
  const filter = compiledOrError(text);
  if (!(filter instanceof FilterError)) return filter;
  explainFilter(text, filter);
  return "invalid";
}

export function compiledOrError(text: string): Filter | FilterError {
  try {
    return compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

/** Says what is wrong with a filter, and where, on standard error. */
export function explainFilter(text: string, error: FilterError): void {
  const place = `character ${error.start + 1}`;
  const lines = pointAt(text, error).replaceAll(/^/gm, "  ");
  process.stderr.write(`nightcap: filter: ${error.message} (${place})\n${lines}\n`);
}
