import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { askLogs } from "../../../api/logs.ts";
import { examples, tablesWithRowsQuery } from "./examples.ts";

const waitSeconds = 15;
const staleMilliseconds = 5 * 60_000;

const tables = [...new Set(examples.map(({ table }) => table))];

/** Which of the tables that examples ask have rows. */
export const useFilledTables = (target: string): UseQueryResult<ReadonlySet<string>> =>
  useQuery({
    queryKey: ["logs-filled", target],
    queryFn: async ({ signal }): Promise<ReadonlySet<string>> => {
      const query = tablesWithRowsQuery(tables);
      const answer = await askLogs(target, { query, timespan: null, waitSeconds }, signal);
      return new Set(answer.tables[0]?.rows.map(([name]) => String(name)));
    },
    staleTime: staleMilliseconds,
  });
