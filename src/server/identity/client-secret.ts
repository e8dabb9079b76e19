import { randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const secretSizeBytes = 32;
const saltSizeBytes = 16;
const hashSizeBytes = 32;
/** As many characters as Azure shows of a secret, so that people can tell two apart. */
const hintLength = 3;
/** RFC 7914 cost: 16 MiB and some 30 ms for each look, so that a stolen table is of little use. */
const cost = { N: 16_384, r: 8, p: 1 };

/** A secret as it is kept: enough to recognize it, not enough to use it. */
export interface SecretRecord {
  keyId: string;
  /** The secret's first characters; null for one made before hints were kept. */
  hint: string | null;
  /** Base64. */
  salt: string;
  /** scrypt of the secret, base64. */
  hash: string;
  createdAt: number;
  /** Refused from then on; null: good until it is removed. */
  endsAt: number | null;
}

/** A new secret; its text is nowhere but in the answer. */
export async function makeSecret(
  now: number,
  endsAt: number | null,
): Promise<{ text: string; record: SecretRecord }> {
  const text = randomText();
  const salt = randomBytes(saltSizeBytes);
  const hash = await hashSecret(text, salt);
  return {
    text,
    record: {
      keyId: randomUUID(),
      hint: text.slice(0, hintLength),
      salt: salt.toString("base64"),
      hash: hash.toString("base64"),
      createdAt: now,
      endsAt,
    },
  };
}

/** The one of `records` that `text` is; secrets whose hint is another are not looked at. */
export async function findSecret(
  records: readonly SecretRecord[],
  text: string,
): Promise<SecretRecord | null> {
  const hint = text.slice(0, hintLength);
  for (const record of records) {
    if (record.hint !== null && record.hint !== hint) continue;
    const hash = await hashSecret(text, Buffer.from(record.salt, "base64"));
    const expected = Buffer.from(record.hash, "base64");
    if (expected.length === hash.length && timingSafeEqual(hash, expected)) return record;
  }
  return null;
}

/** Begins with a letter or digit: `az login -p -abc` would take it for an option. */
function randomText(): string {
  for (;;) {
    const text = randomBytes(secretSizeBytes).toString("base64url");
    if (/^[A-Za-z0-9]/.test(text)) return text;
  }
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

const hashSecret = (secret: string, salt: Buffer): Promise<Buffer> =>
  derive(secret, salt, hashSizeBytes, cost);
