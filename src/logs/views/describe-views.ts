import { filtersOf, takesEnds } from "./filter-kql.ts";
import type { FlowView, ViewFilters } from "./flow-view.ts";
import { flowViews } from "./view-list.ts";

/** What there is to know of a view before it is asked. */
export interface ViewDescription {
  readonly name: string;
  readonly description: string;
  readonly filters: readonly (keyof ViewFilters)[];
  /** Those filters whose values may have the form `A->B`. */
  readonly endFilters: readonly (keyof ViewFilters)[];
  readonly needs: readonly (keyof ViewFilters)[];
  /** Whether `top` cuts its rows off, or the number of its lines. */
  readonly takesTop: boolean;
  readonly drillDown: FlowView["drillDown"];
}

export const describeViews = (): ViewDescription[] =>
  flowViews.map((view) => ({
    name: view.name,
    description: view.description,
    filters: filtersOf(view),
    endFilters: filtersOf(view).filter((name) => takesEnds(view, name)),
    needs: view.needs ?? [],
    takesTop: view.isCut,
    drillDown: view.drillDown,
  }));
