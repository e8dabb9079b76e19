import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../common/files.ts";
import {
  exportKeyPem,
  generateKeys,
  importKeyPem,
  keyAlgorithm,
  type KeyPairFiles,
} from "./keys.ts";
import { clientCertificateDays } from "./validity.ts";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

const dayMilliseconds = 86_400_000;
const authorityDays = 3_650;
/** Apple's and the browsers' limit for server certificates. */
export const serverCertificateDays = 397;
/** Clocks of hosts differ: a certificate is valid from a little before it was made. */
const clockToleranceMilliseconds = 3_600_000;
const certificateRequestSizeBytesMax = 16_384;

/** The project's own certificate authority: one key, made on first start, that signs two kinds. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  /** For the control plane's listener; `hosts` are DNS names and IP addresses. */
  issueServer(hosts: readonly string[]): Promise<KeyPairFiles>;
  /** For an agent, from its request; `commonName` replaces whatever subject the request asks for. */
  issueClient(requestPem: string, commonName: string): Promise<string>;
}

export async function openCertificateAuthority(options: {
  directory: string;
  clock: Clock;
}): Promise<CertificateAuthority> {
  const { clock } = options;
  const files = (await readAuthority(options.directory)) ?? (await makeAuthority(options));
  const authority = new X509Certificate(files.certificatePem);
  const signingKey = await importKeyPem(files.keyPem);
  const issue = async (subject: string, key: PublicKeyType, days: number, uses: Extension[]) => {
    const certificate = await X509CertificateGenerator.create({
      serialNumber: randomSerial(),
      issuer: authority.subjectName,
      subject: [{ CN: [subject] }],
      publicKey: key,
      signingKey,
      signingAlgorithm: keyAlgorithm,
      ...validity(clock.now(), days),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(key),
        ...uses,
      ],
    });
    return certificate.toString("pem");
  };
  return {
    certificatePem: files.certificatePem,
    async issueServer(hosts) {
      const keys = await generateKeys();
      const names = hosts.map(
        (host) => ({ type: isIP(host) ? "ip" : "dns", value: host }) as const,
      );
      const certificatePem = await issue(
        hosts[0] ?? "localhost",
        keys.publicKey,
        serverCertificateDays,
        [
          new SubjectAlternativeNameExtension([...names]),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        ],
      );
      return { keyPem: await exportKeyPem(keys.privateKey), certificatePem };
    },
    async issueClient(requestPem, commonName) {
      const request = await readRequest(requestPem);
      return issue(commonName, request.publicKey, clientCertificateDays, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ]);
    },
  };
}

async function readAuthority(directory: string): Promise<KeyPairFiles | null> {
  const keyPem = await readTextIfExists(keyPath(directory));
  const certificatePem = await readTextIfExists(certificatePath(directory));
  return keyPem !== null && certificatePem !== null ? { keyPem, certificatePem } : null;
}

async function makeAuthority(options: { directory: string; clock: Clock }): Promise<KeyPairFiles> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    // The name is unique, so that a trust store may hold the authorities of several installations.
    name: [{ CN: [`Nightcap CA ${randomBytes(4).toString("hex")}`] }],
    ...validity(options.clock.now(), authorityDays),
    signingAlgorithm: keyAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const keyPem = await exportKeyPem(keys.privateKey);
  const certificatePem = certificate.toString("pem");
  await writeFileAtomic(keyPath(options.directory), keyPem);
  // Public, and the last of the two: an authority counts only when both are there.
  await writeFileAtomic(certificatePath(options.directory), `${certificatePem}\n`, 0o644);
  return { keyPem, certificatePem };
}

async function readRequest(requestPem: string): Promise<Pkcs10CertificateRequest> {
  try {
    if (requestPem.length > certificateRequestSizeBytesMax) throw new Error("it is too long");
    const request = new Pkcs10CertificateRequest(requestPem);
    if (!(await request.verify())) throw new Error("its signature does not verify");
    return request;
  } catch (cause) {
    throw new NightcapError("EnrolmentRefused", "certificate request cannot be read", { cause });
  }
}

const keyPath = (directory: string): string => join(directory, "ca-key.pem");

/** Where clients find the certificate to trust. */
export const certificatePath = (directory: string): string => join(directory, "ca.pem");

function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now - clockToleranceMilliseconds),
    notAfter: new Date(now + days * dayMilliseconds),
  };
}

/** 16 random bytes, positive and without a leading zero, as RFC 5280 4.1.2.2 wants. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
