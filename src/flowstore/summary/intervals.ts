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
  /** Where all of its records are: rolled up as they came, in a build, or only as rows of `flow`; null: not known. */
  readonly place: "live" | "flow" | number | null;
}

/** Whether an interval is over and no build holds all of it. */
export const isDue = ({ start, minutes, build }: Interval, nowMs: number): boolean =>
  build === null && (start + minutes * 60) * 1_000 <= nowMs;

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
  const [counts, hours, builds] = await Promise.all([
    read<CountRow>(engine, span, countsOn(engine)),
    readHours(engine),
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
      const place = placeOf(hours, start);
      return { start, minutes, recordCount, build, place };
    });
}

/** One server counts what comes; a cluster adds up what each shard has, without putting records together for it. */
const countsOn = ({ layout }: FlowEngine): string =>
  layout.cluster === null
    ? "sum(t.rowCount) AS recordCount FROM flow_hour"
    : "sum(t.recordCount) AS recordCount FROM flow_interval";

interface HourRow {
  readonly hour: number;
  readonly build: number;
  readonly isWhole: 0 | 1;
}

type Hours = ReadonlyMap<number, HourRow>;

/** Hours with rows that are rolled up later; null on a cluster, which has none but asks its shards as a whole. */
async function readHours(engine: FlowEngine): Promise<Hours | null> {
  if (engine.layout.cluster !== null) return null;
  const rows = await engine.rows<HourRow>({
    sql: "SELECT toUnixTimestamp(hour) AS hour, build, isWhole FROM flow_hour_state",
  });
  return new Map(rows.map((row) => [row.hour, row]));
}

const hourSeconds = 3_600;

function placeOf(hours: Hours | null, start: number): Interval["place"] {
  if (hours === null) return null;
  const hour = hours.get(start - (start % hourSeconds));
  if (hour === undefined) return "live";
  return hour.isWhole ? hour.build : "flow";
}

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
