import { isIPv6 } from "node:net";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { createFailureLimit } from "../identity/failure-limit.ts";

/** Failures in a minute: of one user from one address, from one address, and of one user from anywhere. */
export const failureLimits = {
  userAtAddressMax: 10,
  addressMax: 30,
  userMax: 60,
} as const;

/** Too many have failed; says when to come again. */
export class TooManyAttemptsError extends NightcapError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("TooManyRequests", `too many failed; try again in ${retryAfterSeconds} seconds`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Slows down who guesses passwords. */
export interface Attempts {
  /**
   * Counts an attempt as failed, before it is looked at: many at once are no way around the limit.
   * Throws `TooManyAttemptsError`. What it gives takes the failure back.
   */
  begin(attempt: { user: string | null; address: string | null }): () => void;
}

/** `slowed` counts those who were told to wait. */
export function createAttempts(clock: Clock, slowed: () => void): Attempts {
  const { userAtAddressMax, addressMax, userMax } = failureLimits;
  const limits = {
    pair: createFailureLimit(clock, userAtAddressMax),
    address: createFailureLimit(clock, addressMax),
    user: createFailureLimit(clock, userMax),
  };
  return {
    begin({ user, address }) {
      const from = networkOf(address);
      const name = user?.toLowerCase() ?? null;
      const counted = [
        { limit: limits.address, key: from },
        ...(name === null
          ? []
          : [
              { limit: limits.pair, key: `${name} ${from}` },
              { limit: limits.user, key: name },
            ]),
      ];
      const wait = Math.max(...counted.map(({ limit, key }) => limit.waitSeconds(key)));
      if (wait > 0) {
        slowed();
        throw new TooManyAttemptsError(wait);
      }
      for (const { limit, key } of counted) limit.failed(key);
      return () => {
        for (const { limit, key } of counted) limit.forgive(key);
      };
    },
  };
}

/** What one client has: an IPv4 address, or the /64 that an IPv6 host may take any address of (RFC 4291, 2.5.1). */
function networkOf(address: string | null): string {
  if (address === null) return "unknown";
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...(tail === undefined ? [] : zeros), ...last].slice(0, 4).join(":");
}
