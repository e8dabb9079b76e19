import { datetimeTextOf } from "./datetime-text.ts";

/** A constant point in time as tostring() writes it: 2023-08-09T13:00:00.0000000Z. */
export function isoText(ticks: bigint): string {
  return `${datetimeTextOf(ticks).replace(" ", "T")}Z`;
}

/** A constant span of time as tostring() writes it: 1.02:03:04.5000000, without days and fraction where they are 0. */
export function timespanText(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks;
  const seconds = size / 10_000_000n;
  const clock = [(seconds / 3600n) % 24n, (seconds / 60n) % 60n, seconds % 60n];
  const fraction = size % 10_000_000n;
  return [
    ticks < 0n ? "-" : "",
    seconds >= 86_400n ? `${seconds / 86_400n}.` : "",
    clock.map((part) => String(part).padStart(2, "0")).join(":"),
    fraction > 0n ? `.${String(fraction).padStart(7, "0")}` : "",
  ].join("");
}
