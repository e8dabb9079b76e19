import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import { createReplayCache } from "./replay-cache.ts";
import type { SignatureSettings } from "./settings.ts";

/** How far a time stamp may be from our clock, either way. */
export const stampToleranceSeconds = 300;
const signatureCountMax = 8;
const headerLengthMax = 4_096;
/** An HMAC-SHA256 in hex. */
const digestPattern = /^[0-9a-f]{64}$/i;

export type SignatureKey = SignatureSettings & { secret: string };

/** What a call's signature says of it. */
export type SignatureVerdict =
  | { kind: "none" }
  | { kind: "right"; digest: string }
  | { kind: "wrong"; reason: string; isBusy?: true };

export interface SignatureDoor {
  /** True when the call has the headers of a signature: only then its body is worth reading. */
  isSigned(request: Request): boolean;
  verify(request: Request, body: Uint8Array): SignatureVerdict;
  /** The signed call came to nothing, and its sender may send the same again. */
  forget(digest: string): void;
}

/** HMAC-SHA256 over time stamp and body, each call once. */
export function createSignatureDoor(options: {
  keys: readonly SignatureKey[];
  clock: Clock;
}): SignatureDoor {
  const { keys, clock } = options;
  // A stamp from the future is good for longer: until it is as far in the past.
  const keptMilliseconds = 2 * stampToleranceSeconds * 1_000;
  const replays = createReplayCache({ keptMilliseconds, clock });
  const judge = (digest: string): SignatureVerdict => {
    const known = replays.add(digest);
    if (known === "new") return { kind: "right", digest };
    if (known === "seen") return { kind: "wrong", reason: "signature was used already" };
    const reason = "too many signed calls: none can be told from a replay now";
    return { kind: "wrong", reason, isBusy: true };
  };
  return {
    isSigned: (request) => keys.some(({ signatureHeader }) => request.headers.has(signatureHeader)),
    verify(request, body) {
      const claims = keys.map((key) => ({ key, claim: readClaim(request.headers, key) }));
      const made = claims.filter(({ claim }) => claim !== null);
      if (made.length === 0) return { kind: "none" };
      let reason = "signature is wrong";
      for (const { key, claim } of made) {
        const verdict = checkClaim(claim, { key, body, now: clock.now() });
        if (verdict.digest !== undefined) return judge(verdict.digest);
        reason = verdict.reason ?? reason;
      }
      return { kind: "wrong", reason };
    },
    forget: (digest) => replays.forget(digest),
  };
}

/** What a call says that it signed; the text of the stamp, because that is what is signed. */
type Claim = { stamp: string; digests: readonly string[] } | { missing: string };

function readClaim(headers: Headers, key: SignatureKey): Claim | null {
  const header = headers.get(key.signatureHeader)?.slice(0, headerLengthMax);
  if (header === undefined) return null;
  if (key.form === "stripe") return readStripe(header);
  const stamp = headers.get(key.timeStampHeader);
  if (stamp === null) return { missing: `header ${key.timeStampHeader} is missing` };
  return { stamp: stamp.trim(), digests: [header.trim().replace(/^sha256=/i, "")] };
}

/** `t=1492774577,v1=...,v1=...,v0=...`: several while a sender changes its secret. */
function readStripe(header: string): Claim {
  const parts = header.split(",").map((part) => part.trim().split("="));
  const stamp = parts.find(([name]) => name === "t")?.[1];
  if (stamp === undefined) return { missing: "signature has no t=" };
  const digests = parts.flatMap(([name, value = ""]) => (name === "v1" ? [value] : []));
  return { stamp, digests: digests.slice(0, signatureCountMax) };
}

function checkClaim(
  claim: Claim | null,
  { key, body, now }: { key: SignatureKey; body: Uint8Array; now: number },
): { digest?: string; reason?: string } {
  if (claim === null) return {};
  if ("missing" in claim) return { reason: claim.missing };
  if (!/^\d{1,12}$/.test(claim.stamp)) return { reason: "time stamp is not Unix time in seconds" };
  if (Math.abs(now / 1_000 - Number(claim.stamp)) > stampToleranceSeconds) {
    return { reason: `time stamp is more than ${stampToleranceSeconds} s from now` };
  }
  const separator = key.form === "stripe" ? "." : key.separator;
  const expected = createHmac("sha256", key.secret)
    .update(`${claim.stamp}${separator}`)
    .update(body)
    .digest();
  const right = claim.digests.filter(
    (digest) => digestPattern.test(digest) && timingSafeEqual(Buffer.from(digest, "hex"), expected),
  );
  return right.length > 0 ? { digest: expected.toString("hex") } : {};
}
