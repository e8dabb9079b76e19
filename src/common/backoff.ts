export interface Backoff {
  minimumMilliseconds: number;
  maximumMilliseconds: number;
}

/**
 * Full-jitter exponential delay before attempt `attempt` (0 is the first retry): a uniform share of
 * min * 2^attempt, capped, never under the minimum, so that clients of a restarted server spread out.
 * Whole milliseconds, as the state keeps times.
 */
export function backoffDelay(
  { minimumMilliseconds, maximumMilliseconds }: Backoff,
  attempt: number,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maximumMilliseconds, minimumMilliseconds * 2 ** Math.min(attempt, 30));
  return Math.ceil(minimumMilliseconds + random() * Math.max(0, ceiling - minimumMilliseconds));
}
