import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../../common/clock.ts";
import { clearCookie, readCookie, writeCookie } from "../cookies.ts";

const cookieName = "__Host-nightcap-oidc";
const keySizeBytes = 32;
/** Time to sign in at the provider. */
const lifeMilliseconds = 10 * 60_000;
const cookieLengthMax = 4_096;

const transaction = z.strictObject({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where the page goes on. */
  to: z.string(),
  endsAt: z.number(),
});

export type Transaction = z.infer<typeof transaction>;

/**
 * What a sign-in at a provider has to remember, in a cookie of the browser that began it: nothing is
 * kept here, so nobody can fill it up. The cookie is signed with a key of this run; after a restart a
 * sign-in that was under way begins again.
 */
export interface Transactions {
  write(begun: Omit<Transaction, "endsAt">): string;
  /** The one of this browser, whole and in time; null otherwise. */
  read(headers: Headers): Transaction | null;
  /** `Set-Cookie` that takes it away: it is good once. */
  readonly cleared: string;
}

export function createTransactions(clock: Clock): Transactions {
  const key = randomBytes(keySizeBytes);
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  return {
    cleared: clearCookie(cookieName),
    write(begun) {
      const whole: Transaction = { ...begun, endsAt: clock.now() + lifeMilliseconds };
      const text = Buffer.from(JSON.stringify(whole)).toString("base64url");
      // Lax: the provider sends the browser back here, and the cookie has to come along.
      const value = `${text}.${sign(text)}`;
      return writeCookie({ name: cookieName, value, lifeMilliseconds, sameSite: "Lax" });
    },
    read(headers) {
      const value = readCookie(headers, cookieName) ?? "";
      const [text = "", given = ""] = value.length > cookieLengthMax ? [] : value.split(".");
      const expected = Buffer.from(sign(text));
      const shown = Buffer.from(given);
      if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return null;
      const found = transaction.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
      return found.endsAt > clock.now() ? found : null;
    },
  };
}
