/** A way in which a series may repeat itself. */
export interface Season {
  name: SeasonName;
  periodSeconds: number;
  /** Each hour of a day or week is one group: its windows are judged together ... */
  groupSeconds: number;
  /** ... but for slots of it that always differ, such as the five minutes of a nightly backup. */
  slotSeconds: number;
  /** Every second cycle is held back to see how well the others foretell it. */
  cycleSeconds: number;
}

export type SeasonName = "None" | "Hourly" | "Daily" | "Weekly";

const minute = 60;
const hour = 3_600;
export const daySeconds = 86_400;
export const weekSeconds = 7 * daySeconds;

const slotSecondsMin = 5 * minute;
/** A pattern needs so many windows in its period to be seen. */
const windowsPerPeriodMin = 4;
/** Azure sees a weekly pattern after three weeks. */
export const weeklyHistorySecondsMin = 3 * weekSeconds;

/** The simplest first. */
export function possibleSeasons(windowSeconds: number, historySeconds: number): Season[] {
  const slotSeconds = Math.max(slotSecondsMin, windowSeconds);
  const groupSeconds = Math.max(hour, windowSeconds);
  const cycleSeconds = Math.max(daySeconds, windowSeconds);
  const whole = { periodSeconds: daySeconds, groupSeconds: daySeconds, slotSeconds: daySeconds };
  const seasons: Season[] = [
    { name: "None", ...whole, cycleSeconds },
    {
      name: "Hourly",
      periodSeconds: hour,
      groupSeconds: slotSeconds,
      slotSeconds,
      cycleSeconds,
    },
    { name: "Daily", periodSeconds: daySeconds, groupSeconds, slotSeconds, cycleSeconds },
  ];
  if (historySeconds >= weeklyHistorySecondsMin) {
    const periodSeconds = weekSeconds;
    const cycle = { cycleSeconds: weekSeconds };
    seasons.push({ name: "Weekly", periodSeconds, groupSeconds, slotSeconds, ...cycle });
  }
  return seasons.filter(
    ({ name, periodSeconds }) =>
      name === "None" || periodSeconds >= windowsPerPeriodMin * windowSeconds,
  );
}

export const slotCountOf = ({ periodSeconds, slotSeconds }: Season): number =>
  Math.ceil(periodSeconds / slotSeconds);

export function slotOf({ periodSeconds, slotSeconds }: Season, second: number): number {
  const within = ((second % periodSeconds) + periodSeconds) % periodSeconds;
  return Math.floor(within / slotSeconds);
}
