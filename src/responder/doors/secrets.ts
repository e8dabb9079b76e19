import { createHash, timingSafeEqual } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";
import { readSmallFile } from "../small-file.ts";

const secretSizeBytesMin = 16;

/** A secret from a file, without the newline at its end. Throws `SettingsInvalid` when it is too short to be one. */
export function readSecretFile(path: string): string {
  const secret = readSmallFile(path).toString("utf8").trim();
  if (Buffer.byteLength(secret) >= secretSizeBytesMin) return secret;
  const size = `a secret of ${secretSizeBytesMin} bytes or more expected`;
  throw new NightcapError("SettingsInvalid", `${path}: ${size}`);
}

/** True when both are the same; takes as long for a near miss as for a far one, whatever the lengths. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
