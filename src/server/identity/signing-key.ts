import { join } from "node:path";
import {
  calculateJwkThumbprint,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWK,
} from "jose";
import { readTextIfExists, writeFileAtomic } from "../../common/files.ts";
import { createPublicKey } from "node:crypto";

/** RS256, because it is what Azure signs with and what every client can verify. */
export const signingAlgorithm = "RS256";
const modulusLength = 2_048;

export interface SigningKey {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  /** The public half, with its `kid` (RFC 7638 thumbprint). */
  jwk: JWK & { kid: string };
}

/** The key in `directory`, made on first start: tokens outlive a restart because it does. */
export async function openSigningKey(directory: string): Promise<SigningKey> {
  const path = join(directory, "token-key.pem");
  const pem = (await readTextIfExists(path)) ?? (await makeKey(path));
  const privateKey = await importPKCS8(pem, signingAlgorithm);
  const publicJwk = createPublicKey(pem).export({ format: "jwk" });
  const kid = await calculateJwkThumbprint(publicJwk);
  const publicKey = await importJWK({ ...publicJwk, alg: signingAlgorithm }, signingAlgorithm);
  if (publicKey instanceof Uint8Array) throw new Error("an RSA key expected");
  return { privateKey, publicKey, jwk: { ...publicJwk, kid, use: "sig", alg: signingAlgorithm } };
}

async function makeKey(path: string): Promise<string> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, {
    modulusLength,
    extractable: true,
  });
  const pem = await exportPKCS8(privateKey);
  await writeFileAtomic(path, pem);
  return pem;
}
