import type { FlowEngine } from "../engine.ts";

/** Records of one interval, as flow logs are reduced. */
export interface Interval {
  /** Seconds since 1970. */
  readonly start: number;
  readonly minutes: number;
  /** Tuples that it counts: what the table has of an interval only grows, so that an equal number is equal content. */
  readonly recordCount: number;
  /** The build of the summaries that holds all of it; null where there is none. */
  readonly build: number | null;
}

export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Intervals that a query may name one by one; more are refused. */
export const intervalCountMax = 20_000;

/** The longest interval of a flow log. */
const intervalMsMax = 3_600_000;

interface CountRow {
  readonly start: number;
  readonly minutes: number;
  readonly recordCount: number;
}

interface BuiltRow extends CountRow {
  readonly build: number;
}

/** Intervals that overlap a span of time and have records, oldest first. */
export async function readIntervals(engine: FlowEngine, span: TimeSpan): Promise<Interval[]> {
  const [counts, builds] = await Promise.all([
    read<CountRow>(engine, span, countsOn(engine)),
    read<BuiltRow>(
      engine,
      span,
      "max(t.build) AS build, argMax(t.recordCount, t.build) AS recordCount FROM flow_summary_built",
    ),
  ]);
  const built = new Map(builds.map((row) => [`${row.start} ${row.minutes}`, row]));
  return counts
    .filter(({ start, minutes }) => (start + minutes * 60) * 1_000 > span.startMs)
    .map(({ start, minutes, recordCount }) => {
      const last = built.get(`${start} ${minutes}`);
      const build = last?.recordCount === recordCount ? last.build : null;
      return { start, minutes, recordCount, build };
    });
}

/** One server counts what comes; a cluster adds up what each shard has, without putting records together for it. */
const countsOn = ({ layout }: FlowEngine): string =>
  layout.cluster === null
    ? "sum(t.rowCount) AS recordCount FROM flow_hour"
    : "sum(t.recordCount) AS recordCount FROM flow_interval";

function read<Row>(engine: FlowEngine, span: TimeSpan, what: string): Promise<Row[]> {
  return engine.rows<Row>({
    sql: `SELECT toUnixTimestamp(start) AS start, intervalMinutes AS minutes, ${what} AS t
      WHERE t.start > fromUnixTimestamp64Second({from:Int64}, 'UTC') AND t.start < fromUnixTimestamp64Second({end:Int64}, 'UTC')
      GROUP BY t.start, minutes ORDER BY t.start, minutes`,
    parameters: {
      from: Math.floor((span.startMs - intervalMsMax) / 1_000),
      end: Math.ceil(span.endMs / 1_000),
    },
  });
}
