import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get } from "./request.ts";

export type FlowUnit = "flows" | "bytes" | "packets";

/** What a view is asked with; filters by the names that the API has for them. */
export interface FlowQuestion {
  timespan: string;
  unit: FlowUnit;
  filters: Readonly<Record<string, string>>;
  top?: number;
}

export type Cell = string | number | boolean | null;

/** A view's answer: a table, its total, and the KQL that gives it. */
export interface FlowAnswer {
  view: string;
  timespan: string;
  unit: FlowUnit;
  columns: { name: string; type: string }[];
  rows: Cell[][];
  total: { flows: number; bytes: number; packets: number } | null;
  kql: string;
  addingUp: number;
  tookMilliseconds: number;
  /** What opens behind a row: a view, and the column whose value each filter gets. */
  drillDown: { view: string; filters: Record<string, string> }[];
}

/** What a view takes, as the list of views says. */
export interface FlowViewDescription {
  name: string;
  description: string;
  filters: string[];
  needs: string | null;
}

const path = "/nightcap/v1/flows/views";
const staleMilliseconds = 10_000;

export const useFlowViews = (): UseQueryResult<FlowViewDescription[]> =>
  useQuery({
    queryKey: ["flow-views"],
    queryFn: async () => (await get<{ value: FlowViewDescription[] }>(path)).value,
    staleTime: Infinity,
  });

/** Filters that the view does not know are left out of the question. */
export function useFlowView(view: string, question: FlowQuestion): UseQueryResult<FlowAnswer> {
  const { data: views } = useFlowViews();
  const known = views?.find(({ name }) => name === view)?.filters;
  return useQuery({
    queryKey: ["flows", view, question],
    queryFn: () => get<FlowAnswer>(`${path}/${view}?${parametersOf(question, known ?? [])}`),
    enabled: known !== undefined,
    staleTime: staleMilliseconds,
    placeholderData: keepPreviousData,
  });
}

function parametersOf(
  { timespan, unit, filters, top }: FlowQuestion,
  known: readonly string[],
): URLSearchParams {
  const parameters = new URLSearchParams({ timespan, unit });
  if (top !== undefined) parameters.set("top", String(top));
  for (const [name, value] of Object.entries(filters))
    if (known.includes(name)) parameters.set(name, value);
  return parameters;
}

/** The rows as objects, for charts that know their columns. */
export const recordsOf = ({ columns, rows }: FlowAnswer): Record<string, Cell>[] =>
  rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));

export const numberOf = (cell: Cell | undefined): number => Number(cell ?? 0);
