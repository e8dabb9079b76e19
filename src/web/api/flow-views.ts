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
  /** Those filters whose values may be `A->B`. */
  endFilters: string[];
  needs: string[];
}

const path = "/nightcap/v1/flows/views";
const staleMilliseconds = 10_000;

export const useFlowViews = (): UseQueryResult<FlowViewDescription[]> =>
  useQuery({
    queryKey: ["flow-views"],
    queryFn: async () => (await get<{ value: FlowViewDescription[] }>(path)).value,
    staleTime: Infinity,
  });

/** Filters that the view does not take are left out of the question: `useNotTaken` says which. */
export function useFlowView(view: string, question: FlowQuestion): UseQueryResult<FlowAnswer> {
  const { data: views } = useFlowViews();
  const known = views?.find(({ name }) => name === view);
  const parameters = parametersOf(question, known);
  return useQuery({
    queryKey: ["flows", view, parameters],
    queryFn: () => get<FlowAnswer>(`${path}/${view}?${parameters}`),
    enabled: known !== undefined,
    staleTime: staleMilliseconds,
    placeholderData: keepPreviousData,
  });
}

/** Names of the question's filters that the view cannot take. */
export function useNotTaken(view: string, { filters }: FlowQuestion): string[] {
  const { data: views } = useFlowViews();
  const known = views?.find(({ name }) => name === view);
  if (!known) return [];
  return Object.entries(filters)
    .filter(([name, value]) => !takes(known, name, value))
    .map(([name]) => name);
}

const takes = (
  { filters, endFilters }: FlowViewDescription,
  name: string,
  value: string,
): boolean =>
  filters.includes(name) && (!value.includes("->") || endFilters.includes(name) || isText(name));

/** Of names such as a rule's an arrow is a part. */
const isText = (name: string): boolean => ["rule", "service", "connection"].includes(name);

function parametersOf(
  { timespan, unit, filters, top }: FlowQuestion,
  known: FlowViewDescription | undefined,
): string {
  const parameters = new URLSearchParams({ timespan, unit });
  if (top !== undefined) parameters.set("top", String(top));
  for (const [name, value] of Object.entries(filters))
    if (known && takes(known, name, value)) parameters.set(name, value);
  return parameters.toString();
}

/** The rows as objects, for charts that know their columns. */
export const recordsOf = ({ columns, rows }: FlowAnswer): Record<string, Cell>[] =>
  rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));

export const numberOf = (cell: Cell | undefined): number => Number(cell ?? 0);
