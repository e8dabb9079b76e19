// QUIC: the sample packets of RFC 9001, appendix A, and where packets show in the hierarchy.
import { createCipheriv } from "node:crypto";
import { assert, asyncProperty, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { initialKeys, type PacketKeys } from "../../src/inspection/dissect/web/quic-keys.ts";
import type { Inspection, ProtocolNode } from "../../src/inspection/inspection.ts";
import { hex, joined } from "./captures.ts";
import { Wire } from "./wire.ts";

const client = "192.0.2.1:50000";
const server = "192.0.2.2:443";
const connectionId = hex("8394c8f03e515708");
const keys = initialKeys(1, connectionId);

/** A.2: the CRYPTO frame with the ClientHello; padding follows it. */
const helloFrame = hex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c0000041301
  1302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007
  0005 04616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71
  f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c
  00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8
  f03e51570806048000ffff`);
/** A.3: the server's protected packet. */
const serverInitial = hex(`
  cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780b
  b38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19
  fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee`);

function bytesOf(words: Int32Array): Uint8Array {
  return hex(Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(""));
}

/** Round keys begin with the key itself. */
function cipherKey(roundKeys: Int32Array): Uint8Array {
  return bytesOf(roundKeys.subarray(0, 4));
}

/** Protects an Initial packet of the client (RFC 9001, 5.3 and 5.4); frames are padded to `size`. */
function protect(number: number, frames: Uint8Array, size = 1_162): Uint8Array {
  if (!keys) throw new Error("no keys of version 1");
  const { key, iv, headerProtection }: PacketKeys = keys.client;
  const length = 4 + size + 16;
  const header = joined(
    hex("c300000001 08 8394c8f03e515708 00 00"),
    new Uint8Array([0x40 | (length >> 8), length & 255, 0, 0, 0, number]),
  );
  const nonce = bytesOf(iv);
  nonce[11] = (nonce[11] ?? 0) ^ number;
  const padded = new Uint8Array(size);
  padded.set(frames);
  const cipher = createCipheriv("aes-128-gcm", cipherKey(key), nonce).setAAD(header);
  const sealed = joined(cipher.update(padded), cipher.final(), cipher.getAuthTag());
  const packet = joined(header, sealed);
  const block = createCipheriv("aes-128-ecb", cipherKey(headerProtection), null);
  const mask = block.update(packet.slice(22, 38));
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < 4; index++)
    packet[18 + index] = (packet[18 + index] ?? 0) ^ (mask[1 + index] ?? 0);
  return packet;
}

function below(inspection: Inspection): Record<string, number> {
  const counts: Record<string, number> = {};
  const walk = (nodes: readonly ProtocolNode[], path: string): void => {
    for (const { protocol, frames, children } of nodes) {
      counts[path + protocol] = frames;
      walk(children, `${path}${protocol}/`);
    }
  };
  walk(inspection.protocolHierarchy[0]?.children[0]?.children[0]?.children ?? [], "");
  return counts;
}

const shortHeader = hex(`40 ${"aa".repeat(40)}`);

describe("keys of Initial packets", () => {
  const inHex = (words: Int32Array | undefined): string =>
    Buffer.from(words ? bytesOf(words.subarray(0, 4)) : []).toString("hex");

  test("of version 1 (RFC 9001, A.1)", () => {
    expect(inHex(keys?.client.key)).toBe("1f369613dd76d5467730efcbe3b1a22d");
    expect(inHex(keys?.client.iv)).toBe("fa044b2f42a3fd3b46fb255c");
    expect(inHex(keys?.client.headerProtection)).toBe("9f50449e04a0e810283a1e9933adedd2");
    expect(inHex(keys?.server().key)).toBe("cf3a5331653c364c88f0f379b6067e37");
  });

  test("of version 2 (RFC 9369, A.1)", () => {
    const { client: keys2 } = initialKeys(0x6b3343cf, connectionId) ?? {};
    expect(inHex(keys2?.key)).toBe("8b1a0bc121284290a29e0971b5cd045d");
    expect(inHex(keys2?.iv)).toBe("91f73e2351d8fa91660e909f");
    expect(inHex(keys2?.headerProtection)).toBe("45b95e15235d6f45a6b19cbcb0294ba9");
  });
});

describe("a handshake", () => {
  test("of RFC 9001's samples is read", async () => {
    const initial = protect(2, helloFrame);
    // A.2: how the protected packet begins.
    const beginning = hex("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11");
    expect(initial.subarray(0, 32)).toEqual(beginning);
    const inspection = await new Wire()
      .udp(0, client, server, initial)
      .udp(30, server, client, serverInitial)
      .udp(45, client, server, shortHeader)
      .inspect();
    expect(inspection.names.tls).toEqual([{ name: "example.com", count: 1 }]);
    expect(inspection.tls.handshakes).toMatchObject([
      {
        protocol: "quic",
        stream: 0,
        client: { address: "192.0.2.1", port: 50_000 },
        server: { address: "192.0.2.2", port: 443 },
        serverName: "example.com",
        offeredAlpn: ["alpn"],
        ja4: expect.stringMatching(/^q13d0211an_/),
        version: "TLS 1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        serverHelloDelay: "30000000",
        applicationDataDelay: "45000000",
      },
    ]);
    expect(below(inspection)).toEqual({ quic: 3 });
  });

  test("whose hello comes in pieces, in any order, over two packets", async () => {
    const hello = helloFrame.subarray(4);
    const piece = (start: number, end: number): Uint8Array =>
      joined(
        new Uint8Array([6, 0x40 | (start >> 8), start & 255, 0x40, end - start]),
        hello.subarray(start, end),
      );
    const inspection = await new Wire()
      .udp(0, client, server, protect(0, joined(piece(200, 241), hex("01000000"), piece(0, 60))))
      .udp(1, client, server, protect(1, joined(piece(50, 120), piece(120, 200))))
      .inspect();
    expect(inspection.tls.handshakes).toMatchObject([{ serverName: "example.com", frame: 2 }]);
  });

  test("that is whole is read, whatever the padding behind it became", async () => {
    const damaged = protect(2, helloFrame);
    const inPadding = damaged.length - 40;
    damaged[inPadding] = (damaged[inPadding] ?? 0) ^ 0xff;
    const inspection = await new Wire().udp(0, client, server, damaged).inspect();
    expect(inspection.tls.handshakes).toMatchObject([{ serverName: "example.com" }]);
  });

  test("of which the padding behind a part became other bytes is not read", async () => {
    const hello = helloFrame.subarray(4);
    const part = joined(new Uint8Array([6, 0x40, 0, 0x40, 120]), hello.subarray(0, 120));
    const rest = joined(
      new Uint8Array([6, 0x40, 120, 0x40, hello.length - 120]),
      hello.subarray(120),
    );
    const names = async (first: Uint8Array): Promise<string[]> => {
      const wire = new Wire().udp(0, client, server, first);
      const { tls } = await wire.udp(1, client, server, protect(3, rest)).inspect();
      return tls.handshakes.map(({ serverName }) => serverName ?? "");
    };
    const damaged = protect(2, part);
    const inPadding = damaged.length - 40;
    damaged[inPadding] = (damaged[inPadding] ?? 0) ^ 0xff;
    expect(await names(protect(2, part))).toEqual(["example.com"]);
    expect(await names(damaged)).toEqual([]);
  });

  test("under other keys is none: what comes out is no run of frames", async () => {
    const damaged = protect(2, helloFrame);
    // The connection id, which the keys come from.
    damaged[6] = (damaged[6] ?? 0) ^ 1;
    const inspection = await new Wire().udp(0, client, server, damaged).inspect();
    expect(inspection.tls.handshakes).toEqual([]);
    expect(below(inspection)).toEqual({ quic: 1 });
  });
});

describe("in the hierarchy", () => {
  test.each([
    ["a version negotiation", "f5 00000000 00 08 0102030405060708 00000001", "quic"],
    [
      "a handshake packet and a short header",
      `e0 00000001 00 00 04 00000000 ${"40".repeat(9)}`,
      "quic/quic",
    ],
    ["connection ids that are too long", `ff ${"ff".repeat(20)}`, "quic/_ws.malformed"],
  ])("%s", async (_, packet, expected) => {
    const inspection = await new Wire()
      .udp(0, client, server, protect(2, helloFrame))
      .udp(1, server, client, hex(packet))
      .inspect();
    const paths = Object.keys(below(inspection));
    expect(paths.toSorted((one, other) => other.length - one.length)[0]).toBe(expected);
  });

  test.each([
    ["Google's with public flags", `0d 0102030405060708 ${Buffer.from("Q035").toString("hex")} 01`],
    [
      "Google's with a long header",
      `c3 ${Buffer.from("Q046").toString("hex")} 50 ${"00".repeat(12)}`,
    ],
  ])("%s, and what follows it", async (_, packet) => {
    const inspection = await new Wire()
      .udp(0, client, server, hex(packet))
      .udp(1, server, client, hex("0001aabbccdd"))
      .inspect();
    expect(below(inspection)).toEqual({ gquic: 2 });
  });
});

test("random packets of a conversation never throw", async () => {
  const initial = protect(2, helloFrame);
  await assert(
    asyncProperty(
      uint8Array({ maxLength: 100 }),
      uint8Array({ maxLength: 60 }),
      async (one, two) => {
        const inspection = await new Wire()
          .udp(0, client, server, initial)
          .udp(1, server, client, one)
          .udp(2, client, server, joined(initial.subarray(0, 20), two))
          .inspect();
        expect(inspection.file.packets).toBe(3);
      },
    ),
    { numRuns: 50 },
  );
});
