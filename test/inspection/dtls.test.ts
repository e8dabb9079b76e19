// DTLS: records in datagrams, hellos in fragments.
import { assert, asyncProperty, nat, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Inspection } from "../../src/inspection/inspection.ts";
import { hex, joined } from "./captures.ts";
import { Wire } from "./wire.ts";

const client = "192.0.2.1:50000";
const server = "192.0.2.2:50001";

const word = (value: number): number[] => [value >> 8, value & 255];

/** A record of DTLS 1.2; in epoch 1 its content is encrypted. */
const record = (type: number, content: Uint8Array, epoch = 0): Uint8Array =>
  joined(
    new Uint8Array([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, ...word(content.length)]),
    content,
  );

/** A fragment of a handshake message of `body`, from `start` to `end`. */
const fragment = (type: number, body: Uint8Array, start = 0, end = body.length): Uint8Array =>
  joined(
    new Uint8Array([
      type,
      0,
      ...word(body.length),
      0,
      0,
      0,
      ...word(start),
      0,
      ...word(end - start),
    ]),
    body.subarray(start, end),
  );

const helloBody = hex(
  `fefd ${"11".repeat(32)} 00 04aabbccdd 0004 c02b c02f 0100
   0012 0000 000e 000c 00 0009 ${Buffer.from("dtls.test").toString("hex")}`,
);
const choiceBody = hex(`fefd ${"22".repeat(32)} 00 c02b 00`);
const data = record(23, new Uint8Array(30).fill(0x99), 1);

const protocols = ({ protocolHierarchy }: Inspection): (string | undefined)[] => {
  const udp = protocolHierarchy[0]?.children[0]?.children[0];
  return udp?.children.map(({ protocol, frames }) => `${protocol} ${frames}`) ?? [];
};

describe("a handshake", () => {
  test("in fragments, in any order", async () => {
    const inspection = await new Wire()
      .udp(0, client, server, record(22, fragment(1, helloBody, 40)))
      .udp(1, client, server, record(22, fragment(1, helloBody, 0, 40)))
      .udp(8, server, client, joined(record(22, fragment(2, choiceBody)), record(20, hex("01"))))
      .udp(9, server, client, data)
      .inspect();
    expect(protocols(inspection)).toEqual(["dtls 4"]);
    expect(inspection.tls.handshakes).toMatchObject([
      {
        protocol: "dtls",
        stream: 0,
        frame: 2,
        client: { address: "192.0.2.1", port: 50_000 },
        serverName: "dtls.test",
        offeredVersion: "DTLS 1.2",
        ja4: expect.stringMatching(/^dd2d020100_/),
        version: "DTLS 1.2",
        cipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        serverHelloDelay: "7000000",
        applicationDataDelay: "8000000",
      },
    ]);
  });

  test("that fails tells the alert", async () => {
    const inspection = await new Wire()
      .udp(0, client, server, record(22, fragment(1, helloBody)))
      .udp(1, server, client, record(21, hex("0246")))
      .inspect();
    expect(inspection.tls.handshakes).toMatchObject([
      { alert: { from: "server", isFatal: true, description: "protocol_version" } },
    ]);
  });
});

test.each([
  ["records that fill the datagram", joined(data, data), "dtls 1"],
  ["a record and something else", joined(data, hex("00")), "data 1"],
  ["a record that is longer than the datagram", data.subarray(0, 20), "data 1"],
  ["a version of its own", hex("16 fefc 0000 000000000000 0001 00"), "data 1"],
])("%s on any port", async (_, packet, expected) => {
  expect(protocols(await new Wire().udp(0, client, server, packet).inspect())).toEqual([expected]);
});

test("random records never throw", async () => {
  const hello = record(22, fragment(1, helloBody));
  await assert(
    asyncProperty(nat(hello.length - 1), uint8Array({ maxLength: 40 }), async (at, bytes) => {
      const damaged = hello.slice();
      damaged.set(bytes.subarray(0, damaged.length - at), at);
      const inspection = await new Wire()
        .udp(0, client, "192.0.2.2:853", damaged)
        .udp(1, "192.0.2.2:853", client, bytes)
        .inspect();
      expect(inspection.file.packets).toBe(2);
    }),
    { numRuns: 50 },
  );
});
