import { expect, test } from "vitest";
import type { TlsHandshake, TlsWeakness } from "../../../src/inspection/inspection.ts";
import { inspected } from "../../report/sample-report.ts";

const handshake = (stream: number, weaknesses: TlsWeakness[]): TlsHandshake => ({
  protocol: "tls",
  stream,
  frame: 4 + stream,
  time: "1795226774218934112",
  client: { address: "192.0.2.10", port: 40_000 },
  server: { address: "203.0.113.9", port: 443 },
  serverName: "old.example.net",
  offeredVersion: "TLS 1.2",
  offeredAlpn: [],
  ja4: null,
  version: "TLS 1.0",
  cipherSuite: "TLS_RSA_WITH_RC4_128_SHA",
  alpn: null,
  certificate: null,
  serverHelloDelay: null,
  applicationDataDelay: null,
  alert: null,
  weaknesses,
});

const tlsFindings = (...handshakes: TlsHandshake[]): string[] =>
  inspected({ tls: { handshakes, overflow: 0 } })
    .inspection.findings.filter(({ id }) => id.startsWith("tls-"))
    .map(
      ({ severity, id, title, confidence }) => `${severity} ${id} (${confidence.level}): ${title}`,
    );

test("weak handshakes and certificates are told once for each weakness", () => {
  expect(
    tlsFindings(
      handshake(0, ["oldVersion", "rc4Cipher"]),
      handshake(1, ["oldVersion", "certificateExpired"]),
      handshake(2, ["selfSignedCertificate"]),
    ),
  ).toMatchInlineSnapshot(`
    [
      "warning tls-weak (certain): 1 handshake settled on RC4, which is broken, first with 203.0.113.9:443 (old.example.net), TLS 1.0 TLS_RSA_WITH_RC4_128_SHA",
      "warning tls-weak (certain): 2 handshakes settled on a version below TLS 1.2, which is outdated (RFC 8996), first with 203.0.113.9:443 (old.example.net), TLS 1.0 TLS_RSA_WITH_RC4_128_SHA",
      "warning tls-certificate (certain): 1 handshake showed an expired certificate, first with 203.0.113.9:443 (old.example.net)",
      "note tls-certificate (likely): 1 handshake showed a certificate that only vouches for itself, first with 203.0.113.9:443 (old.example.net)",
    ]
  `);
});

test("a handshake without weaknesses is no finding", () => {
  expect(tlsFindings(handshake(0, []))).toEqual([]);
});

test("Tor shows itself by three made-up names, and by nothing less", () => {
  const certificate = {
    commonName: "www.bpcau5b3haif5els.net",
    alternativeNames: [],
    issuer: "www.gmvuy6mtjbxevwo3w.com",
    notBefore: null,
    notAfter: null,
  };
  const told = (changes: Partial<TlsHandshake>): string[] =>
    inspected({
      tls: { handshakes: [{ ...handshake(0, []), ...changes }], overflow: 0 },
    })
      .inspection.findings.filter(({ id }) => id === "policy-protocol")
      .map(({ title, confidence }) => `${confidence.level}: ${title}`);
  const serverName = "www.e6r5p57kbafwrxj3plz.com";
  expect([
    told({ serverName, certificate }),
    told({ serverName: "www.example.com", certificate: { ...certificate, issuer: "Some CA" } }),
    told({ serverName: certificate.issuer, certificate }),
    told({ serverName, certificate: null }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "likely: Traffic like Tor's was used, which the policy does not expect: 3 kB in 3 flows with 203.0.113.9:443 and 2 other services",
      ],
      [],
      [],
      [],
    ]
  `);
});
