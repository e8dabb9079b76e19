import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { NightcapError } from "../../common/errors.ts";

/** Where distributions keep the authorities that they trust: Debian, Fedora, openSUSE, Alpine. */
const systemBundles: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface TrustBundle {
  /** PEM: the system's authorities, and Nightcap's after them. */
  pem: string;
  certificateCount: number;
  /** Where the system's came from. */
  source: string;
}

/**
 * What REQUESTS_CA_BUNDLE must hold: it takes the place of the system's authorities, and who talks to
 * Nightcap may talk to Azure as well.
 */
export async function makeTrustBundle(
  ownPem: string,
  candidates: readonly string[] = systemBundles,
): Promise<TrustBundle> {
  const system = await readSystemBundle(candidates);
  const own = certificatesIn(ownPem);
  if (own.length === 0) {
    throw new NightcapError("SettingsInvalid", "Nightcap's own authority is not a PEM certificate");
  }
  const all = [...new Set([...system.certificates, ...own])];
  return {
    pem: `${all.join("\n")}\n`,
    certificateCount: all.length,
    source: system.source,
  };
}

/** The system's bundle, or the authorities that Node.js brings with it where there is none. */
async function readSystemBundle(
  candidates: readonly string[],
): Promise<{ certificates: readonly string[]; source: string }> {
  for (const path of candidates) {
    const certificates = certificatesIn(await readFile(path, "utf8").catch(() => ""));
    if (certificates.length > 0) return { certificates, source: path };
  }
  return { certificates: rootCertificates, source: "Node.js" };
}

const certificatesIn = (text: string): string[] => text.match(certificatePattern) ?? [];
