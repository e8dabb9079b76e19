import { valueBelow } from "./levels.ts";
import { slotsOfWindow, type Baseline } from "./learn.ts";
import { widths, type AlertSensitivity, type Width } from "./sensitivity.ts";

export interface ExpectedRange {
  low: number;
  high: number;
}

/** With fewer days there is no worst day to leave out. */
const leaveOutDayCountMin = 5;
/** Worse than so many days: after a change for good, a few days are enough to expect it. */
const thirdOfDays = 0.3;
/** Digits of a bound, so that what is compared is what an alert shows. */
const boundDigits = 6;

/** Where a value of the window [fromSecond, toSecond) is expected; null where nothing is known of that time of day. */
export function expectedRange(
  baseline: Baseline,
  sensitivity: AlertSensitivity,
  { fromSecond, toSecond }: { fromSecond: number; toSecond: number },
): ExpectedRange | null {
  const width = widths[sensitivity];
  const { level, scale, ratioScale } = baseline.levels;
  const above = worstOf(baseline.worstAbove, width);
  const below = worstOf(baseline.worstBelow, width);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const slot of slotsOfWindow(baseline.season, fromSecond, toSecond)) {
    const [usual = Number.NaN, unit = 1] = [level[slot], scale[slot]];
    if (Number.isNaN(usual)) continue;
    const least = Math.abs(usual) * width.shareMin;
    high = Math.max(high, usual + Math.max(above * unit * width.factor, least));
    const bound = baseline.neverNegative
      ? Math.max(0, valueBelow(usual, below * (ratioScale[slot] ?? 1) * width.factor))
      : usual - below * unit * width.factor;
    low = Math.min(low, bound, usual - least);
  }
  return high < low ? null : { low: rounded(low), high: rounded(high) };
}

const rounded = (value: number): number => Number(value.toPrecision(boundDigits));

function worstOf(worst: readonly number[], { day }: Width): number {
  if (day === "third") return worst[Math.floor(worst.length * thirdOfDays)] ?? 0;
  return worst[worst.length >= leaveOutDayCountMin ? 1 : 0] ?? 0;
}
