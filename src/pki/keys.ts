import type { webcrypto } from "node:crypto";
import { PemConverter } from "./x509.ts";

/** ECDSA on P-256 with SHA-256: what every TLS 1.2 and 1.3 peer understands. */
export const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A private key and what was made with it, both PEM. */
export interface KeyPairFiles {
  keyPem: string;
  certificatePem: string;
}

export function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
}

export async function exportKeyPem(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

export async function importKeyPem(pem: string): Promise<CryptoKey> {
  const der = PemConverter.decodeFirst(pem);
  return crypto.subtle.importKey("pkcs8", der, keyAlgorithm, true, ["sign"]);
}
