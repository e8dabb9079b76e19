/** Times up to now that can be chosen, as the portal has them; every other one is from a moment to a moment. */
export const timespans = [
  "PT30M",
  "PT1H",
  "PT4H",
  "PT12H",
  "P1D",
  "P2D",
  "P3D",
  "P7D",
  "P30D",
] as const;

export const defaultTimespan = "P1D";

/** Two ends of an interval, as `datetime-local` fields have them. */
export interface Interval {
  readonly from: string;
  readonly to: string;
}

/** The interval of a timespan that is one; null for a duration up to now. */
export function intervalOf(timespan: string): Interval | null {
  const [from = "", to = ""] = timespan.split("/").map(Date.parse).map(localText);
  return from !== "" && to !== "" ? { from, to } : null;
}

/** ISO 8601 in UTC; null while an end is missing, or they are the wrong way round. */
export function timespanOf({ from, to }: Interval): string | null {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (!(start < end)) return null;
  return `${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
}

/** A moment in the reader's zone, to the second, without it. */
export function localText(ms: number): string {
  if (Number.isNaN(ms)) return "";
  const zoneMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - zoneMs).toISOString().slice(0, 19);
}
