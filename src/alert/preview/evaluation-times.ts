import type { Span } from "./preview.ts";

/**
 * Ends of the windows that are looked at: multiples of the rule's frequency as in the engine, or every second, third,
 * ... of them where there would be more than `countMax`.
 */
export function evaluationTimes(
  { from, to }: Span,
  frequencySeconds: number,
  countMax: number,
): { stepSeconds: number; seconds: Generator<number> } {
  const count = Math.floor(to / frequencySeconds) - Math.floor(from / frequencySeconds);
  const stepSeconds = frequencySeconds * Math.max(1, Math.ceil(count / Math.max(1, countMax)));
  return { stepSeconds, seconds: multiples({ from, to }, stepSeconds) };
}

function* multiples({ from, to }: Span, step: number): Generator<number> {
  for (let second = (Math.floor(from / step) + 1) * step; second <= to; second += step) {
    yield second;
  }
}
