import type { Names, Scope } from "../scope.ts";
import { rowScope } from "../scope.ts";
import type { Translator } from "../translator.ts";
import { defined } from "./relation.ts";
import type { Relation } from "./relation.ts";
import { idsIn } from "./render-source.ts";

/**
 * Columns that are made before an operator runs, stage by stage: a window function may stand neither in WHERE nor
 * in GROUP BY nor within another one.
 */
export type Priors = Map<string, string>[];

/** A scope in which window functions find a stage of their own. */
export function priorScope(
  names: Names,
  row: Relation,
): { readonly scope: Scope; readonly priors: Priors } {
  const priors: Priors = [];
  return { scope: { ...rowScope(names, row), priors }, priors };
}

/** The id of a column that holds the value before the operator runs; the SQL itself where there is no such stage. */
export function madeBefore(sql: string, { priors }: Scope, translator: Translator): string {
  if (!priors) return sql;
  for (const stage of priors) for (const [id, made] of stage) if (made === sql) return id;
  const id = translator.freshId();
  const last = priors.at(-1);
  const needsStage = !last || [...idsIn([sql])].some((used) => last.has(used));
  if (needsStage) priors.push(new Map([[id, sql]]));
  else last.set(id, sql);
  return id;
}

/** The rows with the columns that were asked for before. */
export function withPriors(relation: Relation, priors: Priors): Relation {
  let { source } = relation;
  for (const stage of priors) source = defined(source, stage);
  return { ...relation, source };
}
