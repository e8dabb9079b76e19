import type { TlsHandshake, TlsWeakness } from "../inspection.ts";
import { endpointText, visible } from "../summary/safe-text.ts";
import { plural } from "../summary/units.ts";
import { finding, type Confidence, type Finding, type FindingId } from "./finding.ts";
import type { Inspected } from "./inspected.ts";

/** What the handshakes settled on, and the certificates that servers showed. */
export const encryptionFindings = ({ tls }: Inspected): Finding[] =>
  kinds.flatMap((kind) => told(kind, tls.handshakes) ?? []);

interface Kind {
  weakness: TlsWeakness;
  id: FindingId;
  severity: Finding["severity"];
  /** Of one handshake, and of several. */
  one: string;
  many: string;
  displayFilter: string;
  confidence?: Confidence;
}

const kinds: readonly Kind[] = [
  ...(
    [
      ["nullCipher", "problem", "a cipher that does not encrypt"],
      ["exportCipher", "problem", "an export cipher, which anybody can break"],
      [
        "anonymousCipher",
        "problem",
        "a cipher without authentication, which anybody can intercept",
      ],
      ["rc4Cipher", "warning", "RC4, which is broken"],
      ["desCipher", "warning", "DES or 3DES, which are too short"],
      ["oldVersion", "warning", "a version below TLS 1.2, which is outdated (RFC 8996)"],
    ] as const
  ).map(([weakness, severity, what]) => ({
    weakness,
    id: "tls-weak" as const,
    severity,
    one: `settled on ${what}`,
    many: `settled on ${what}`,
    displayFilter: "tls.handshake.type == 2",
  })),
  {
    weakness: "certificateExpired",
    id: "tls-certificate",
    severity: "warning",
    one: "showed an expired certificate",
    many: "showed expired certificates",
    displayFilter: "tls.handshake.type == 11",
  },
  {
    weakness: "certificateNotYetValid",
    id: "tls-certificate",
    severity: "warning",
    one: "showed a certificate that is not valid yet",
    many: "showed certificates that are not valid yet",
    displayFilter: "tls.handshake.type == 11",
  },
  {
    weakness: "selfSignedCertificate",
    id: "tls-certificate",
    severity: "note",
    one: "showed a certificate that only vouches for itself",
    many: "showed certificates that only vouch for themselves",
    displayFilter: "tls.handshake.type == 11",
    confidence: {
      level: "likely",
      reason: "issuer and subject are the same; signatures were not verified",
    },
  },
];

function told(kind: Kind, handshakes: readonly TlsHandshake[]): Finding | null {
  const found = handshakes.filter(({ weaknesses }) => weaknesses.includes(kind.weakness));
  const [first] = found;
  if (!first) return null;
  const name = first.serverName === null ? "" : ` (${visible(first.serverName, 60)})`;
  const where = `${endpointText(first.server.address, first.server.port)}${name}`;
  const version = kind.id === "tls-weak" && first.version ? `, ${visible(first.version)}` : "";
  const cipher = first.cipherSuite && version !== "" ? ` ${visible(first.cipherSuite)}` : "";
  return finding(
    kind.id,
    kind.severity,
    `${plural(found.length, "handshake")} ${found.length === 1 ? kind.one : kind.many}, first with ${where}${version}${cipher}`,
    {
      facts: {
        weakness: kind.weakness,
        handshakes: found.length,
        allHandshakes: handshakes.length,
      },
      displayFilter: kind.displayFilter,
      frames: found.map(({ frame }) => frame),
      streams: found.flatMap(({ protocol, stream }) => (protocol === "tls" ? stream : [])),
      addresses: found.map(({ server }) => visible(server.address)),
      ...(kind.confidence ? { confidence: kind.confidence } : {}),
    },
  );
}
