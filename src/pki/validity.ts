import { X509Certificate } from "node:crypto";

/** Renewed by the agent at half of this. */
export const clientCertificateDays = 90;

/** Milliseconds since the epoch at which a certificate stops being valid. */
export function certificateExpiry(certificatePem: string): number {
  return new X509Certificate(certificatePem).validToDate.getTime();
}
