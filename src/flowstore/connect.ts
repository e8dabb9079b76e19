import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { resolve } from "node:path";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { NightcapError } from "../common/errors.ts";
import { createEngine, wentAway } from "./client-engine.ts";
import { findLayout } from "./cluster-layout.ts";
import type { EngineOptions } from "./embedded/engine-options.ts";
import { engineSocketPath } from "./embedded/socket-path.ts";
import { ensureEngine } from "./embedded/start.ts";
import type { EngineLayout, FlowEngine } from "./engine.ts";
import { onCluster } from "./schema/table.ts";
import type { FlowStoreSettings } from "./settings.ts";

const connectionCountMax = 32;
const prepareAttemptsMax = 5;
const requestMillisecondsMax = 10 * 60_000;

/** A client of the engine that the settings name; nothing is created in it but the database. */
export function connectEngine(settings: FlowStoreSettings): Promise<FlowEngine> {
  if (settings.url !== undefined) return connectCluster(settings, settings.url);
  if (settings.directory !== undefined) return connectEmbedded(settings, settings.directory);
  throw new NightcapError("SettingsInvalid", "flow store: neither a directory nor a url is given");
}

async function connectEmbedded(
  settings: FlowStoreSettings,
  directory: string,
): Promise<FlowEngine> {
  const options: EngineOptions = {
    directory: resolve(directory),
    socketPath: engineSocketPath(directory),
    memoryBytesMax: settings.memoryBytesMax,
    queryMemoryBytesMax: settings.queryMemoryBytesMax ?? Math.floor(settings.memoryBytesMax / 2),
    threadCountMax: settings.threadCountMax,
    requestCountMax: settings.requestCountMax,
    queueCountMax: settings.queueCountMax,
    idleSeconds: settings.idleSeconds,
  };
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connectionCountMax,
    socketPath: options.socketPath,
  } as ConstructorParameters<typeof Agent>[0]);
  const common = {
    url: "http://engine",
    http_agent: agent,
    request_timeout: requestMillisecondsMax,
    log: { level: ClickHouseLogLevel.OFF },
    set_basic_auth_header: false,
  };
  const ensure = (signal?: AbortSignal): Promise<void> => ensureEngine(options, signal);
  const layout = { cluster: null, replicated: false };
  await prepareEmbedded(ensure, () =>
    createDatabase(createClient(common), settings.database, layout),
  );
  const client = createClient({ ...common, database: settings.database });
  return createEngine({
    client,
    kind: "embedded",
    database: settings.database,
    layout,
    ensure,
    socketPath: options.socketPath,
  });
}

/** The engine may end, or be killed, between its start and the first statement. */
async function prepareEmbedded(
  ensure: () => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await ensure();
    try {
      return await work();
    } catch (error) {
      if (attempt >= prepareAttemptsMax || !wentAway(error)) throw error;
    }
  }
}

async function connectCluster(settings: FlowStoreSettings, url: string): Promise<FlowEngine> {
  const certificate = settings.caFile ? await readFile(settings.caFile) : null;
  const common = {
    url,
    username: settings.user,
    password: settings.passwordFile ? await readPassword(settings.passwordFile) : "",
    max_open_connections: connectionCountMax,
    request_timeout: requestMillisecondsMax,
    log: { level: ClickHouseLogLevel.OFF },
    ...(certificate ? { tls: { ca_cert: certificate } } : {}),
  };
  const outside = createClient(common);
  const layout = await findLayout(outside, settings.cluster);
  await createDatabase(outside, settings.database, layout);
  const client = createClient({ ...common, database: settings.database });
  return createEngine({
    client,
    kind: "cluster",
    database: settings.database,
    layout,
    ensure: async () => {},
    socketPath: null,
  });
}

/** The one statement that cannot be made inside the database. */
async function createDatabase(
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

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw new NightcapError("SecretUnreadable", `cannot read the password file ${path}`, { cause });
  }
}
