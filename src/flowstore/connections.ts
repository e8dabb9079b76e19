import { type ClickHouseClient, ClickHouseLogLevel } from "@clickhouse/client";
import type { EngineLayout } from "./engine.ts";
import { onCluster } from "./schema/table.ts";

export const connectionCountMax = 32;
const requestMillisecondsMax = 10 * 60_000;

/** What all clients share. */
export const clientDefaults = {
  request_timeout: requestMillisecondsMax,
  log: { level: ClickHouseLogLevel.OFF },
} as const;

/** The one statement that cannot be made inside the database; ends the client. */
export async function createDatabase(
  client: ClickHouseClient,
  database: string,
  layout: EngineLayout,
): Promise<void> {
  try {
    await client.command({
      query: `CREATE DATABASE IF NOT EXISTS ${database}${onCluster(layout)}`,
    });
  } finally {
    await client.close();
  }
}
