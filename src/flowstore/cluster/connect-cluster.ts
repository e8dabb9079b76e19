import { readFile } from "node:fs/promises";
import { type ClickHouseClient, createClient } from "@clickhouse/client";
import { NightcapError } from "../../common/errors.ts";
import { createEngine } from "../client-engine.ts";
import { clientDefaults, connectionCountMax, createDatabase } from "../connections.ts";
import { nobodyListened } from "../engine-failures.ts";
import type { EngineLayout, FlowEngine } from "../engine.ts";
import { singleServerRules } from "../insert-native.ts";
import { alikeServers } from "../server-pool.ts";
import type { FlowStoreSettings } from "../settings.ts";
import { clusterInsertRules, clusterSettings } from "./cluster-settings.ts";
import { findLayout } from "./find-layout.ts";

/** A client of one server. */
type Connect = (url: string, database?: string) => ClickHouseClient;

/**
 * A server, or a cluster: what it is, it says itself. The client goes on to the cluster's other servers
 * when the one that it asks does not answer.
 */
export async function connectCluster(
  settings: FlowStoreSettings,
  url: string,
): Promise<FlowEngine> {
  const { database } = settings;
  const given = [url, ...settings.otherUrls];
  const connectAny = await connector(settings, {});
  const layout = await firstThatAnswers(given, connectAny, (client) =>
    findLayout(client, settings.cluster),
  );
  const connect = await connector(settings, clusterSettings(layout));
  const all = [...new Set([...given, ...serverUrls(layout, url)].map(canonical))];
  const common = { kind: "cluster", database, socketPath: null } as const;
  const servers = handsStatementsOn(layout)
    ? undefined
    : serverUrls(layout, url).map((one) =>
        createEngine({
          ...common,
          pool: alikeServers([connect(one, database)]),
          layout,
          inserts: singleServerRules,
        }),
      );
  await createDatabases(servers ? serverUrls(layout, url) : all, connect, { database, layout });
  return createEngine({
    ...common,
    pool: alikeServers(all.map((one) => connect(one, database))),
    layout,
    inserts: clusterInsertRules(layout, settings),
    partialAnswers: layout.cluster !== null && settings.partialAnswers,
    ...(servers ? { servers } : {}),
  });
}

/** One server needs no handing on, and Keeper does it. */
const handsStatementsOn = ({ cluster, replicated }: EngineLayout): boolean =>
  cluster === null || replicated;

/** The cluster's servers by the names that they have among themselves, on the port that was given. */
function serverUrls({ nodes }: EngineLayout, url: string): string[] {
  return nodes.map(({ host }) => {
    const one = new URL(url);
    one.hostname = host.includes(":") ? `[${host}]` : host;
    return canonical(one.href);
  });
}

const canonical = (url: string): string => new URL(url).href;

async function connector(
  settings: FlowStoreSettings,
  clickhouseSettings: Readonly<Record<string, string | number>>,
): Promise<Connect> {
  const certificate = settings.caFile ? await readFile(settings.caFile) : null;
  const common = {
    ...clientDefaults,
    username: settings.user,
    password: settings.passwordFile ? await readPassword(settings.passwordFile) : "",
    max_open_connections: connectionCountMax,
    clickhouse_settings: { ...clickhouseSettings },
    ...(certificate ? { tls: { ca_cert: certificate } } : {}),
  };
  return (url, database) =>
    createClient({ ...common, url, ...(database === undefined ? {} : { database }) });
}

async function firstThatAnswers<Result>(
  urls: readonly string[],
  connect: Connect,
  work: (client: ClickHouseClient) => Promise<Result>,
): Promise<Result> {
  let failure: unknown;
  for (const url of urls) {
    const client = connect(url);
    try {
      return await work(client);
    } catch (error) {
      if (!nobodyListened(error)) throw error;
      failure ??= error;
    } finally {
      await client.close();
    }
  }
  const message = `no ClickHouse server answers at ${urls.map((url) => new URL(url).host).join(", ")}`;
  throw new NightcapError("ServiceUnavailable", message, { cause: failure });
}

/** A server that is away has it from before, or gets it when the tables are next looked at. */
async function createDatabases(
  urls: readonly string[],
  connect: Connect,
  { database, layout }: { database: string; layout: EngineLayout },
): Promise<void> {
  if (handsStatementsOn(layout)) {
    await firstThatAnswers(urls, connect, (client) => createDatabase(client, database, layout));
    return;
  }
  for (const url of urls) {
    await createDatabase(connect(url), database, layout).catch((error: unknown) => {
      if (!nobodyListened(error)) throw error;
    });
  }
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw new NightcapError("SecretUnreadable", `cannot read the password file ${path}`, { cause });
  }
}
