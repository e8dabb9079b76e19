import { addDestinations } from "../destinations/destination-table.ts";
import type { FlowEngine } from "../engine.ts";
import { rollUps, type RollUp } from "../schema/roll-up-list.ts";
import { columnNames, laterTable } from "./later-tables.ts";

/** A build that is no longer read may still be in a question that has begun; longer than any may take. */
const oldBuildMilliseconds = 30 * 60_000;
const buildsPerMillisecond = 1_000;
/** Memory of one addition, beyond which it goes on on disk. */
const groupBytesMax = 2 ** 30;
const blockRowCount = 1 << 20;

export interface AddUpOptions {
  /** The present, milliseconds since 1970. */
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

interface Hour {
  /** Seconds since 1970. */
  readonly hour: number;
}

/**
 * Rolls up the rows that came without it, hour by hour, and gives the number of hours that are whole now. Until then
 * questions add up those hours themselves: what they say is the same before, meanwhile and after. May be done by
 * several processes at once, and ended at any moment: a build counts when it is finished, and nothing else does.
 */
export async function addUpHours(
  engine: FlowEngine,
  { nowMs, signal }: AddUpOptions,
): Promise<number> {
  if (engine.layout.cluster !== null) return 0;
  const open = await engine.rows<Hour>({
    sql: "SELECT toUnixTimestamp(hour) AS hour FROM flow_hour_state WHERE NOT isWhole ORDER BY hour DESC",
  });
  let wholeCount = 0;
  for (const { hour } of open) {
    signal?.throwIfAborted();
    if (await buildHour(engine, { hour, build: nextBuild(nowMs), signal })) wholeCount++;
  }
  await dropOldBuilds(engine, nowMs);
  return wholeCount;
}

let lastBuild = 0;

/** Larger than any before it; in other processes another one by chance. */
function nextBuild(nowMs: number): number {
  const salt = Math.floor(Math.random() * buildsPerMillisecond);
  lastBuild = Math.max(lastBuild + 1, nowMs * buildsPerMillisecond + salt);
  return lastBuild;
}

interface Build extends Hour {
  readonly build: number;
  readonly signal?: AbortSignal | undefined;
}

/** False when rows came meanwhile, so that the roll-ups may hold different ones. */
async function buildHour(engine: FlowEngine, { hour, build, signal }: Build): Promise<boolean> {
  for (const rollUp of rollUps) {
    await engine.command({
      sql: buildStatement(rollUp, { hour, build }),
      settings: {
        optimize_on_insert: 0,
        min_insert_block_size_rows: blockRowCount,
        max_bytes_before_external_group_by: groupBytesMax,
      },
      ...(signal ? { signal } : {}),
    });
  }
  await engine.command({
    sql: addDestinations(`f.isRolledLater = 1 AND ${ofHour(hour)}`),
    ...(signal ? { signal } : {}),
  });
  // The first and the last that read `flow`: rows are only added, so what was read between was the same.
  const [first, last] = await Promise.all(
    ["flow_interval_later", "flow_1m_later"].map((table) => countRows(engine, table, build)),
  );
  if (first === undefined || first !== last) return false;
  await engine.command({
    sql: `INSERT INTO flow_hour (hour, rowCount, laterRowCount, built)
      SELECT fromUnixTimestamp(${hour}), 0, 0, (toUInt64(${first}), toUInt64(${build}))`,
  });
  return true;
}

function buildStatement(rollUp: RollUp, { hour, build }: Build): string {
  const columns = columnNames(rollUp);
  const from =
    rollUp.of === "flow" ? "flow" : `(SELECT * FROM ${rollUp.of}_later WHERE build = ${build})`;
  return `INSERT INTO ${laterTable(rollUp).name} (build, ${columns})
    SELECT ${build}, ${columns} FROM (${rollUp.select(from, ofHour(hour))})`;
}

const ofHour = (hour: number): string => `toStartOfHour(f.time) = fromUnixTimestamp(${hour})`;

async function countRows(engine: FlowEngine, table: string, build: number): Promise<string> {
  const [row] = await engine.rows<{ count: string }>({
    sql: `SELECT toString(sum(recordCount)) AS count FROM ${table} WHERE build = ${build}`,
  });
  return row?.count ?? "0";
}

async function dropOldBuilds(engine: FlowEngine, nowMs: number): Promise<void> {
  const before = Math.max(0, nowMs - oldBuildMilliseconds) * buildsPerMillisecond;
  for (const { name } of rollUps.map(laterTable)) {
    const old = await engine.rows<{ build: string }>({
      sql: `SELECT DISTINCT partition AS build FROM system.parts
        WHERE active AND database = currentDatabase() AND table = {name:String}
          AND toUInt64(partition) < ${before}
          AND toUInt64(partition) NOT IN (SELECT build FROM flow_hour_state)`,
      parameters: { name },
    });
    for (const { build } of old)
      await engine.command({ sql: `ALTER TABLE ${name} DROP PARTITION ${BigInt(build)}` });
  }
}
