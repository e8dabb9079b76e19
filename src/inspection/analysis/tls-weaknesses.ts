import type { TlsWeakness } from "../inspection.ts";
import { cipherSuiteName } from "./tls-cipher-suites.ts";
import { tlsVersion } from "./tls-names.ts";
import type { CertificateFacts, ChoiceFacts } from "./tls.ts";

/** What a cipher suite's name tells of its weakness. */
const cipherMarks: readonly (readonly [mark: RegExp, weakness: TlsWeakness])[] = [
  [/_NULL(?:_|$)/, "nullCipher"],
  [/_EXPORT_/, "exportCipher"],
  [/_anon_/, "anonymousCipher"],
  [/_RC4_/, "rc4Cipher"],
  [/_3DES_|_DES40?_|_RC2_/, "desCipher"],
];
const dtls10 = 0xfeff;
const dtls10BeforeStandard = 0x0100;

/** RFC 8996 deprecates all that is older than version 1.2. */
function isOldVersion(version: number): boolean {
  if (version === dtls10 || version === dtls10BeforeStandard) return true;
  return version <= tlsVersion.tls12 - 1 && (version >> 8 === 3 || version === tlsVersion.ssl2);
}

/** Weaknesses of what the server chose. */
export function choiceWeaknesses({ version, cipherSuite }: ChoiceFacts): TlsWeakness[] {
  const name = cipherSuiteName(cipherSuite);
  const ofCipher = cipherMarks.filter(([mark]) => mark.test(name)).map(([, weakness]) => weakness);
  return isOldVersion(version) ? ["oldVersion", ...ofCipher] : ofCipher;
}

/** Packets before 1990 were recorded without a clock: no certificate can be held against them. */
const clockSecondsMin = 631_152_000;

/** Weaknesses of a server's certificate at the time of the handshake. */
export function certificateWeaknesses(
  { notBeforeSeconds, notAfterSeconds, isSelfSigned }: CertificateFacts,
  seconds: number,
): TlsWeakness[] {
  const weaknesses: TlsWeakness[] = [];
  const hasClock = seconds >= clockSecondsMin;
  if (notAfterSeconds !== null && seconds > notAfterSeconds) weaknesses.push("certificateExpired");
  if (hasClock && notBeforeSeconds !== null && seconds < notBeforeSeconds)
    weaknesses.push("certificateNotYetValid");
  if (isSelfSigned) weaknesses.push("selfSignedCertificate");
  return weaknesses;
}
