import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";
import type { SignedIn } from "./session.ts";

/** The types of Kusto's columns. */
export type LogType =
  | "bool"
  | "datetime"
  | "decimal"
  | "dynamic"
  | "guid"
  | "int"
  | "long"
  | "real"
  | "string"
  | "timespan";

/** A value as the API of Log Analytics writes it: a dynamic one is JSON as text. */
export type LogCell = string | number | bigint | boolean | null;

export interface LogColumn {
  name: string;
  type: LogType;
}

export interface LogTable {
  columns: LogColumn[];
  rows: LogCell[][];
}

/** What `render` said; members that nobody gave are null. */
export interface LogRender {
  visualization?: string;
  title?: string | null;
  kind?: string | null;
  legend?: string | null;
  series?: string | null;
  xColumn?: string | null;
  yColumns?: string | null;
  xTitle?: string | null;
  yTitle?: string | null;
}

export interface LogAnswer {
  tables: LogTable[];
  render?: LogRender;
  statistics?: {
    query: {
      executionTime: number;
      translationTime: number;
      datasetStatistics: { tableRowCount: number; tableSize: number }[];
    };
  };
  /** Beside the rows where some are missing. */
  error?: { message: string; details?: { innererror?: { message: string } }[] };
}

export interface LogQuestion {
  query: string;
  /** ISO 8601; null: the query says by itself. */
  timespan: string | null;
  /** How long it may take. */
  waitSeconds: number;
}

/** What is asked: a workspace, or while there is none, the whole subscription. */
export const logsTarget = ({
  workspaceId,
  subscriptionId,
}: Pick<SignedIn, "workspaceId" | "subscriptionId">): string =>
  workspaceId === null ? `/v1/subscriptions/${subscriptionId}` : `/v1/workspaces/${workspaceId}`;

/** Asks as Azure's clients do. When `signal` ends the request, the query ends in the engine too. */
export const askLogs = (
  target: string,
  { query, timespan, waitSeconds }: LogQuestion,
  signal: AbortSignal,
): Promise<LogAnswer> =>
  request<LogAnswer>(
    "POST",
    `${target}/query`,
    { query, ...(timespan === null ? {} : { timespan }) },
    {
      headers: { prefer: `wait=${waitSeconds}, include-statistics=true, include-render=true` },
      parseJson: parseExactly,
      signal,
    },
  );

/** A whole number that a `number` might not hold. */
const longNumber = /[[,:]-?\d{16,}[\],}]/;

/** JSON whose whole numbers stay what they are; only an answer that has such pays for it. */
export function parseExactly(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, exactNumber);
}

/** `source` is the number as it stands (ECMAScript's JSON.parse source text access). */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value);
  const source = context?.source ?? "";
  return isRounded && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Tables and columns as Azure's metadata route lists them. */
export interface LogsMetadata {
  tables: {
    name: string;
    description?: string;
    timespanColumn?: string;
    columns: { name: string; type: LogType; description?: string }[];
  }[];
}

const schemaStaleMilliseconds = 10 * 60_000;

/** What queries may name. */
export const useLogsMetadata = (target: string): UseQueryResult<LogsMetadata> =>
  useQuery({
    queryKey: ["logs-metadata", target],
    queryFn: () => get<LogsMetadata>(`${target}/metadata`),
    staleTime: schemaStaleMilliseconds,
  });

/** How much there is of a table. */
export interface TableCount {
  name: string;
  rowCount: number;
  /** Its own rows, or the tuples that its rows are made from. */
  counted: "rows" | "tuples";
  firstTime: string | null;
  lastTime: string | null;
}

const countStaleMilliseconds = 30_000;

/** How much there is of each table, by its name. */
export const useTableCounts = (): UseQueryResult<ReadonlyMap<string, TableCount>> =>
  useQuery({
    queryKey: ["logs-tables"],
    queryFn: async () => {
      const { value } = await get<{ value: TableCount[] }>("/nightcap/v1/logs/tables");
      return new Map(value.map((table) => [table.name, table]));
    },
    staleTime: countStaleMilliseconds,
  });

/** Names that are refused, and so not offered; null while that is asked, none where it cannot be known. */
export function useRefusedNames(): readonly string[] | null {
  const { data, isError } = useQuery({
    queryKey: ["logs-language"],
    queryFn: async () => {
      const path = "/nightcap/v1/logs/language";
      const { refused } = await get<{ refused: Record<string, string[]> }>(path);
      return Object.values(refused).flat();
    },
    staleTime: Infinity,
  });
  return isError ? noNames : (data ?? null);
}

const noNames: readonly string[] = [];

/** What is wrong with a query, as the control plane would say when it ran. */
export interface LogDiagnostic {
  code: string;
  message: string;
  line: number;
  column: number;
  length: number;
  hint?: string;
}

export const checkQuery = async (query: string, signal: AbortSignal): Promise<LogDiagnostic[]> => {
  const path = "/nightcap/v1/logs/check";
  const answer = await request<{ diagnostics: LogDiagnostic[] }>(
    "POST",
    path,
    { query },
    { signal },
  );
  return answer.diagnostics;
};
