import { fitLevels, logRatioBelow, type Levels } from "./levels.ts";
import { samplesFrom, type Samples } from "./samples.ts";
import { daySeconds, possibleSeasons, slotCountOf, slotOf, type Season } from "./season.ts";

/** What was learned of a series. Depends on nothing but its samples, so a new process learns the same. */
export interface Baseline {
  season: Season;
  levels: Levels;
  /** How many scales above its level the worst window of each day was, the worst day first. */
  worstAbove: readonly number[];
  worstBelow: readonly number[];
  sampleCount: number;
  /** No value was below zero: what is below is measured in ratios, for traffic halves more often than it ends. */
  neverNegative: boolean;
}

/** Azure alerts after three days and thirty samples; learn.microsoft.com, "Dynamic thresholds". */
export const historySecondsMin = 3 * daySeconds;
export const sampleCountMin = 30;
/** Azure draws the borders from ten days; a weekly pattern needs whole weeks. */
export const recentDays = 10;
export const weeklyDays = 28;
/** Long windows need a longer history to be as many. */
const windowCountMin = 40;
/** A richer pattern must foretell this much better than a simpler one. */
const errorShareMax = 0.9;

const recentSeconds = (windowSeconds: number): number =>
  Math.max(recentDays * daySeconds, windowCountMin * windowSeconds);

/** The history that is read for windows of a size. */
export const historySeconds = (windowSeconds: number): number =>
  Math.max(weeklyDays * daySeconds, windowCountMin * windowSeconds);

/** Null when there are too few samples, or they are of too short a time, to expect anything. */
export function learnBaseline(samples: Samples, endSecond: number): Baseline | null {
  const span = endSecond - (samples.starts[0] ?? endSecond);
  if (samples.starts.length < sampleCountMin || span < historySecondsMin) return null;
  const neverNegative = samples.values.every((value) => value >= 0);
  const recentFrom = endSecond - recentSeconds(samples.windowSeconds);
  const tries = possibleSeasons(samples.windowSeconds, span).map((season) => {
    const used = season.name === "Weekly" ? samples : samplesFrom(samples, recentFrom);
    const first = used.starts[0] ?? endSecond;
    const newerFrom = (first + endSecond) / 2;
    const told = foretell(used, season, { newerFrom, recentFrom, neverNegative });
    return { season, used, newerFrom, told };
  });
  const best = tries.reduce((chosen, next) =>
    next.told.error < chosen.told.error * errorShareMax ? next : chosen,
  );
  const { season, used, newerFrom, told } = best;
  return {
    season,
    levels: fitLevels(used, season, { newerFrom, uses: () => true }),
    worstAbove: told.worstAbove,
    worstBelow: told.worstBelow,
    sampleCount: used.starts.length,
    neverNegative,
  };
}

interface Foretold {
  /** Mean distance from the level, over the recent days. */
  error: number;
  worstAbove: number[];
  worstBelow: number[];
}

/** Fits to every second cycle and looks how far the others are from it: what is said of a day never comes from that day. */
function foretell(
  samples: Samples,
  season: Season,
  options: { newerFrom: number; recentFrom: number; neverNegative: boolean },
): Foretold {
  const { newerFrom, recentFrom, neverNegative } = options;
  const parityOf = (start: number): number => Math.floor(start / season.cycleSeconds) % 2;
  const fits = [0, 1].map((parity) =>
    fitLevels(samples, season, { newerFrom, uses: (start) => parityOf(start) !== parity }),
  );
  const days = new Map<number, { above: number; below: number }>();
  let [sum, count] = [0, 0];
  samples.starts.forEach((start, index) => {
    const levels = fits[parityOf(start)];
    const level = levels?.level[slotOf(season, start)] ?? Number.NaN;
    if (!levels || Number.isNaN(level)) return;
    const value = samples.values[index] ?? level;
    if (start >= recentFrom) {
      sum += Math.abs(value - level);
      count++;
    }
    const { above, below } = deviation(levels, season, { start, value, neverNegative });
    const key = Math.floor(start / daySeconds);
    const day = days.get(key) ?? { above: 0, below: 0 };
    days.set(key, { above: Math.max(day.above, above), below: Math.max(day.below, below) });
  });
  const worst = [...days.values()];
  return {
    error: count === 0 ? Number.POSITIVE_INFINITY : sum / count,
    worstAbove: worst.map(({ above }) => above).sort((a, b) => b - a),
    worstBelow: worst.map(({ below }) => below).sort((a, b) => b - a),
  };
}

/** How many scales a value is outside of the levels of its slots; 0 or less when between them. */
function deviation(
  { level, scale, ratioScale }: Levels,
  season: Season,
  { start, value, neverNegative }: { start: number; value: number; neverNegative: boolean },
): { above: number; below: number } {
  let [above, below] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const slot of slotsOfWindow(season, start, start + 1)) {
    const [usual = Number.NaN, width = 1, ratioWidth = 1] = [
      level[slot],
      scale[slot],
      ratioScale[slot],
    ];
    if (Number.isNaN(usual)) continue;
    above = Math.min(above, (value - usual) / width);
    const far = neverNegative ? logRatioBelow(usual, value) / ratioWidth : (usual - value) / width;
    below = Math.min(below, far);
  }
  return { above, below };
}

/** The slots that a window touches and the one before: a job that starts five minutes late is no anomaly. */
export function slotsOfWindow(season: Season, fromSecond: number, toSecond: number): Set<number> {
  const slots = new Set<number>();
  const first = fromSecond - season.slotSeconds;
  for (let second = first; second < toSecond; second += season.slotSeconds) {
    slots.add(slotOf(season, second));
    if (slots.size >= slotCountOf(season)) break;
  }
  return slots.add(slotOf(season, toSecond - 1));
}
