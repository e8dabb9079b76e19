import { createClient } from "@clickhouse/client";
import type { ClickHouseClient } from "@clickhouse/client";
import { createChdbConnection } from "chdb/connection";
import { loadKusto } from "../../src/logs/kusto-loader.ts";
import type { AskedRows } from "../../src/query/rows-needed.ts";
import { querySettings } from "../../src/query/query-limits.ts";
import { createQueryTranslator } from "../../src/query/translate-query.ts";
import type { TranslatedQuery } from "../../src/query/translate-query.ts";
import type { TableDefinition } from "../../src/query/table-definition.ts";

/** The time of every query in these tests. */
export const nowMs = Date.UTC(2026, 0, 15, 12);

export interface KqlSession {
  translate(text: string): TranslatedQuery;
  /** The rows of a query, each as the list of its values, as ClickHouse writes them in JSON. */
  rows(text: string): Promise<unknown[][]>;
  command(sql: string): Promise<void>;
  sql(text: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

/** Microsoft's parser and an engine in memory, for the tests of one file. */
export async function openKqlSession(tables: readonly TableDefinition[] = []): Promise<KqlSession> {
  const translateQuery = createQueryTranslator(await loadKusto(), tables);
  const client = createClient({
    // The package was built against another copy of the client's types; at run time both are one.
    connection: createChdbConnection({}) as never,
    clickhouse_settings: { ...querySettings, output_format_json_quote_64bit_integers: 1 },
  });
  const translate = (text: string): TranslatedQuery => translateQuery(text, { nowMs });
  const sql = (text: string): Promise<unknown[][]> => rowsOf(client, text);
  return {
    translate,
    sql,
    async rows(text) {
      const asked: AskedRows[] = [];
      for (;;) {
        const query = translateQuery(text, { nowMs, asked });
        const rows = await sql(query.sql);
        if (!query.isAsked) return rows.map((row) => withNumbers(row, query.columns));
        asked.push(rows.map((row) => row.map(String)));
      }
    },
    command: async (text) => {
      await client.command({ query: text });
    },
    close: () => client.close(),
  };
}

/** Numbers of 64 bits come as texts, as where queries run for people: a number within a dynamic value must not. */
function withNumbers(row: readonly unknown[], columns: TranslatedQuery["columns"]): unknown[] {
  const isWhole = (index: number): boolean =>
    ["long", "timespan"].includes(columns[index]?.type ?? "");
  return row.map((value, index) =>
    isWhole(index) && typeof value === "string" ? Number(value) : value,
  );
}

async function rowsOf(client: ClickHouseClient, query: string): Promise<unknown[][]> {
  const result = await client.query({ query, format: "JSONCompactEachRow" });
  return result.json<unknown[]>();
}
