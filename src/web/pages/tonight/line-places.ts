import type { IncidentRow } from "../../api/incidents.ts";

export const lineHours = 24;
const hourMs = 3_600_000;
const tickHours = 3;

/** Where the incidents of the last day stand on it: 0 is its beginning, 1 is now. */
export const placesOf = (
  incidents: readonly IncidentRow[],
  now: number,
): { row: IncidentRow; share: number }[] =>
  incidents
    .map((row) => ({ row, share: shareOf(Date.parse(row.openedAt), now) }))
    .filter(({ share }) => share >= 0 && share <= 1);

/** Whole hours of the reader's zone, every third. */
export function ticksOf(now: number): { time: number; share: number }[] {
  const first = new Date(now - lineHours * hourMs);
  first.setMinutes(0, 0, 0);
  const ticks: { time: number; share: number }[] = [];
  for (let time = first.getTime() + hourMs; time <= now; time += hourMs) {
    if (new Date(time).getHours() % tickHours === 0)
      ticks.push({ time, share: shareOf(time, now) });
  }
  return ticks;
}

const shareOf = (time: number, now: number): number => 1 - (now - time) / (lineHours * hourMs);
