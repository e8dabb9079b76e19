// TLS over TCP: where it shows in the hierarchy, and what is told of its handshakes.
import { assert, asyncProperty, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateWeaknesses } from "../../src/inspection/analysis/tls-weaknesses.ts";
import { readCertificate } from "../../src/inspection/dissect/web/certificate.ts";
import type { Inspection, ProtocolNode, TlsHandshake } from "../../src/inspection/inspection.ts";
import { inspect } from "../../src/inspection/inspect.ts";
import { chunksOf, hex, joined } from "./captures.ts";
import {
  certificate,
  certificateMessage,
  choice,
  clientHello,
  message,
  record,
  serverHello,
} from "./tls-bytes.ts";
import { Wire, type Line } from "./wire.ts";

const client = "192.0.2.1:40000";
const server = "192.0.2.2:443";
const data = record(23, new Uint8Array(40).fill(0xc8));
const changeCipherSpec = record(20, hex("01"));

const talk = (lines: Line[], to = server): Promise<Inspection> =>
  new Wire().talk(0, client, to, { lines, closes: false }).inspect();

async function handshakes(lines: Line[]): Promise<TlsHandshake[]> {
  return (await talk(lines)).tls.handshakes;
}

/** The one handshake. */
async function handshake(lines: Line[]): Promise<TlsHandshake | undefined> {
  const all = await handshakes(lines);
  expect(all).toHaveLength(1);
  return all[0];
}

/** Frames by the path below tcp. */
async function below(lines: Line[], to = server): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const walk = (nodes: readonly ProtocolNode[], path: string): void => {
    for (const { protocol, frames, children } of nodes) {
      const inner = path === "" ? protocol : `${path}/${protocol}`;
      if (protocol !== "eth") counts[inner] = frames;
      walk(children, inner);
    }
  };
  const { protocolHierarchy } = await talk(lines, to);
  walk(protocolHierarchy[0]?.children[0]?.children[0]?.children ?? [], "");
  return counts;
}

describe("a handshake", () => {
  test("of TLS 1.3 tells the hellos; the client's second record is its first data", async () => {
    const told = await handshake([
      { from: "client", says: record(22, clientHello, 0x0301) },
      { from: "server", says: joined(record(22, serverHello), data), afterMs: 20 },
      { from: "client", says: joined(changeCipherSpec, data), afterMs: 5 },
      { from: "client", says: data, afterMs: 7 },
    ]);
    expect(told).toEqual({
      protocol: "tls",
      stream: 0,
      frame: 4,
      time: "1700000000011000000",
      client: { address: "192.0.2.1", port: 40_000 },
      server: { address: "192.0.2.2", port: 443 },
      serverName: "server",
      offeredVersion: "TLS 1.3",
      offeredAlpn: [],
      ja4: expect.stringMatching(/^t13d030900_[0-9a-f]{12}_[0-9a-f]{12}$/),
      version: "TLS 1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      alpn: null,
      certificate: null,
      serverHelloDelay: "20000000",
      applicationDataDelay: "32000000",
      alert: null,
      weaknesses: [],
    });
  });

  test("in old versions shows the certificate and its weaknesses", async () => {
    const flight = joined(
      choice(0x0301, 0x0005),
      certificateMessage(certificate),
      message(14, hex("")),
    );
    const told = await handshake([
      { from: "client", says: record(22, clientHello) },
      // Messages that span records, and records that span segments.
      { from: "server", says: record(22, flight.subarray(0, 50)) },
      { from: "server", says: record(22, flight.subarray(50)).subarray(0, 100) },
      { from: "server", says: record(22, flight.subarray(50)).subarray(100) },
      { from: "client", says: joined(changeCipherSpec, record(22, certificate)) },
      { from: "server", says: joined(changeCipherSpec, record(22, certificate)) },
      { from: "server", says: data, afterMs: 9 },
    ]);
    expect(told).toMatchObject({
      version: "TLS 1.0",
      cipherSuite: "TLS_RSA_WITH_RC4_128_SHA",
      applicationDataDelay: "14000000",
      certificate: {
        commonName: "example.test",
        alternativeNames: ["example.test", "*.example.test", "192.0.2.7", "2001:db8::7"],
        issuer: "example.test",
        notBefore: "1795245890000000000",
        notAfter: "1797837890000000000",
      },
      weaknesses: ["oldVersion", "rc4Cipher", "certificateNotYetValid", "selfSignedCertificate"],
    });
  });

  test("that fails tells the alert", async () => {
    const told = await handshake([
      { from: "client", says: record(22, clientHello) },
      { from: "server", says: record(21, hex("0228")) },
    ]);
    expect(told).toMatchObject({
      version: null,
      alert: { from: "server", isFatal: true, description: "handshake_failure" },
    });
  });

  test("of which only the answer was recorded is told from there", async () => {
    const told = await handshake([{ from: "server", says: record(22, choice(0x0303, 0xc02f)) }]);
    expect(told).toMatchObject({
      client: { address: "192.0.2.1" },
      serverName: null,
      version: "TLS 1.2",
      serverHelloDelay: null,
    });
  });

  test("counts the name once, also when the server asks again", async () => {
    const retry = hex(
      `020000340303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00
       000c 002b00020304 003300020017`,
    );
    const lines: Line[] = [
      { from: "client", says: record(22, clientHello) },
      { from: "server", says: joined(record(22, retry), changeCipherSpec) },
      { from: "client", says: joined(changeCipherSpec, record(22, clientHello)) },
      { from: "server", says: record(22, serverHello), afterMs: 3 },
    ];
    const { names, tls } = await talk(lines);
    expect(names.tls).toEqual([{ name: "server", count: 1 }]);
    expect(tls.handshakes).toMatchObject([{ version: "TLS 1.3", serverHelloDelay: "5000000" }]);
  });
});

describe("in the hierarchy", () => {
  const hello: Line = { from: "client", says: record(22, clientHello) };

  test("a record in several segments shows where it ends", async () => {
    const bytes = record(22, clientHello);
    const lines: Line[] = [
      { from: "client", says: bytes.subarray(0, 3) },
      { from: "client", says: bytes.subarray(3, 90) },
      { from: "client", says: joined(bytes.subarray(90), data) },
    ];
    expect(await below(lines)).toEqual({
      "tcp.segments": 1,
      "tcp.segments/tls": 1,
      "tcp.segments/tls/tls": 1,
    });
  });

  test("text on its port is not TLS", async () => {
    const lines: Line[] = [
      hello,
      { from: "client", says: "SSH-2.0-a\r\n" },
      { from: "client", says: hex("c8c8c8c8c8") },
    ];
    expect(await below(lines)).toEqual({ tls: 2, data: 1 });
    const request: Line = { from: "client", says: "GET / HTTP/1.1\r\nHost: a\r\n\r\n" };
    expect(await below([request])).toEqual({ http: 1 });
  });

  test("other ports show it by a record of a handshake or of data", async () => {
    const elsewhere = "192.0.2.2:40001";
    expect(await below([hello, { from: "server", says: hex("ff00ff00ff") }], elsewhere)).toEqual({
      tls: 2,
    });
    expect(await below([{ from: "client", says: record(21, hex("0228")) }], elsewhere)).toEqual({
      data: 1,
    });
  });

  test("what came before it on another port is TLS too, but text", async () => {
    const lines: Line[] = [
      { from: "client", says: hex("00 00 00 08 04 d2 16 2f") },
      { from: "server", says: "S" },
      { from: "client", says: "text\r\n" },
      hello,
    ];
    expect(await below(lines, "192.0.2.2:40001")).toEqual({ tls: 3, data: 1 });
  });

  test("LDAP goes over to it when asked to", async () => {
    const name = Buffer.from("1.3.6.1.4.1.1466.20037").toString("hex");
    const lines: Line[] = [
      { from: "client", says: hex(`301d 020101 7718 8016 ${name}`) },
      { from: "server", says: hex("300c 020101 7807 0a0100 0400 0400") },
      hello,
    ];
    expect(await below(lines, "192.0.2.2:389")).toEqual({ ldap: 2, tls: 1 });
  });

  test("the hello of SSL 2.0 is of any port too", async () => {
    const hello2 = hex(`802e 01 0301 0006 0000 0020 010080 000005 ${"11".repeat(32)}`);
    const padded = joined(hello2.subarray(0, 1), hex("2f"), hello2.subarray(2));
    expect(await below([{ from: "client", says: padded }], "192.0.2.2:40001")).toEqual({ tls: 1 });
  });

  test("bytes that look like an answer of SSL 2.0 settle that it is", async () => {
    const answer = joined(hex("802004"), new Uint8Array(31).fill(0x90));
    const lines: Line[] = [
      { from: "server", says: answer },
      { from: "client", says: hex("ff90909090") },
    ];
    expect(await below(lines)).toEqual({ tls: 1 });
  });
});

describe("of what was not recorded whole", () => {
  const cut = (path: string, size: number): Promise<string> =>
    deepest(record(23, new Uint8Array(60)), size).then((deep) => `${path}: ${deep}`);

  test("a record that ends beyond what is there is short", async () => {
    expect(await cut("in its data", 30)).toBe("in its data: eth/ip/tcp/tls/_ws.short");
    expect(await cut("in its header", 3)).toBe("in its header: eth/ip/tcp/tls/_ws.short");
    expect(await cut("whole", 65)).toBe("whole: eth/ip/tcp/tls");
  });

  test("a lost segment hides only the record that it was of", async () => {
    const big = record(23, new Uint8Array(200));
    const from = "192.0.2.2:443";
    const to = "192.0.2.1:40000";
    const inspection = await new Wire()
      .tcp(0, from, to, { flags: ["ack"], sequence: 1, payload: big.subarray(0, 100) })
      .tcp(1, from, to, { flags: ["ack"], sequence: 151, payload: joined(big.subarray(150), data) })
      .inspect();
    expect(JSON.stringify(inspection.protocolHierarchy)).toContain('{"protocol":"tls","frames":1,');
  });
});

/** The one path of a capture with one segment of TLS, of which `size` bytes were recorded. */
async function deepest(payload: Uint8Array, size: number): Promise<string> {
  const file = new Wire().tcp(0, client, server, { flags: ["ack"], sequence: 1, payload }).file();
  const headers = 14 + 20 + 20;
  const kept = file.slice(0, 24 + 16 + headers + size);
  new DataView(kept.buffer).setUint32(24 + 8, headers + size, true);
  const { protocolHierarchy } = await inspect(chunksOf(kept));
  const names: string[] = [];
  for (let node = protocolHierarchy[0]; node; node = node.children[0]) names.push(node.protocol);
  return names.join("/");
}

test("a certificate that has expired", () => {
  const facts = readCertificate(certificate, 0, certificate.length);
  expect(facts).toMatchObject({ isSelfSigned: true, notAfterSeconds: 1_797_837_890 });
  expect(facts && certificateWeaknesses(facts, 1_800_000_000)).toEqual([
    "certificateExpired",
    "selfSignedCertificate",
  ]);
  expect(facts && certificateWeaknesses(facts, 1)).toEqual(["selfSignedCertificate"]);
});

test("damaged certificates are read as far as they go", () => {
  assert(
    property(integer({ min: 0, max: certificate.length - 1 }), uint8Array(), (at, bytes) => {
      const damaged = certificate.slice();
      damaged.set(bytes.subarray(0, damaged.length - at), at);
      readCertificate(damaged, 0, damaged.length);
      readCertificate(bytes, 0, bytes.length);
    }),
  );
});

test("damaged handshakes never throw", async () => {
  const flight = joined(record(22, clientHello), record(22, certificateMessage(certificate)));
  await assert(
    asyncProperty(integer({ min: 0, max: flight.length - 1 }), uint8Array(), async (at, bytes) => {
      const damaged = flight.slice();
      damaged.set(bytes.subarray(0, damaged.length - at), at);
      await talk([
        { from: "client", says: damaged },
        { from: "server", says: bytes },
      ]);
    }),
    { numRuns: 50 },
  );
});
