// Reading hellos: the traces of RFC 8448 and 9001, and JA4 after FoxIO's description.
import { assert, boolean, nat, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { cipherSuiteName } from "../../src/inspection/analysis/tls-cipher-suites.ts";
import {
  newestVersion,
  readClientHello,
  type ClientHello,
} from "../../src/inspection/dissect/web/client-hello.ts";
import { KnownTexts } from "../../src/inspection/dissect/known-texts.ts";
import { ja4 } from "../../src/inspection/dissect/web/ja4.ts";
import { readServerHello } from "../../src/inspection/dissect/web/server-hello.ts";
import { hex } from "./captures.ts";
import { clientHello, serverHello } from "./tls-bytes.ts";

const words = (text: string): number[] => text.split(",").map((word) => Number.parseInt(word, 16));

const texts = new KnownTexts();
const stream = { texts, isDatagram: false };
const datagram = { texts, isDatagram: true };

/** The client of the example in the description of JA4. */
const browser: ClientHello = {
  version: 0x0303,
  cipherSuites: words(
    "1a1a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
  ),
  extensions: words(
    "2a2a,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
  ),
  serverName: "example.net",
  alpn: ["h2", "http/1.1"],
  supportedVersions: words("fafa,0304,0303"),
  signatureAlgorithms: words("0403,0804,0401,0503,0805,0501,0806,0601"),
  isComplete: true,
};

describe("a ClientHello", () => {
  test("of RFC 8448", () => {
    expect(readClientHello(clientHello, 4, clientHello.length, stream)).toEqual({
      version: 0x0303,
      extensions: [0, 0xff01, 10, 35, 51, 43, 13, 45, 28],
      cipherSuites: [0x1301, 0x1303, 0x1302],
      serverName: "server",
      alpn: [],
      supportedVersions: [0x0304],
      signatureAlgorithms: words(
        "0403,0503,0603,0203,0804,0805,0806,0401,0501,0601,0201,0402,0502,0602,0202",
      ),
      isComplete: true,
    });
  });

  test("that is cut says so and tells what is there", () => {
    const hello = readClientHello(clientHello, 4, 80, stream);
    expect(hello).toMatchObject({ serverName: "server", isComplete: false });
    expect(readClientHello(clientHello, 4, 44, stream)).toBeNull();
  });

  test("of DTLS has a cookie", () => {
    const bytes = hex(`fefd ${"00".repeat(32)} 00 02abcd 0002c02b 0100`);
    expect(readClientHello(bytes, 0, bytes.length, datagram)?.cipherSuites).toEqual([0xc02b]);
    expect(readClientHello(bytes, 0, bytes.length, stream)).toBeNull();
  });
});

test("a ServerHello of RFC 8448", () => {
  expect(readServerHello(serverHello, 4, serverHello.length, texts)).toMatchObject({
    version: 0x0304,
    cipherSuite: 0x1301,
    alpn: "",
    isHelloRetryRequest: false,
  });
});

test("random bytes are no reason to throw", () => {
  assert(
    property(uint8Array({ maxLength: 300 }), nat(300), boolean(), (bytes, at, flag) => {
      const hello = readClientHello(bytes, at, bytes.length, { texts, isDatagram: flag });
      if (hello) ja4(hello, "t");
      readServerHello(bytes, at, bytes.length, texts);
    }),
  );
});

describe("JA4", () => {
  test("of the example in its description", () => {
    expect(ja4(browser, "t")).toBe("t13d1516h2_8daaf6152771_e5627efa2ab1");
    expect(ja4({ ...browser, signatureAlgorithms: [] }, "q")).toBe(
      "q13d1516h2_8daaf6152771_6d807ffa2a79",
    );
  });

  test.each([
    [[], "00"],
    [[""], "00"],
    [["h"], "hh"],
    [["http/1.1"], "h1"],
    [["\u00AB"], "ab"],
    [["\u00AB\u00CD"], "ad"],
    [["0\u00AB"], "3b"],
    [["01\u00AB\u00CD"], "3d"],
    [["0\u00AB\u00CD1"], "01"],
  ])("of a client that offers %j ends its first part with %s", (alpn, expected) => {
    expect(ja4({ ...browser, alpn }, "t").slice(8, 10)).toBe(expected);
  });

  test("of a client that offers nothing", () => {
    const bare = { ...browser, version: 0x0301, cipherSuites: [], extensions: [], alpn: [] };
    expect(ja4({ ...bare, supportedVersions: [] }, "t")).toBe(
      "t10i000000_000000000000_000000000000",
    );
  });

  test("of DTLS takes the newest version, which has the lowest number", () => {
    const hello = { ...browser, supportedVersions: [0xfefd, 0xfefc] };
    expect(newestVersion(hello)).toBe(0xfefc);
    expect(ja4(hello, "d").slice(0, 3)).toBe("dd3");
  });
});

test.each([
  [0x0000, "TLS_NULL_WITH_NULL_NULL"],
  [0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"],
  [0x1301, "TLS_AES_128_GCM_SHA256"],
  [0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
  [0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"],
  [0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0x00fe, "0x00fe"],
])("cipher suite %i is %s", (number, name) => {
  expect(cipherSuiteName(number)).toBe(name);
});
