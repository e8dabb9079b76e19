import type { TargetSettings } from "./target-settings.ts";

export const quietDays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
type QuietDay = (typeof quietDays)[number];
export type QuietHours = NonNullable<TargetSettings["quietHours"]>;

const minuteMilliseconds = 60_000;
const dayMinutes = 1_440;
/** Quiet hours are shorter than a day; with a clock that is put back, this long. */
const lookMinutesMax = 26 * 60;

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
const formatCountMax = 100;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  if (formats.size >= formatCountMax) formats.clear();
  formats.set(timeZone, made);
  return made;
}

/** Weekday and minute of the day on the zone's clock. */
function clockAt(timeZone: string, now: number): { day: number; minute: number } {
  const parts = formatOf(timeZone).formatToParts(now);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  const day = quietDays.indexOf(part("weekday").toLowerCase() as QuietDay);
  return { day, minute: Number(part("hour")) * 60 + Number(part("minute")) };
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

export function isQuiet({ timeZone, from, to, days }: QuietHours, now: number): boolean {
  const { day, minute } = clockAt(timeZone, now);
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  const begins = (which: number): boolean => {
    const name = quietDays[(which + 7) % 7];
    return name !== undefined && days.includes(name);
  };
  if (begin < end) return begins(day) && minute >= begin && minute < end;
  return (begins(day) && minute >= begin) || (begins(day - 1) && minute < end);
}

/** When they end, looked for on the zone's own clock, so that a change to summer time is in it; `now` when it is not quiet. */
export function quietUntil(hours: QuietHours, now: number): number {
  if (!isQuiet(hours, now)) return now;
  const { minute } = clockAt(hours.timeZone, now);
  const left = (minuteOf(hours.to) - minute + dayMinutes) % dayMinutes;
  const whole = Math.floor(now / minuteMilliseconds) * minuteMilliseconds;
  const guess = whole + left * minuteMilliseconds;
  // Right on all days but two a year; then it is found by minutes.
  if (!isQuiet(hours, guess) && isQuiet(hours, guess - minuteMilliseconds)) return guess;
  for (let count = 1; count <= lookMinutesMax; count++) {
    const time = whole + count * minuteMilliseconds;
    if (!isQuiet(hours, time)) return time;
  }
  return guess;
}
