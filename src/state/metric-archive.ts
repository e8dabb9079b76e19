import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { Clock } from "../common/clock.ts";
import { secretDirectoryMode, secretFileMode } from "../common/files.ts";
import { startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { readHistory, type HistoryRange } from "./metric-history.ts";
import {
  minuteSeconds,
  packMinute,
  summarize,
  unpackMinute,
  type Summary,
} from "./metric-minute.ts";
import { pruneMinutes } from "./metric-pruning.ts";
import { openDatabase } from "./node-sqlite-driver.ts";

export const metricArchiveSettings = z.strictObject({
  /** Hours for which each second is kept; its minute is kept longer. */
  secondsKeptHours: z
    .int()
    .min(1)
    .max(24 * 31)
    .default(24),
  /** Days for which minutes are kept; 93 as in Azure. */
  minutesKeptDays: z.int().min(1).max(3_660).default(93),
  /** Bytes of the file in use; above it the oldest minutes go first. */
  sizeBytesMax: z
    .int()
    .min(1 << 20)
    .default(2 * 1024 ** 3),
  hostCountMax: z.int().min(1).max(100_000).default(1_000),
  /** Series of one host; four for each interface and ten for the host. */
  seriesCountMax: z.int().min(1).max(10_000).default(512),
  /** Seconds between writes; what arrives meanwhile is in memory only. */
  flushIntervalSeconds: z.int().min(1).max(60).default(5),
  /** Minutes of each series that stay in memory, for rules evaluated each second. */
  tailMinuteCount: z.int().min(2).max(120).default(6),
});
export type MetricArchiveSettings = z.infer<typeof metricArchiveSettings>;

export interface ArchivedMeasurement {
  series: string;
  /** Since the epoch. */
  second: number;
  value: number;
}

/** Measurements of hosts by series and second. Reads see everything appended, written or not. */
export interface MetricArchive {
  /**
   * Takes measurements; a second that is there already is replaced, so a replay changes nothing. What is older
   * than the seconds kept, far in the future, or over a limit is dropped and counted. `note` is kept with them.
   */
  append(
    hostId: string,
    measurements: readonly ArchivedMeasurement[],
    note?: string,
  ): { dropped: number };
  note(hostId: string): string | null;
  series(hostId: string): string[];
  /** Seconds of [from, to), in order. */
  query(
    hostId: string,
    series: string,
    from: number,
    to: number,
  ): { second: number; value: number }[];
  /**
   * [from, to) in minutes, the first and last cut to the range; minutes whose seconds are no longer kept count
   * whole when they begin in the range.
   */
  aggregates(
    hostId: string,
    series: string,
    from: number,
    to: number,
  ): ({ second: number } & Summary)[];
  /** What is written of a series, in buckets of whole minutes; cheap over weeks. */
  history(hostId: string, series: string, range: HistoryRange): ({ second: number } & Summary)[];
  /** Removes everything of a host. */
  forget(hostId: string): void;
  /** Writes what is in memory, in one transaction. */
  flush(): void;
  /** Removes what is too old, or too much. Runs by itself each minute. */
  prune(): void;
  close(): Promise<void>;
}

interface Minute {
  values: Float64Array;
  dirty: boolean;
}
interface Series {
  id: number;
  minutes: Map<number, Minute>;
}
interface Host {
  id: number;
  series: Map<string, Series>;
  note: string | null;
  noteDirty: boolean;
}

const futureSecondsMax = 300;
const pruneIntervalMilliseconds = 60_000;

const schema = `
  CREATE TABLE IF NOT EXISTS hosts (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, host_id INTEGER NOT NULL REFERENCES hosts ON DELETE CASCADE, name TEXT NOT NULL,
    UNIQUE (host_id, name)) STRICT;
  CREATE TABLE IF NOT EXISTS minutes (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE, minute INTEGER NOT NULL, seconds BLOB,
    sum REAL NOT NULL, count INTEGER NOT NULL, minimum REAL NOT NULL, maximum REAL NOT NULL,
    PRIMARY KEY (series_id, minute)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS minutes_by_time ON minutes (minute);
  CREATE INDEX IF NOT EXISTS minutes_with_seconds ON minutes (minute) WHERE seconds IS NOT NULL;`;

/** Opens the archive in a file of its own. A crash loses at most the last `flushIntervalSeconds`. */
export function openMetricArchive(options: {
  path: string;
  settings: MetricArchiveSettings;
  clock: Clock;
  log: Log;
}): MetricArchive {
  mkdirSync(dirname(options.path), { recursive: true, mode: secretDirectoryMode });
  const database = openDatabase(options.path, "NORMAL");
  chmodSync(options.path, secretFileMode);
  database.exec(schema);
  const archive = new SqliteMetricArchive(database, options.settings, options.clock);
  const onError = (error: unknown): void =>
    options.log.error({ err: error }, "metrics not written");
  const flushing = startLoop({
    intervalMilliseconds: options.settings.flushIntervalSeconds * 1_000,
    work: async () => archive.flush(),
    onError,
  });
  const pruning = startLoop({
    intervalMilliseconds: pruneIntervalMilliseconds,
    work: async () => archive.prune(),
    onError,
  });
  return Object.assign(archive, {
    async close() {
      await Promise.all([flushing.close(), pruning.close()]);
      archive.flush();
      database.close();
    },
  });
}

class SqliteMetricArchive implements Omit<MetricArchive, "close"> {
  readonly #database: DatabaseSync;
  readonly #settings: MetricArchiveSettings;
  readonly #clock: Clock;
  readonly #hosts = new Map<string, Host>();

  constructor(database: DatabaseSync, settings: MetricArchiveSettings, clock: Clock) {
    this.#database = database;
    this.#settings = settings;
    this.#clock = clock;
    this.#load();
  }

  append(
    hostId: string,
    measurements: readonly ArchivedMeasurement[],
    note?: string,
  ): { dropped: number } {
    const host = this.#hosts.get(hostId) ?? this.#addHost(hostId);
    if (!host) return { dropped: measurements.length };
    const now = this.#nowSecond();
    const oldest = now - this.#settings.secondsKeptHours * 3_600;
    let dropped = 0;
    for (const { series: name, second, value } of measurements) {
      const kept = second >= oldest && second <= now + futureSecondsMax && Number.isFinite(value);
      const series = kept ? (host.series.get(name) ?? this.#addSeries(host, name)) : null;
      if (series) this.#set(series, second, value);
      else dropped++;
    }
    if (note !== undefined) {
      host.note = note;
      host.noteDirty = true;
    }
    return { dropped };
  }

  note(hostId: string): string | null {
    return this.#hosts.get(hostId)?.note ?? null;
  }

  series(hostId: string): string[] {
    return [...(this.#hosts.get(hostId)?.series.keys() ?? [])].sort();
  }

  query(
    hostId: string,
    name: string,
    from: number,
    to: number,
  ): { second: number; value: number }[] {
    const series = this.#hosts.get(hostId)?.series.get(name);
    if (!series) return [];
    return this.#minutes(series, from, to).flatMap(({ minute, values }) =>
      values ? secondsIn(minute, values, from, to) : [],
    );
  }

  aggregates(
    hostId: string,
    name: string,
    from: number,
    to: number,
  ): ({ second: number } & Summary)[] {
    const series = this.#hosts.get(hostId)?.series.get(name);
    if (!series) return [];
    return this.#minutes(series, from, to).flatMap(({ minute, values, summary }) => {
      const start = minute * minuteSeconds;
      const second = Math.max(start, from);
      const whole = start >= from && start + minuteSeconds <= to;
      if (values && !(whole && summary)) {
        const cut = summarize(values.subarray(second - start, Math.max(0, to - start)));
        return cut.count > 0 ? [{ second, ...cut }] : [];
      }
      return summary && start >= from ? [{ second, ...summary }] : [];
    });
  }

  history(hostId: string, name: string, range: HistoryRange): ({ second: number } & Summary)[] {
    const series = this.#hosts.get(hostId)?.series.get(name);
    return series ? readHistory(this.#database, series.id, range) : [];
  }

  forget(hostId: string): void {
    this.#hosts.delete(hostId);
    this.#database.prepare("DELETE FROM hosts WHERE name = ?").run(hostId);
  }

  flush(): void {
    const write = this.#database.prepare(
      `INSERT INTO minutes (series_id, minute, seconds, sum, count, minimum, maximum) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET seconds = excluded.seconds, sum = excluded.sum, count = excluded.count,
         minimum = excluded.minimum, maximum = excluded.maximum`,
    );
    const writeNote = this.#database.prepare("UPDATE hosts SET note = ? WHERE id = ?");
    const hosts = [...this.#hosts.values()];
    this.#transact(() => {
      for (const host of hosts) {
        for (const { id, minutes } of host.series.values()) {
          for (const [minute, { dirty, values }] of minutes) {
            if (!dirty) continue;
            const { sum, count, minimum, maximum } = summarize(values);
            write.run(id, minute, packMinute(values), sum, count, minimum, maximum);
          }
        }
        if (host.noteDirty) writeNote.run(host.note, host.id);
      }
    });
    for (const host of hosts) this.#settle(host);
  }

  prune(): void {
    const minuteAgo = (seconds: number): number =>
      Math.floor((this.#nowSecond() - seconds) / minuteSeconds);
    pruneMinutes(this.#database, {
      secondsFromMinute: minuteAgo(this.#settings.secondsKeptHours * 3_600),
      minutesFromMinute: minuteAgo(this.#settings.minutesKeptDays * 86_400),
      sizeBytesMax: this.#settings.sizeBytesMax,
    });
    this.#pruneSeries();
  }

  /** Interfaces come and go; a series of which nothing is left makes room for others. */
  #pruneSeries(): void {
    const used = this.#database.prepare("SELECT 1 FROM minutes WHERE series_id = ? LIMIT 1");
    const remove = this.#database.prepare("DELETE FROM series WHERE id = ?");
    for (const host of this.#hosts.values()) {
      for (const [name, { id, minutes }] of host.series) {
        if (minutes.size > 0 || used.get(id) !== undefined) continue;
        remove.run(id);
        host.series.delete(name);
      }
    }
  }

  #transact(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** After a write: nothing is dirty, and only the newest minutes stay in memory. */
  #settle(host: Host): void {
    host.noteDirty = false;
    const oldest = Math.floor(this.#nowSecond() / minuteSeconds) - this.#settings.tailMinuteCount;
    for (const { minutes } of host.series.values()) {
      for (const [minute, block] of minutes) {
        block.dirty = false;
        if (minute < oldest) minutes.delete(minute);
      }
    }
  }

  #set(series: Series, second: number, value: number): void {
    const minute = Math.floor(second / minuteSeconds);
    let block = series.minutes.get(minute);
    if (!block) {
      block = { values: this.#readSeconds(series.id, minute), dirty: true };
      series.minutes.set(minute, block);
    }
    block.values[second - minute * minuteSeconds] = value;
    block.dirty = true;
  }

  #readSeconds(seriesId: number, minute: number): Float64Array {
    const row = this.#database
      .prepare("SELECT seconds FROM minutes WHERE series_id = ? AND minute = ?")
      .get(seriesId, minute);
    return unpackMinute(row?.["seconds"]);
  }

  /** Minutes that overlap [from, to), those in memory before those on disk, in order. */
  #minutes(
    series: Series,
    from: number,
    to: number,
  ): { minute: number; values: Float64Array | null; summary: Summary | null }[] {
    const first = Math.floor(from / minuteSeconds);
    const last = Math.ceil(to / minuteSeconds) - 1;
    const memory = [...series.minutes].filter(([minute]) => minute >= first && minute <= last);
    const inMemory = new Set(memory.map(([minute]) => minute));
    const found = memory.map(([minute, { values }]) => ({
      minute,
      values,
      summary: null as Summary | null,
    }));
    if (inMemory.size === last - first + 1) return found.sort((a, b) => a.minute - b.minute);
    const rows = this.#database
      .prepare(
        "SELECT minute, seconds, sum, count, minimum, maximum FROM minutes WHERE series_id = ? AND minute BETWEEN ? AND ?",
      )
      .all(series.id, first, last);
    const stored = rows
      .filter((row) => !inMemory.has(Number(row["minute"])))
      .map((row) => ({
        minute: Number(row["minute"]),
        values: row["seconds"] === null ? null : unpackMinute(row["seconds"]),
        summary: {
          sum: Number(row["sum"]),
          count: Number(row["count"]),
          minimum: Number(row["minimum"]),
          maximum: Number(row["maximum"]),
        },
      }));
    return [...found, ...stored].sort((a, b) => a.minute - b.minute);
  }

  #addHost(name: string): Host | null {
    if (this.#hosts.size >= this.#settings.hostCountMax) return null;
    const result = this.#database.prepare("INSERT INTO hosts (name) VALUES (?)").run(name);
    const host: Host = {
      id: Number(result.lastInsertRowid),
      series: new Map(),
      note: null,
      noteDirty: false,
    };
    this.#hosts.set(name, host);
    return host;
  }

  #addSeries(host: Host, name: string): Series | null {
    if (host.series.size >= this.#settings.seriesCountMax) return null;
    const statement = this.#database.prepare("INSERT INTO series (host_id, name) VALUES (?, ?)");
    const series = { id: Number(statement.run(host.id, name).lastInsertRowid), minutes: new Map() };
    host.series.set(name, series);
    return series;
  }

  #load(): void {
    const byId = new Map<number, Host>();
    for (const row of this.#database.prepare("SELECT id, name, note FROM hosts").all()) {
      const note = typeof row["note"] === "string" ? row["note"] : null;
      const host: Host = { id: Number(row["id"]), series: new Map(), note, noteDirty: false };
      byId.set(host.id, host);
      this.#hosts.set(String(row["name"]), host);
    }
    for (const row of this.#database.prepare("SELECT id, host_id, name FROM series").all()) {
      const series = { id: Number(row["id"]), minutes: new Map<number, Minute>() };
      byId.get(Number(row["host_id"]))?.series.set(String(row["name"]), series);
    }
  }

  #nowSecond(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

function secondsIn(
  minute: number,
  values: Float64Array,
  from: number,
  to: number,
): { second: number; value: number }[] {
  return Array.from(values, (value, index) => ({
    second: minute * minuteSeconds + index,
    value,
  })).filter(({ second, value }) => second >= from && second < to && !Number.isNaN(value));
}
