const pattern = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Seconds of an ISO 8601 duration of days, hours, minutes and seconds; null for anything else. */
export function secondsOf(duration: string): number | null {
  const match = pattern.exec(duration);
  if (!match || /[PT]$/.test(duration)) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
}

const units = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

/** `5 minutes`, in the largest unit of which it is a whole number. */
export function secondsWords(seconds: number, language: string): string {
  const { unit, seconds: length } = units.find((each) => seconds % each.seconds === 0) ?? units[3];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(
    seconds / length,
  );
}

/** A duration in words; one that cannot be read stays as it is. */
export function durationWords(duration: string, language: string): string {
  const seconds = secondsOf(duration);
  return seconds === null ? duration : secondsWords(seconds, language);
}
