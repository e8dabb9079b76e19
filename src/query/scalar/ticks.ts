/** The ticks of 100 ns since 1970 of a datetime of any precision, null for null. */
export function ticksOf(sql: string): string {
  return `reinterpretAsInt64(toDateTime64(${sql}, 7, 'UTC'))`;
}

/** The datetime of a number of ticks since 1970. */
export function datetimeOfTicks(sql: string): string {
  return `toDateTime64(toDecimal128(${sql}, 7) / 10000000, 7, 'UTC')`;
}
