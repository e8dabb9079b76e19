const pattern = /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** Seconds of an ISO 8601 duration in whole days, hours, minutes and seconds; null for anything else. */
export function parseDurationSeconds(text: string): number | null {
  const match = pattern.exec(text);
  if (!match || text.endsWith("P") || text.endsWith("T")) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return days * 86_400 + hours * 3_600 + minutes * 60 + seconds;
}
