import { Agent } from "node:http";
import { resolve } from "node:path";
import { createClient } from "@clickhouse/client";
import { createEngine } from "../client-engine.ts";
import { clientDefaults, connectionCountMax, createDatabase } from "../connections.ts";
import { wentAway } from "../engine-failures.ts";
import { type FlowEngine, singleServer } from "../engine.ts";
import { singleServerRules } from "../insert-native.ts";
import { startedServer } from "../server-pool.ts";
import type { FlowStoreSettings } from "../settings.ts";
import type { EngineOptions } from "./engine-options.ts";
import { engineSocketPath } from "./socket-path.ts";
import { createSpoolCarrier } from "./spool.ts";
import { ensureEngine } from "./start.ts";

const prepareAttemptsMax = 5;

export async function connectEmbedded(
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
    ...clientDefaults,
    url: "http://engine",
    http_agent: agent,
    set_basic_auth_header: false,
  };
  const ensure = (signal?: AbortSignal): Promise<void> => ensureEngine(options, signal);
  await prepare(ensure, () =>
    createDatabase(createClient(common), settings.database, singleServer),
  );
  return createEngine({
    pool: startedServer(createClient({ ...common, database: settings.database }), ensure),
    kind: "embedded",
    database: settings.database,
    layout: singleServer,
    inserts: { ...singleServerRules, carrier: createSpoolCarrier(options.directory) },
    socketPath: options.socketPath,
  });
}

/** The engine may end, or be killed, between its start and the first statement. */
async function prepare(ensure: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await ensure();
    try {
      return await work();
    } catch (error) {
      if (attempt >= prepareAttemptsMax || !wentAway(error)) throw error;
    }
  }
}
