import type { ServiceUse, TlsHandshake } from "../inspection.ts";
import type { Confidence } from "./finding.ts";

/** Ports of Tor's relays and directories as Tor itself chooses them (tor manual, ORPort and DirPort). */
export const torPorts: ReadonlySet<number> = new Set([9001, 9030, 9050, 9051, 9150]);

/** Names that Tor makes up: base 32 between `www.` and a common ending (tor-spec, "Negotiating channels"). */
const madeUpServer = /^www\.([a-z2-7]{4,25})\.com$/;
const madeUpSubject = /^www\.([a-z2-7]{8,20})\.net$/;
const madeUpIssuer = /^www\.([a-z2-7]{8,20})\.com$/;

/**
 * Tor looks like TLS. Its relays show themselves by three different made-up names: the one that is asked
 * for, the certificate's, and its issuer's. TLS 1.3 hides the latter two: then only the usual ports are left.
 */
export function looksLikeTor({ serverName, certificate }: TlsHandshake): boolean {
  const names = [
    madeUpServer.exec(serverName ?? "")?.[1],
    madeUpSubject.exec(certificate?.commonName ?? "")?.[1],
    madeUpIssuer.exec(certificate?.issuer ?? "")?.[1],
  ];
  return !names.includes(undefined) && new Set(names).size === names.length;
}

/** Why a TLS service is taken for Tor; null when it is not. */
export function torConfidence(
  { transport, protocol, server, port }: ServiceUse,
  relays: ReadonlySet<string>,
): Confidence | null {
  if (transport !== "tcp" || protocol !== "tls") return null;
  if (relays.has(relayKey(server, port)))
    return {
      level: "likely",
      reason: "names of handshake and certificate are made up as Tor's relays make them up",
    };
  if (!torPorts.has(port)) return null;
  return {
    level: "possible",
    reason: `TLS on port ${port}, where Tor's relays listen as a rule`,
  };
}

export const relayKey = (server: string, port: number): string => `${server} ${port}`;
