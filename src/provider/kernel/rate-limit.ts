import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";

export type RequestKind = "reads" | "writes" | "deletes";

interface BucketSize {
  /** Requests that may come at once; Azure's hourly numbers of old. */
  requestCountMax: number;
  refillPerSecond: number;
}

/** Of one caller. Generous: they hold off a client that went wild, not one that works. */
const bucketSizes: Readonly<Record<RequestKind, BucketSize>> = {
  reads: { requestCountMax: 12_000, refillPerSecond: 200 },
  writes: { requestCountMax: 12_000, refillPerSecond: 100 },
  deletes: { requestCountMax: 15_000, refillPerSecond: 100 },
};

/** Buckets kept; a full one says no more than none, so those go first. */
const bucketCountMax = 30_000;

export interface RateLimit {
  /**
   * Takes one request off the caller's bucket; the headers say what is left. Over the limit
   * `failure` is what to answer, and the headers have `retry-after`.
   */
  take(
    callerId: string,
    kind: RequestKind,
  ): { headers: Record<string, string>; failure: NightcapError | null };
}

/** A token bucket for each caller and kind of request; `sizes` for tests. */
export function createRateLimit(
  clock: Pick<Clock, "now">,
  sizes: Readonly<Record<RequestKind, BucketSize>> = bucketSizes,
): RateLimit {
  const buckets = new Map<string, { count: number; at: number }>();
  const fillOf = (key: string, size: BucketSize, now: number): number => {
    const bucket = buckets.get(key);
    if (!bucket) return size.requestCountMax;
    const refilled = (Math.max(now - bucket.at, 0) / 1_000) * size.refillPerSecond;
    return Math.min(bucket.count + refilled, size.requestCountMax);
  };
  return {
    take(callerId, kind) {
      const key = `${callerId}/${kind}`;
      const size = sizes[kind];
      const now = clock.now();
      const count = fillOf(key, size, now);
      const left = count < 1 ? count : count - 1;
      buckets.delete(key);
      buckets.set(key, { count: left, at: now });
      if (buckets.size > bucketCountMax) buckets.delete(buckets.keys().next().value ?? "");
      const headers = { [`x-ms-ratelimit-remaining-subscription-${kind}`]: `${Math.floor(left)}` };
      if (count >= 1) return { headers, failure: null };
      const seconds = Math.max(1, Math.ceil((1 - count) / size.refillPerSecond));
      return {
        headers: { ...headers, "retry-after": String(seconds) },
        failure: new NightcapError(
          "SubscriptionRequestsThrottled",
          `Number of ${kind} of client '${callerId}' exceeded the limit of '${size.requestCountMax}'. Please try again after '${seconds}' seconds.`,
        ),
      };
    },
  };
}

/** Azure counts a POST as a write. */
export function kindOf(method: string): RequestKind {
  if (method === "GET" || method === "HEAD") return "reads";
  return method === "DELETE" ? "deletes" : "writes";
}
