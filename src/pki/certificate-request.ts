import { exportKeyPem, generateKeys, keyAlgorithm } from "./keys.ts";
import { Pkcs10CertificateRequestGenerator } from "./x509.ts";

/** A fresh private key and a PKCS#10 request signed with it; the key never leaves its host. */
export async function createCertificateRequest(
  commonName: string,
): Promise<{ keyPem: string; requestPem: string }> {
  const keys = await generateKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: keyAlgorithm,
  });
  return { keyPem: await exportKeyPem(keys.privateKey), requestPem: request.toString("pem") };
}
