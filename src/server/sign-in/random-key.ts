import { createHash, randomBytes } from "node:crypto";

const keySizeBytes = 32;

/** 256 bits that nobody can guess, as text for a cookie or a link. */
export const makeKey = (): string => randomBytes(keySizeBytes).toString("base64url");

/** What is kept of a key: it tells the key again, and the key cannot be made from it. */
export const keyDigest = (key: string): string => createHash("sha256").update(key).digest("hex");

/** Whether `text` can be a key at all. */
export const isKeyShaped = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
