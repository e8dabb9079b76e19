import { useTranslation } from "react-i18next";

const minuteMs = 60_000;
const units = [
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: minuteMs },
  { unit: "second", ms: 1_000 },
] as const;

/** Dates and numbers as the page's language writes them. */
export interface Formats {
  /** `21 Nov, 02:00:12` of the reader's zone. */
  readonly moment: (time: string | number) => string;
  /** The same in UTC, with the zone's name. */
  readonly utc: (time: string | number) => string;
  /** `3 minutes ago`. */
  readonly ago: (time: string | number, now: number) => string;
  readonly number: (value: number) => string;
  readonly percent: (share: number) => string;
  /** Powers of 1,000. */
  readonly bytes: (count: number) => string;
  /** The same a second. */
  readonly rate: (bytesPerSecond: number) => string;
  /** `2h 5m`: the two largest units. */
  readonly duration: (seconds: number) => string;
}

export function useFormats(): Formats {
  const { i18n } = useTranslation();
  return formatsOf(i18n.language);
}

const known = new Map<string, Formats>();

export function formatsOf(language: string): Formats {
  let formats = known.get(language);
  if (!formats) known.set(language, (formats = makeFormats(language)));
  return formats;
}

function makeFormats(language: string): Formats {
  const parts = { day: "numeric", month: "short" } as const;
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } as const;
  const local = new Intl.DateTimeFormat(language, { ...parts, ...clock });
  const utc = new Intl.DateTimeFormat(language, {
    ...parts,
    ...clock,
    timeZone: "UTC",
    timeZoneName: "short",
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const number = new Intl.NumberFormat(language);
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  return {
    moment: (time) => local.format(new Date(time)),
    utc: (time) => utc.format(new Date(time)),
    ago: (time, now) => agoText(relative, new Date(time).getTime() - now),
    number: (value) => number.format(value),
    percent: (value) => share.format(value),
    bytes: (count) => bytesText(language, count, ""),
    rate: (count) => bytesText(language, count, "-per-second"),
    duration: (seconds) => durationText(language, seconds),
  };
}

function agoText(relative: Intl.RelativeTimeFormat, difference: number): string {
  const fits = units.find(({ ms }) => Math.abs(difference) >= ms);
  return fits
    ? relative.format(Math.trunc(difference / fits.ms), fits.unit)
    : relative.format(0, "second");
}

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

function bytesText(language: string, count: number, per: "" | "-per-second"): string {
  const power = Math.min(
    byteUnits.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3)),
  );
  const unit = byteUnits[power] ?? "byte";
  const value = count / 1_000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: `${unit}${per}`,
    unitDisplay: power === 0 && per === "" ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

const durationUnits = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

function durationText(language: string, seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const at = durationUnits.findIndex((each) => whole >= each.seconds);
  const [large, small] = durationUnits.slice(at < 0 ? -1 : at);
  // The narrow form of other languages is English letters, or runs together.
  const unitDisplay = language === "en" ? "narrow" : "short";
  const text = (value: number, unit: string): string =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay }).format(value);
  if (!large) return "";
  const rest = small ? Math.floor((whole % large.seconds) / small.seconds) : 0;
  const first = text(Math.floor(whole / large.seconds), large.unit);
  return small && rest > 0 ? `${first} ${text(rest, small.unit)}` : first;
}
