import { median, type Samples } from "./samples.ts";
import { slotCountOf, slotOf, type Season } from "./season.ts";

/** What is usual in each slot of a season; NaN where there is no history. */
export interface Levels {
  /** The middle value. */
  level: Float64Array;
  /** How far values usually are from it. */
  scale: Float64Array;
  /** The same as a ratio: its natural logarithm. */
  ratioScale: Float64Array;
}

/** Keeps the ratio of a level to nothing at all finite, as a share of the level. */
const ratioOffsetShare = 0.01;

/** How many times a value is below its level, as a natural logarithm; negative above it. Of values that are not negative. */
export function logRatioBelow(level: number, value: number): number {
  const offset = level * ratioOffsetShare;
  return level > 0 ? Math.log((level + offset) / (value + offset)) : 0;
}

/** The value that is so far below its level. */
export const valueBelow = (level: number, logRatio: number): number =>
  level * ((1 + ratioOffsetShare) * Math.exp(-logRatio) - ratioOffsetShare);

/** A median absolute deviation times this is the standard deviation of a normal distribution. */
const normalScale = 1.4826;
/** So many standard errors from its hour, a slot has a level of its own. */
const ownLevelErrorCount = 3;
const medianErrorFactor = 1.2533;
const ownLevelSampleCountMin = 3;
/** A quiet hour counts at least this share of the whole series' deviation. */
const scaleShareMin = 0.25;
/** And of the level: the noise of a constant. */
const scaleLevelShareMin = 0.002;

/** Medians, so that a night's outage in a fortnight moves nothing. Samples from `newerFrom` on count twice. */
export function fitLevels(
  samples: Samples,
  season: Season,
  options: { newerFrom: number; uses: (start: number) => boolean },
): Levels {
  const grouped = groupBySlot(samples, season, options);
  const slotCount = slotCountOf(season);
  const groups = groupsOf(season, slotCount);
  const level = new Float64Array(slotCount).fill(Number.NaN);
  const deviations = new Float64Array(grouped.values.length);
  const ratios = new Float64Array(grouped.values.length);
  for (const group of groups) fitGroup(grouped, group, { level, deviations, ratios });
  const scaleOf = (distances: Float64Array): Float64Array =>
    groupScales(distances, groups, grouped.offsets);
  const leastScale = level.map((value) => Math.abs(value) * scaleLevelShareMin || 0);
  const scale = scaleOf(deviations).map((own, slot) => Math.max(own, leastScale[slot] ?? 0) || 1);
  const ratioScale = scaleOf(ratios).map((own) => Math.max(own, scaleLevelShareMin));
  return { level, scale, ratioScale };
}

/** The usual distance in each group, for each of its slots. */
function groupScales(
  distances: Float64Array,
  groups: readonly Group[],
  offsets: Int32Array,
): Float64Array {
  const floor = usualDistance(distances) * scaleShareMin;
  const scales = new Float64Array(offsets.length - 1);
  for (const { first, last } of groups) {
    const own = median(distances.slice(offsets[first], offsets[last])) * normalScale;
    scales.fill(Math.max(own || 0, floor), first, last);
  }
  return scales;
}

interface Grouped {
  values: Float64Array;
  /** The values of slot n are those from offsets[n] to offsets[n + 1]. */
  offsets: Int32Array;
}

interface Group {
  first: number;
  /** The slot after the last. */
  last: number;
}

function groupsOf({ slotSeconds, groupSeconds }: Season, slotCount: number): Group[] {
  const groups: Group[] = [];
  for (let first = 0; first < slotCount;) {
    const group = Math.floor((first * slotSeconds) / groupSeconds);
    let last = first + 1;
    while (last < slotCount && Math.floor((last * slotSeconds) / groupSeconds) === group) last++;
    groups.push({ first, last });
    first = last;
  }
  return groups;
}

function groupBySlot(
  { starts, values }: Samples,
  season: Season,
  { newerFrom, uses }: { newerFrom: number; uses: (start: number) => boolean },
): Grouped {
  const weights = starts.map((start) => (uses(start) ? (start >= newerFrom ? 2 : 1) : 0));
  const slots = Int32Array.from(starts, (start) => slotOf(season, start));
  const offsets = new Int32Array(slotCountOf(season) + 1);
  slots.forEach((slot, index) => {
    offsets[slot + 1] = (offsets[slot + 1] ?? 0) + (weights[index] ?? 0);
  });
  for (let slot = 1; slot < offsets.length; slot++) {
    offsets[slot] = (offsets[slot] ?? 0) + (offsets[slot - 1] ?? 0);
  }
  const next = offsets.slice();
  const grouped = new Float64Array(offsets.at(-1) ?? 0);
  slots.forEach((slot, index) => {
    for (let copy = 0; copy < (weights[index] ?? 0); copy++) {
      const at = next[slot] ?? 0;
      grouped[at] = values[index] ?? Number.NaN;
      next[slot] = at + 1;
    }
  });
  return { values: grouped, offsets };
}

/** Levels of a group's slots, and how far each value is from its slot's. */
function fitGroup(
  { values, offsets }: Grouped,
  { first, last }: Group,
  into: { level: Float64Array; deviations: Float64Array; ratios: Float64Array },
): void {
  const whole = values.slice(offsets[first], offsets[last]);
  const groupLevel = median(whole);
  const groupScale = median(whole.map((value) => Math.abs(value - groupLevel))) * normalScale;
  for (let slot = first; slot < last; slot++) {
    const [from = 0, to = 0] = [offsets[slot], offsets[slot + 1]];
    const own = median(values.slice(from, to));
    const error = (medianErrorFactor * groupScale) / Math.sqrt(to - from);
    const differs =
      to - from >= ownLevelSampleCountMin &&
      Math.abs(own - groupLevel) > ownLevelErrorCount * error;
    const level = differs ? own : groupLevel;
    into.level[slot] = level;
    for (let at = from; at < to; at++) {
      const value = values[at] ?? level;
      into.deviations[at] = Math.abs(value - level);
      into.ratios[at] = Math.abs(logRatioBelow(level, Math.max(0, value)));
    }
  }
}

/** Of the whole series; where most values are the same, the mean says what the median cannot. */
function usualDistance(distances: Float64Array): number {
  const middle = median(distances.slice()) * normalScale;
  if (middle > 0 || distances.length === 0) return middle;
  return distances.reduce((sum, value) => sum + value / distances.length, 0);
}
