import type { Clock } from "../../common/clock.ts";

/** Signatures that are remembered at once: 100 right ones a second for the ten minutes that a stamp is good for. */
export const replayCountMax = 65_536;

/** Remembers each right signature for as long as its time stamp would be let in. */
export interface ReplayCache {
  /** "full": there is no room, so nobody can say whether it was here. */
  add(signature: string): "new" | "seen" | "full";
  /** The call came to nothing, and its sender may try again. */
  forget(signature: string): void;
}

export function createReplayCache(options: {
  keptMilliseconds: number;
  countMax?: number;
  clock: Clock;
}): ReplayCache {
  const { keptMilliseconds, countMax = replayCountMax, clock } = options;
  /** Signature to the time at which it is forgotten, oldest first. */
  const seen = new Map<string, number>();
  const expire = (now: number): void => {
    for (const [signature, until] of seen) {
      if (until > now) return;
      seen.delete(signature);
    }
  };
  return {
    add(signature) {
      const now = clock.now();
      expire(now);
      if (seen.has(signature)) return "seen";
      if (seen.size >= countMax) return "full";
      seen.set(signature, now + keptMilliseconds);
      return "new";
    },
    forget: (signature) => void seen.delete(signature),
  };
}
