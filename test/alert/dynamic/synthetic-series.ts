// Series with a known pattern, the same for the same seed, for tests and for bench/dynamic-thresholds.ts.
import type { Samples } from "../../../src/alert/dynamic/samples.ts";

const day = 86_400;
/** A Monday, 00:00 UTC. */
export const monday = 1_699_833_600;

/** Mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Shape = (second: number, noise: Noise) => number;

export interface Noise {
  random: () => number;
  /** Standard normal. */
  normal: () => number;
  /** Standard normal that remembers nine tenths of the window before. */
  slow: () => number;
}

function noiseOf(seed: number): Noise {
  const random = randomOf(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let last = normal();
  const slow = (): number => (last = 0.9 * last + Math.sqrt(1 - 0.81) * normal());
  return { random, normal, slow };
}

const hourOf = (second: number): number => (second % day) / 3_600;
const dayOf = (second: number): number => Math.floor((second - monday) / day);
const isWeekend = (second: number): boolean => ((dayOf(second) % 7) + 7) % 7 >= 5;
const daylight = (second: number): number =>
  Math.max(0, Math.sin(((hourOf(second) - 6) / 12) * Math.PI));

/** What hosts show: traffic by day, by week, jobs at fixed times, and what has no pattern at all. */
export const shapes = {
  "even noise": (_, { normal }) => 1_000 + 50 * normal(),
  "cpu that drifts": (_, { slow }) => Math.min(100, Math.max(0, 30 + 8 * slow())),
  "traffic by day": (second, { slow, normal }) =>
    (1e6 + 9e6 * daylight(second)) * Math.exp(0.25 * slow() + 0.1 * normal()),
  "office traffic by week": (second, { slow, normal }) =>
    (1e6 + (isWeekend(second) ? 0 : 20e6) * daylight(second)) *
    Math.exp(0.2 * slow() + 0.1 * normal()),
  "job each hour": (second, { normal }) =>
    1_000 + 50 * normal() + (second % 3_600 < 300 ? 9_000 : 0),
  "backup each night": (second, { normal }) =>
    1e6 * Math.exp(0.2 * normal()) + (second % day >= 7_500 && second % day < 7_800 ? 5e7 : 0),
  "heavy tail": (_, { normal }) => 1e5 * Math.exp(normal()),
  "rare bursts": (_, { random }) => (random() < 0.02 ? 1e6 * random() : 0),
  constant: () => 42,
  silent: () => 0,
} satisfies Record<string, Shape>;
export type ShapeName = keyof typeof shapes;

/** Windows of [from, from + days), each a value of `shape`. */
export function seriesOf(
  shape: Shape,
  options: { seed: number; days: number; from?: number; windowSeconds?: number },
): Samples {
  const { seed, days, from = monday, windowSeconds = 300 } = options;
  const noise = noiseOf(seed);
  const count = Math.floor((days * day) / windowSeconds);
  const starts = Float64Array.from({ length: count }, (_, index) => from + index * windowSeconds);
  return { windowSeconds, starts, values: starts.map((start) => shape(start, noise)) };
}

/** The windows of [from, to). */
export function slice(
  { windowSeconds, starts, values }: Samples,
  from: number,
  to: number,
): Samples {
  const first = starts.findIndex((start) => start >= from);
  const after = starts.findIndex((start) => start >= to);
  const end = after < 0 ? starts.length : after;
  const begin = first < 0 ? starts.length : first;
  return {
    windowSeconds,
    starts: starts.subarray(begin, end),
    values: values.subarray(begin, end),
  };
}
