import { NightcapError } from "../../common/errors.ts";
import type { MetricCounter } from "../../common/metrics.ts";
import { createPlaces } from "../../flowstore/embedded/places.ts";
import {
  hashPassword,
  isCheaper,
  isPassword,
  type PasswordCost,
  passwordCost,
  type PasswordRecord,
} from "./password-hash.ts";

/** Hashes at once: half of the threads that Node has for this kind of work; files need the others. */
const hashCountMax = 2;
/** Hashes that wait; who comes then is told to try again. */
const hashQueueMax = 32;

/** Makes and checks passwords, a few at a time, so that signing in cannot take the whole machine. */
export interface Passwords {
  make(password: string, now: number): Promise<PasswordRecord>;
  /** `null`: there is no such user, or none with a password. The work is the same, and the answer no. */
  check(record: PasswordRecord | null, password: string): Promise<boolean>;
  /** The password should be hashed anew, because the cost was raised since. */
  isOutdated(record: PasswordRecord): boolean;
}

export function createPasswords(options: {
  /** What hashing costs; less only in tests. */
  cost?: PasswordCost;
  /** Counts hashes: as many for a name that nobody has as for one that somebody has. */
  hashes: MetricCounter;
}): Passwords {
  const { cost = passwordCost, hashes } = options;
  const places = createPlaces(hashCountMax, hashQueueMax);
  const inPlace = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const leave = await places.enter(new AbortController().signal);
    if (!leave) {
      throw new NightcapError("TooManyRequests", "too many are signing in now; try again shortly");
    }
    try {
      hashes.add();
      return await work();
    } finally {
      leave();
    }
  };
  return {
    make: (password, now) => inPlace(() => hashPassword(password, cost, now)),
    check: (record, password) =>
      inPlace(async () => {
        if (record) return isPassword(record, password);
        await hashPassword(password, cost, 0);
        return false;
      }),
    isOutdated: (record) => isCheaper(record, cost),
  };
}
