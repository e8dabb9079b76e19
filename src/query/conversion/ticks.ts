/** Ticks of 100 ns, Kusto's unit of time, in the units it names. */
export const ticksPer = {
  microsecond: 10n,
  millisecond: 10_000n,
  second: 10_000_000n,
  minute: 600_000_000n,
  hour: 36_000_000_000n,
  day: 864_000_000_000n,
} as const;

/** Ticks from 0001-01-01, where Kusto counts from, to 1970-01-01, where ClickHouse does. */
export const epochTicks = 621_355_968_000_000_000n;

/** Ticks since 1970 of a moment. */
export const ticksOf = (datetime: string): string =>
  `reinterpretAsInt64(toDateTime64(${datetime}, 7, 'UTC'))`;

/** The moment so many ticks after 1970. */
export const momentOf = (ticks: string): string =>
  `reinterpret(toInt64(${ticks}), 'DateTime64(7, \\'UTC\\')')`;

/** A moment of ClickHouse's (DateTime, Date, any precision) as ours. */
export const asMoment = (sql: string): string => `toDateTime64(${sql}, 7, 'UTC')`;
