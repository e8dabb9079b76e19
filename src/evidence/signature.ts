import { sign, verify } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import type { SigningKey } from "./key-ring.ts";
import { keyObjectOf, type PublicKey } from "./public-keys.ts";

const base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/);

/**
 * A flattened JWS with detached content (RFC 7515, 7.2.2 and appendix F), Ed25519 (RFC 8037). What was
 * signed is the canonical JSON of the value beside it.
 */
export const detachedSignature = z.strictObject({
  protected: base64Url.max(1_000),
  signature: base64Url.max(200),
});

export type DetachedSignature = z.infer<typeof detachedSignature>;

const protectedHeader = z.strictObject({
  alg: z.literal("EdDSA"),
  kid: z.string(),
  typ: z.string(),
});

const toBase64Url = (text: string): string => Buffer.from(text, "utf8").toString("base64url");

/** `type` tells what is signed, so that a signature of one thing is never taken for another's. */
export function signValue(
  value: unknown,
  type: string,
  { keyId, key }: SigningKey,
): DetachedSignature {
  const header = toBase64Url(canonicalJson({ alg: "EdDSA", kid: keyId, typ: type }));
  const input = `${header}.${toBase64Url(canonicalJson(value))}`;
  return {
    protected: header,
    signature: sign(null, Buffer.from(input, "ascii"), key).toString("base64url"),
  };
}

export type SignatureCheck =
  | { kind: "good"; key: PublicKey }
  | { kind: "unknownKey"; keyId: string }
  | { kind: "wrong" };

export function checkSignature(
  value: unknown,
  type: string,
  { signature, keys }: { signature: DetachedSignature; keys: readonly PublicKey[] },
): SignatureCheck {
  const header = readHeader(signature.protected);
  if (header?.typ !== type) return { kind: "wrong" };
  const key = keys.find(({ kid }) => kid === header.kid);
  if (!key) return { kind: "unknownKey", keyId: header.kid.slice(0, 100) };
  const bytes = Buffer.from(signature.signature, "base64url");
  // Base64 has spare bits at its end: one signature is written in one way.
  if (bytes.toString("base64url") !== signature.signature) return { kind: "wrong" };
  const input = `${signature.protected}.${toBase64Url(canonicalJson(value))}`;
  const good = verify(null, Buffer.from(input, "ascii"), keyObjectOf(key), bytes);
  return good ? { kind: "good", key } : { kind: "wrong" };
}

function readHeader(text: string): z.infer<typeof protectedHeader> | null {
  try {
    const json = Buffer.from(text, "base64url").toString("utf8");
    const header = protectedHeader.parse(JSON.parse(json));
    return toBase64Url(canonicalJson(header)) === text ? header : null;
  } catch {
    return null;
  }
}
