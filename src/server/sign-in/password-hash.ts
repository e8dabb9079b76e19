import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const saltSizeBytes = 16;
const hashSizeBytes = 32;
/** Of a cost that was read from the state: a damaged record asks for no more than this. */
const memorySizeBytesMax = 256 << 20;

/** What scrypt is told (RFC 7914, 2): memory is 128 * N * r bytes, time grows with N * r * p. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a quarter of a second for each look; one of OWASP's equivalent choices for scrypt. */
export const passwordCost: PasswordCost = { N: 32_768, r: 8, p: 3 };

/** A password as it is kept, with what it was hashed by, so that the cost can be raised later. */
export interface PasswordRecord {
  readonly algorithm: "scrypt";
  readonly cost: PasswordCost;
  /** Base64, as `hash` is. */
  readonly salt: string;
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly setAt: number;
}

export async function hashPassword(
  password: string,
  cost: PasswordCost,
  now: number,
): Promise<PasswordRecord> {
  const salt = randomBytes(saltSizeBytes);
  const hash = await derive(password, salt, cost);
  return {
    algorithm: "scrypt",
    cost,
    salt: salt.toString("base64"),
    hash: hash.toString("base64"),
    setAt: now,
  };
}

/** Whether `password` is the one that `record` was made of. */
export async function isPassword(record: PasswordRecord, password: string): Promise<boolean> {
  const expected = Buffer.from(record.hash, "base64");
  const hash = await derive(password, Buffer.from(record.salt, "base64"), record.cost);
  return hash.length === expected.length && timingSafeEqual(hash, expected);
}

/** Whether a record was made for less work than passwords are worth now. */
export const isCheaper = (record: PasswordRecord, cost: PasswordCost): boolean =>
  record.cost.N * record.cost.r * record.cost.p < cost.N * cost.r * cost.p;

const scryptOf = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** The same text typed on two keyboards may be two byte strings: both are brought to one (RFC 8265, 4.2). */
const derive = (password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> =>
  scryptOf(password.normalize("NFC"), salt, hashSizeBytes, { N, r, p, maxmem: memorySizeBytesMax });
