import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";

/** More keys than anybody rotates through. */
export const keyCountMax = 1_000;

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** A public key as RFC 8037 writes it, with the time in which it was used. */
export const publicKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: coordinate,
  /** The key's thumbprint (RFC 7638): nobody can give one key another's name. */
  kid: coordinate,
  /** ISO 8601, UTC. */
  validFrom: z.iso.datetime(),
  /** When the next one took its place; null: it is in use. */
  validUntil: z.iso.datetime().nullable(),
});

export type PublicKey = z.infer<typeof publicKey>;

/** What `GET /nightcap/v1/evidence/keys` answers: a JWK set (RFC 7517, 5). */
export const publicKeySet = z.object({ keys: z.array(publicKey).max(keyCountMax) });

/** RFC 7638, 3 with the members that RFC 8037, 2 requires. */
export function keyIdOf(x: string): string {
  return createHash("sha256")
    .update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)
    .digest("base64url");
}

export const keyObjectOf = ({ x }: Pick<PublicKey, "x">): KeyObject =>
  createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });

/** Reads a JWK set, or one key as PEM, which is taken as valid at all times. Throws `ManifestUnreadable`. */
export function readPublicKeys(text: string, where: string): PublicKey[] {
  try {
    if (text.includes("-----BEGIN")) return [fromPem(text)];
    const { keys } = publicKeySet.parse(JSON.parse(text));
    const lying = keys.find(({ kid, x }) => kid !== keyIdOf(x));
    if (lying) throw new Error(`key ${lying.kid} is not what its name says`);
    return keys;
  } catch (cause) {
    throw new NightcapError("ManifestUnreadable", `${where} has no public keys`, { cause });
  }
}

function fromPem(text: string): PublicKey {
  const { kty, crv, x = "" } = createPublicKey(text).export({ format: "jwk" });
  const validFrom = "1970-01-01T00:00:00.000Z";
  return publicKey.parse({ kty, crv, x, kid: keyIdOf(x), validFrom, validUntil: null });
}
