/** What the column of times shows. */
export const timeKinds = ["relative", "local", "utc"] as const;
export type TimeKind = (typeof timeKinds)[number];

const digitsShown = 6;

/** Decimal nanoseconds as seconds: `-0.000022`. */
export function secondsText(nanoseconds: string, digits = digitsShown): string {
  const isNegative = nanoseconds.startsWith("-");
  const all = nanoseconds.slice(isNegative ? 1 : 0).padStart(10, "0");
  const text = `${all.slice(0, -9)}.${all.slice(-9).slice(0, digits)}`;
  return isNegative ? `-${text}` : text;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The time of day, `14:02:11.123456`. */
function clockText(nanoseconds: string, isUtc: boolean, digits: number): string {
  const date = dateOf(nanoseconds);
  const [hours, minutes, seconds] = isUtc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  const fraction = nanoseconds.padStart(10, "0").slice(-9).slice(0, digits);
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${fraction}`;
}

const dateOf = (nanoseconds: string): Date => new Date(Number(BigInt(nanoseconds) / 1_000_000n));

export interface RowTimes {
  time: string | null;
  relativeTime: string | null;
}

export function timeText({ time, relativeTime }: RowTimes, kind: TimeKind): string {
  if (time === null || relativeTime === null) return "";
  return kind === "relative"
    ? secondsText(relativeTime)
    : clockText(time, kind === "utc", digitsShown);
}

/** Date and time to the nanosecond, in UTC. */
export function wholeTimeText(time: string | null): string {
  if (time === null) return "";
  return `${dateOf(time).toISOString().slice(0, 10)} ${clockText(time, true, 9)} UTC`;
}

/** From one row to the next, in seconds. */
export function deltaText(row: RowTimes, before: RowTimes | null): string {
  if (row.time === null || !before || before.time === null) return "";
  return secondsText(String(BigInt(row.time) - BigInt(before.time)));
}
