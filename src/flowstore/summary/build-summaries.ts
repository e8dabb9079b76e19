import type { FlowEngine } from "../engine.ts";
import { onEachServer } from "../schema/each-server.ts";
import { localName, onCluster } from "../schema/table.ts";
import { type Interval, isDue, readIntervals, type TimeSpan } from "./intervals.ts";
import { summaries, type Summary } from "./summary-tables.ts";

export interface BuildOptions {
  /** The present, milliseconds since 1970: an interval is added up when it is over. */
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Adds up the intervals of a span that are over and that no build holds whole, and gives their number. Asked by two at
 * once, both do the work and the later build counts.
 */
export async function buildSummaries(
  engine: FlowEngine,
  span: TimeSpan,
  { nowMs, signal }: BuildOptions,
): Promise<number> {
  const wanted = (await readIntervals(engine, span)).filter((one) => isDue(one, nowMs));
  let builtCount = 0;
  // The newest first, as those are asked for most.
  for (const interval of wanted.toReversed()) {
    signal?.throwIfAborted();
    if (await buildInterval(engine, interval, nextBuild(nowMs))) builtCount++;
  }
  return builtCount;
}

/** As far back as a view may ask. */
const recentMilliseconds = 92 * 86_400_000;

/** The same for all that views may be asked about, so that not even the first question reads single records. */
export const buildRecentSummaries = (engine: FlowEngine, options: BuildOptions): Promise<number> =>
  buildSummaries(
    engine,
    { startMs: options.nowMs - recentMilliseconds, endMs: options.nowMs },
    options,
  );

let lastBuild = 0;
const buildsPerMillisecond = 1_000;

/** Larger than any before it; of two processes in the same microsecond both would be read. */
function nextBuild(nowMs: number): number {
  const salt = Math.floor(Math.random() * buildsPerMillisecond);
  lastBuild = Math.max(lastBuild + 1, nowMs * buildsPerMillisecond + salt);
  return lastBuild;
}

/** False where rows were added meanwhile: what was read of the interval may then be old in one of the tables. */
async function buildInterval(
  engine: FlowEngine,
  interval: Interval,
  build: number,
): Promise<boolean> {
  for (const summary of finestFirst) {
    await engine.command({ sql: insertStatement(summary, interval, build) });
  }
  const again = await readIntervals(engine, {
    startMs: interval.start * 1_000,
    endMs: interval.start * 1_000 + 1,
  });
  const now = again.find(
    ({ start, minutes }) => start === interval.start && minutes === interval.minutes,
  );
  if (now?.recordCount !== interval.recordCount) {
    await remove(engine, summaryNames, `${isOf(interval)} AND build = ${build}`);
    return false;
  }
  const { start, minutes, recordCount } = interval;
  await engine.command({
    sql: `INSERT INTO flow_summary_built (start, intervalMinutes, build, recordCount)
      VALUES (fromUnixTimestamp(${start}), ${minutes}, ${build}, ${recordCount})`,
  });
  await removeOlder(engine, interval, build);
  return true;
}

/** A summary of a summary is read from the build at work. */
const finestFirst = summaries.toSorted(
  (a, b) => b.keys.length - a.keys.length || a.name.localeCompare(b.name),
);

function insertStatement(summary: Summary, { start, minutes }: Interval, build: number): string {
  const { name, of, from, keys, numbers } = summary;
  const columns = [...keys, ...numbers].join(", ");
  const where =
    from === of
      ? `FlowIntervalStartTime = fromUnixTimestamp(${start}) AND FlowIntervalEndTime = fromUnixTimestamp(${start + minutes * 60})`
      : `build = ${build} AND start = fromUnixTimestamp(${start})`;
  return `INSERT INTO ${name} (start, intervalMinutes, build, ${columns})
    SELECT fromUnixTimestamp(${start}), ${minutes}, ${build}, ${keys.join(", ")},
      ${numbers.map((number) => `sum(t.${number})`).join(", ")}
    FROM ${from} AS t WHERE ${where} GROUP BY ${keys.join(", ")}`;
}

const summaryNames = summaries.map(({ name }) => name);

const isOf = ({ start, minutes }: Interval): string =>
  `start = fromUnixTimestamp(${start}) AND intervalMinutes = ${minutes}`;

/** The build before this one stays: a query that is under way may have chosen it. */
async function removeOlder(engine: FlowEngine, interval: Interval, build: number): Promise<void> {
  const [row] = await engine.rows<{ before: number; count: number }>({
    sql: `SELECT max(build) AS before, count() AS count FROM flow_summary_built
      WHERE ${isOf(interval)} AND build < ${build}`,
  });
  if (row === undefined || row.count < 2) return;
  const which = `${isOf(interval)} AND build < ${row.before}`;
  await remove(engine, [...summaryNames, "flow_summary_built"], which);
}

async function remove(engine: FlowEngine, names: readonly string[], which: string): Promise<void> {
  await onEachServer(engine.servers, async (server) => {
    for (const name of names) {
      const table = localName(server.layout, name);
      const where = `${table}${onCluster(server.layout)} WHERE ${which}`;
      await server.command({ sql: `DELETE FROM ${where}` });
    }
  });
}
