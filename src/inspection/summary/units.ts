/** Numbers as people read them: one rule for every surface of the report. */

/** `12,345`. Whole numbers do without Intl, which takes longer to load than a small capture to inspect. */
export const formatCount = (count: number): string =>
  Number.isSafeInteger(count) ? groupedDigits(String(count)) : withFraction(count);

const groupedDigits = (digits: string): string => digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

function withFraction(count: number): string {
  fractions ??= new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
  return fractions.format(count);
}

let fractions: Intl.NumberFormat | null = null;

/** `1 packet`, `2 packets`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** Three digits that matter, without a needless exponent: 1.23, 12.3, 123. */
function threeDigits(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let at = 0;
  let rest = value;
  // 999.5 would print as 1000: it belongs to the next unit.
  while (Math.abs(rest) >= base - base / 2_000 && at < units.length - 1) {
    rest /= base;
    at++;
  }
  return `${threeDigits(rest)} ${units[at] ?? ""}`;
}

/** Decimal units, as interfaces and metrics count: `12.3 MB`. */
export const formatBytes = (bytes: number): string =>
  scaled(bytes, 1_000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"]);

/** `12,345,678 bytes`, for whoever wants the exact figure. */
export const exactBytes = (bytes: number): string => plural(bytes, "byte");

/** `512 ms`, `1.5 s`, `2 min 5 s`. */
export function formatDuration(nanoseconds: number): string {
  const seconds = nanoseconds / 1e9;
  if (Math.abs(seconds) < 59.95) return scaled(nanoseconds, 1_000, ["ns", "µs", "ms", "s"]);
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.trunc(whole / 86_400), "d"],
    [Math.trunc(whole / 3_600) % 24, "h"],
    [Math.trunc(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const shown = parts.filter(([value]) => value !== 0).slice(0, 2);
  return shown.map(([value, unit]) => `${formatCount(value)} ${unit}`).join(" ");
}

/** `4 %`, `0.2 %`; never 0 % of something nor 100 % of almost everything. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return "0 %";
  const percent = Math.min(100, (100 * part) / whole);
  if (percent < 0.1) return "< 0.1 %";
  if (percent < 100 && percent >= 99.95) return "> 99.9 %";
  return `${percent >= 99 || percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** A decimal string of nanoseconds; null when it is none. */
export const parseNanoseconds = (text: string | null): bigint | null =>
  text !== null && /^-?\d{1,30}$/.test(text) ? BigInt(text) : null;

/** The greatest instant that a Date holds, milliseconds. */
const dateMillisecondsMax = 8_640_000_000_000_000n;

/** Nanoseconds since the epoch as ISO 8601 with all nine digits; null outside of what a date can be. */
export function isoNanoseconds(nanoseconds: bigint): string | null {
  const millisecond = 1_000_000n;
  const rest = ((nanoseconds % millisecond) + millisecond) % millisecond;
  const milliseconds = (nanoseconds - rest) / millisecond;
  if (milliseconds > dateMillisecondsMax || milliseconds < -dateMillisecondsMax) return null;
  const text = new Date(Number(milliseconds)).toISOString();
  return text.replace("Z", `${rest.toString().padStart(6, "0")}Z`);
}

/** `2026-11-21 02:06:12.400 UTC` of an ISO 8601 text in UTC; null when it is none. */
export function formatInstant(iso: string): string | null {
  const found = /^([+-]?\d{4,6}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(iso);
  if (!found) return null;
  const [, date = "", time = "", fraction = ""] = found;
  return `${date} ${time}.${fraction.padEnd(3, "0").slice(0, 3)} UTC`;
}

/** `5 min` of `PT5M`; the text itself when it is no such duration. */
export function formatIsoDuration(text: string): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (!found) return text;
  const [days, hours, minutes, seconds] = found.slice(1).map((value) => Number(value ?? 0));
  const total = (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return total > 0 && total % 60 === 0 && total < 3_600
    ? `${formatCount(total / 60)} min`
    : formatDuration(total * 1e9);
}
