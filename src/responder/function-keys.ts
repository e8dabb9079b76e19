import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const keySizeBytes = 32;
/** Azure's header; where it is present, `?code=` is not looked at. */
export const functionKeyHeader = "x-functions-key";

/** A new function key: 32 random bytes in URL-safe base64. */
export const newFunctionKey = (): string => randomBytes(keySizeBytes).toString("base64url");

/** True when the request carries one of the keys; takes as long for a near miss as for a far one. */
export function hasFunctionKey(request: Request, keys: readonly string[]): boolean {
  const given =
    request.headers.get(functionKeyHeader) ?? new URL(request.url).searchParams.get("code");
  if (given === null || given === "") return false;
  const digest = hash(given);
  const matches = keys.filter((key) => key !== "" && timingSafeEqual(hash(key), digest));
  return matches.length > 0;
}

/** Equal lengths for the comparison, whatever was sent. */
const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
