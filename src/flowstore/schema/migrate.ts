import { NightcapError } from "../../common/errors.ts";
import type { FlowEngine } from "../engine.ts";
import type { FlowStoreSettings } from "../settings.ts";
import { firstReleasedNumber, type Migration, migrations } from "./migrations.ts";
import { setRetention } from "./retention.ts";
import { onEachServer } from "./each-server.ts";
import { engineOf, onCluster } from "./table.ts";

const versionTable = "schema_version";

/**
 * Brings the database to this program's schema. Two processes may do so at once: every statement may
 * run twice, and a step is recorded when it is done. A newer schema than this program's is refused.
 */
export async function migrate(engine: FlowEngine, settings: FlowStoreSettings): Promise<void> {
  await bringUpToDate(engine.servers, settings);
  await setRetention(engine, settings.retentionDays);
}

/** A server that is away is left as it is when the others lack nothing: it was one of them before. */
async function bringUpToDate(
  servers: readonly FlowEngine[],
  settings: FlowStoreSettings,
): Promise<void> {
  const known = migrations.at(-1)?.number ?? 0;
  const found = await onEachServer(servers, readVersion);
  const newest = Math.max(0, ...found.answers.values());
  if (newest > known) {
    throw new NightcapError(
      "SettingsInvalid",
      `the flow tables have schema ${newest}, this program knows ${known}: use a newer one`,
    );
  }
  const unreleased = [...found.answers.values()].find((n) => n > 0 && n < firstReleasedNumber);
  if (unreleased !== undefined) throw madeBeforeRelease(unreleased, settings);
  const old = [...found.answers].filter(([, version]) => version < known);
  if (old.length > 0 && found.failure !== undefined) throw found.failure;
  await Promise.all(old.map(([server, version]) => bringServerUpToDate(server, version)));
}

function madeBeforeRelease(
  number: number,
  { directory, url, database }: FlowStoreSettings,
): NightcapError {
  const [place, cure] =
    url === undefined
      ? [directory, `end what uses them and remove the folder ${directory}`]
      : [`${database} at ${url}`, `drop the database ${database}`];
  return new NightcapError(
    "SettingsInvalid",
    `the flow tables in ${place} were made by an unreleased version (schema ${number}): ${cure}, then import again`,
  );
}

async function bringServerUpToDate(server: FlowEngine, found: number): Promise<void> {
  await createVersionTable(server);
  const missing = migrations.filter(({ number }) => number > found);
  for (const migration of missing) await apply(server, migration);
}

async function readVersion(engine: FlowEngine): Promise<number> {
  const exists = await engine.rows<{ name: string }>({
    sql: "SELECT name FROM system.tables WHERE database = {database:String} AND name = {table:String}",
    parameters: { database: engine.database, table: versionTable },
  });
  if (exists.length === 0) return 0;
  const [row] = await engine.rows<{ number: number }>({
    sql: `SELECT max(number) AS number FROM ${versionTable}`,
  });
  return row?.number ?? 0;
}

async function createVersionTable(engine: FlowEngine): Promise<void> {
  await engine.command({
    sql: `CREATE TABLE IF NOT EXISTS ${versionTable}${onCluster(engine.layout)}
      (number UInt32, name String, applied DateTime('UTC') DEFAULT now('UTC'))
      ENGINE = ${engineOf(engine.layout, "MergeTree", "all")} ORDER BY number`,
  });
}

async function apply(engine: FlowEngine, migration: Migration): Promise<void> {
  for (const sql of migration.statements(engine.layout)) await engine.command({ sql });
  await engine.command({
    sql: `INSERT INTO ${versionTable} (number, name) VALUES ({number:UInt32}, {name:String})`,
    parameters: { number: migration.number, name: migration.name },
  });
}
