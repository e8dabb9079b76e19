import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { parseSettings } from "../common/settings.ts";
import { type FlowStoreSettings, flowStoreSettings } from "../flowstore/settings.ts";
import { defaultStateDirectory } from "./credentials.ts";

/** Where the table of flows is: this host's own engine, or a ClickHouse server. */
export interface FlowStoreFlags {
  state: string;
  clickhouse?: string;
  clickhouseUser?: string;
  clickhousePasswordFile?: string;
  clickhouseCaFile?: string;
  database?: string;
}

export const withFlowStore = (command: Command): Command =>
  command
    .option("--state <folder>", "where Nightcap keeps its state", defaultStateDirectory())
    .option("--clickhouse <url>", "a ClickHouse server instead of the embedded engine")
    .option("--clickhouse-user <name>", "user on that server")
    .option("--clickhouse-password-file <file>", "file with that user's password")
    .option("--clickhouse-ca-file <file>", "PEM file of the authority of that server")
    .option("--database <name>", "database of the flows");

export function flowStoreOf(flags: FlowStoreFlags): FlowStoreSettings {
  const given = {
    ...(flags.clickhouse === undefined
      ? { directory: join(flags.state, "flows") }
      : { url: flags.clickhouse }),
    user: flags.clickhouseUser,
    passwordFile: flags.clickhousePasswordFile,
    caFile: flags.clickhouseCaFile,
    database: flags.database,
  };
  return parseSettings(flowStoreSettings, given, "the options of the table of flows");
}

/** Refuses to make an empty table for somebody who only asks: it would hide that the folder is another one. */
export async function refuseWithoutTable({ directory }: FlowStoreSettings): Promise<void> {
  if (directory === undefined) return;
  const isThere = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return;
  throw new NightcapError(
    "InvalidRequest",
    `there are no flows in ${directory}: "nightcap flow-logs import PLACE" brings some in, --state names another folder`,
  );
}
