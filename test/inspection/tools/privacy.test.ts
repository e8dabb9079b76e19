import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressMapper } from "../../../src/inspection/tools/privacy/address-mapper.ts";
import { sumOf } from "../../../src/inspection/tools/privacy/checksum.ts";
import { privateCapture } from "../../../src/inspection/tools/privacy/private-capture.ts";
import {
  type PrivacyPolicy,
  tighterPolicy,
} from "../../../src/inspection/tools/privacy/privacy-policy.ts";
import { chunksOf, fixture, fixtureNames, hex, pcap } from "../captures.ts";
import { collected, readBack, type ReadCapture } from "./read-back.ts";

const hasTshark = spawnSync("tshark", ["-v"]).status === 0;
const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);
const otherKey = Uint8Array.from({ length: 32 }, (_, index) => index * 5 + 2);
const headersOnly = { kind: "headersOnly", pseudonymise: false } as const;
const keepNames = { kind: "keepNames", pseudonymise: false } as const;

async function leftOf(source: Uint8Array, policy: PrivacyPolicy): Promise<ReadCapture> {
  return readBack(await fileOf(source, policy));
}

async function fileOf(source: Uint8Array, policy: PrivacyPolicy): Promise<Uint8Array> {
  const options = { format: "pcapng" as const, policy, key };
  return (await collected(privateCapture(chunksOf(source), options))).file;
}

async function leftOfPacket(packet: Uint8Array, policy: PrivacyPolicy): Promise<Uint8Array> {
  return hex((await leftOf(pcap([packet]), policy)).packets[0]?.data ?? "");
}

const mapped4 = (mapper: AddressMapper, text: string): string => {
  const bytes = Uint8Array.from(text.split("."), Number);
  mapper.map4(bytes, 0);
  return bytes.join(".");
};

const secret = Buffer.from("PLANTED-SECRET-6f1c").toString("hex");
const ethernet = "020000000001 020000000002";
const word = (value: number): string => value.toString(16).padStart(4, "0");

/** IPv4 from 192.0.2.1 to 198.51.100.2, with a right checksum. */
function ipv4(protocol: number, body: string): string {
  const content = body.replaceAll(" ", "");
  const header = hex(
    `4500 ${word(20 + content.length / 2)} 0001 0000 40${word(protocol).slice(2)} 0000 c0000201 c6336402`,
  );
  const sum = ~sumOf(header, 0, 20) & 0xffff;
  header[10] = sum >> 8;
  header[11] = sum & 255;
  return Buffer.from(header).toString("hex") + content;
}

const udp = (port: number, body: string): string => {
  const content = body.replaceAll(" ", "");
  return `c350 ${word(port)} ${word(8 + content.length / 2)} 0000 ${content}`.replaceAll(" ", "");
};

/** A segment to 443 with a right checksum. */
function tcp(sequence: number, payload: string): string {
  const content = payload.replaceAll(" ", "");
  const bytes = hex(
    `c0000201 c6336402 0006 ${word(20 + content.length / 2)} c350 01bb ${word(0)}${word(sequence)} 00000000 5018 ffff 0000 0000 ${content}`,
  );
  const sum = ~sumOf(bytes, 0, bytes.length) & 0xffff;
  bytes[28] = sum >> 8;
  bytes[29] = sum & 255;
  return Buffer.from(bytes.subarray(12)).toString("hex");
}

const framed = (type: string, body: string): Uint8Array => hex(`${ethernet} ${type} ${body}`);

describe("pseudonyms", () => {
  test("are those of the sample trace that Crypto-PAn's authors published", () => {
    const published = hex("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202");
    const mapper = new AddressMapper(published, false);
    expect(mapped4(mapper, "128.11.68.132")).toBe("135.242.180.132");
    expect(mapped4(mapper, "129.118.74.4")).toBe("134.136.186.123");
    expect(mapped4(mapper, "130.132.252.244")).toBe("133.68.164.234");
    expect(mapped4(mapper, "141.223.7.43")).toBe("141.167.8.160");
    expect(mapped4(mapper, "141.233.145.108")).toBe("141.129.237.235");
    expect(mapped4(mapper, "152.163.225.39")).toBe("151.140.114.167");
    expect(mapped4(mapper, "192.102.249.13")).toBe("252.138.62.131");
  });

  test("share as many leading bits as the addresses did, of IPv4 and of IPv6, by each key", () => {
    const common = (one: Uint8Array, other: Uint8Array): number => {
      const bits = (bytes: Uint8Array): string =>
        [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const [a, b] = [bits(one), bits(other)];
      for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return index;
      return -1;
    };
    const mappers = [
      new AddressMapper(key),
      new AddressMapper(otherKey),
      new AddressMapper(key, false),
    ];
    const anyKeep = fc.integer({ min: 0, max: 16 });
    for (const size of [4, 16]) {
      const any = fc.uint8Array({ minLength: size, maxLength: size });
      fc.assert(
        fc.property(any, any, anyKeep, (one, rest, keep) => {
          const other = Uint8Array.from(rest, (byte, at) => (at < keep ? (one[at] ?? 0) : byte));
          // Multicast of IPv6 that is not made of an address stays whole, so it is no prefix question.
          fc.pre(size === 4 || (one[0] !== 0xff && other[0] !== 0xff));
          for (const mapper of mappers) {
            const [a, b] = [one.slice(), other.slice()];
            for (const bytes of [a, b]) {
              if (size === 4) mapper.map4(bytes, 0);
              else mapper.map6(bytes, 0);
            }
            expect(common(a, b)).toBe(common(one, other));
          }
        }),
        { numRuns: 150 },
      );
    }
  });

  test("are the same by the same key, others by another, and keep what kind an address is", () => {
    const one = new AddressMapper(key);
    const other = new AddressMapper(otherKey);
    expect(mapped4(one, "198.51.100.7")).toBe(mapped4(new AddressMapper(key), "198.51.100.7"));
    expect(mapped4(one, "198.51.100.7")).not.toBe(mapped4(other, "198.51.100.7"));
    for (const kept of ["0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.255"])
      expect(mapped4(one, kept)).toBe(kept);
    expect(mapped4(one, "10.1.2.3")).toMatch(/^10\./);
    expect(mapped4(one, "10.1.2.3")).not.toBe("10.1.2.3");
    expect(mapped4(one, "192.168.7.9")).toMatch(/^192\.168\./);
  });
});

describe("a privacy policy", () => {
  const inner = ipv4(17, udp(9, secret));
  const shapes: Readonly<Record<string, Uint8Array>> = {
    udp: framed("0800", inner),
    tcp: framed("0800", ipv4(6, tcp(1, secret))),
    vlan: framed("8100", `0005 0800 ${inner}`),
    mpls: framed("8847", `00010140 ${inner}`),
    gre: framed("0800", ipv4(47, `0000 0800 ${inner}`)),
    ipInIp: framed("0800", ipv4(4, inner)),
    vxlan: framed("0800", ipv4(17, udp(4789, `0800000000000100 ${ethernet} 0800 ${inner}`))),
    notVxlan: framed("0800", ipv4(17, udp(4789, secret))),
    icmpEcho: framed("0800", ipv4(1, `0800 0000 0001 0001 ${secret}`)),
    icmpError: framed("0800", ipv4(1, `0303 0000 0000 0000 ${inner}`)),
    unknownType: framed("88b5", secret),
    notDns: framed("0800", ipv4(17, udp(53, secret))),
    notHello: framed("0800", ipv4(6, tcp(1, `170303 0013 ${secret}`))),
    padding: framed("0800", `${ipv4(6, tcp(1, ""))} ${secret}`),
  };

  test.each(Object.entries(shapes))("leaves no payload in %s", async (_name, packet) => {
    for (const kind of ["headersOnly", "keepNames"] as const) {
      for (const pseudonymise of [false, true]) {
        const left = Buffer.from(await leftOfPacket(packet, { kind, pseudonymise })).toString(
          "hex",
        );
        expect(left).not.toContain(secret.slice(0, 16));
        expect(left.length).toBeGreaterThan(0);
        if (pseudonymise) expect(left).not.toContain("c0000201");
      }
    }
  });

  test("keeps inner headers, and cuts a link type that is not known to nothing", async () => {
    const vxlan = shapes["vxlan"] ?? new Uint8Array(0);
    const left = await leftOfPacket(vxlan, headersOnly);
    expect(left.length).toBe(14 + 20 + 8 + 8 + 14 + 20 + 8);
    expect(left).toEqual(vxlan.subarray(0, left.length));
    const source = pcap([hex(secret)], { linkType: 147 });
    const options = { format: "pcapng" as const, policy: headersOnly, key: null };
    const { file, result } = await collected(privateCapture(chunksOf(source), options));
    expect(result).toMatchObject({ packets: 1, packetsEmptied: 1 });
    expect(readBack(file).packets[0]).toMatchObject({ data: "", originalLength: 19 });
  });

  test("with pseudonyms leaves right checksums right and wrong ones wrong", async () => {
    const policy = { ...headersOnly, pseudonymise: true };
    const packet = framed("0800", ipv4(6, tcp(1, "")));
    const sumsOf = (bytes: Uint8Array): number[] => {
      const segment = Buffer.concat([bytes.subarray(26, 34), hex("0006 0014"), bytes.subarray(34)]);
      return [sumOf(bytes, 14, 34), sumOf(segment, 0, segment.length)];
    };
    expect(sumsOf(await leftOfPacket(packet, policy))).toEqual([0xffff, 0xffff]);
    const torn = packet.slice();
    torn[46] = 0x60; // says that options follow, which are not there
    const before = sumsOf(torn);
    expect(sumsOf(await leftOfPacket(torn, policy))).toEqual(before);
    packet[24] = (packet[24] ?? 0) ^ 1;
    expect(sumsOf(await leftOfPacket(packet, policy))).not.toEqual([0xffff, 0xffff]);
  });

  test("that keeps names keeps a hello over two segments, and nothing behind it", async () => {
    const hello = `160303 0040 01 00003c 0303 ${"ab".repeat(58)}`.replaceAll(" ", "");
    const first = hello.slice(0, 60);
    const second = hello.slice(60) + secret;
    const source = pcap([
      framed("0800", ipv4(6, tcp(100, first))),
      framed("0800", ipv4(6, tcp(130, second))),
      framed("0800", ipv4(6, tcp(130, second))),
    ]);
    const { packets } = await leftOf(source, keepNames);
    const payloads = packets.map(({ data }) => data.slice(2 * 54));
    expect(payloads).toEqual([first, hello.slice(60), ""]);
    for (const { data } of (await leftOf(source, headersOnly)).packets)
      expect(data.length).toBe(2 * 54);
  });

  const lineOf = async (said: string, policy: PrivacyPolicy): Promise<string> => {
    const packet = framed("0800", ipv4(6, tcp(1, Buffer.from(said, "latin1").toString("hex"))));
    const left = await leftOfPacket(packet, policy);
    return Buffer.from(left.subarray(54)).toString("latin1");
  };

  test("that keeps names keeps request lines of HTTP where it was asked to, without what may be secret", async () => {
    const lines = { ...keepNames, httpRequestLines: true };
    const said = "GET /a/7?key=s3cret#1 HTTP/1.1\r\nHost: shop.example\r\n\r\nbody";
    expect(await lineOf(said, lines)).toBe("GET /a/7?xxxxxxxxxxxx HTTP/1.1\r\n");
    expect(await lineOf(said, keepNames)).toBe("");
    const userinfo = "GET http://ann:pw@shop.example/x HTTP/1.0\r\n";
    expect(await lineOf(userinfo, lines)).toBe("GET http://xxxxxx@shop.example/x HTTP/1.0\r\n");
    for (const none of [
      "get / HTTP/1.1\r\n",
      "GET  HTTP/1.1\r\n",
      "GET /a b HTTP/1.1\r\n",
      "GET /a HTTP/1.1",
      "GET /a HTTP/2.0\r\n",
      "GET /\u00e4 HTTP/1.1\r\n",
      "HTTP/1.1 200 OK\r\n",
      `GET /${"a".repeat(9_000)} HTTP/1.1\r\n`,
    ])
      expect(await lineOf(none, lines)).toBe("");
    const hidden = { ...lines, pseudonymise: true };
    expect(await lineOf("CONNECT 198.51.100.2:443 HTTP/1.1\r\n", hidden)).toBe(
      "CONNECT xxx.xx.xxx.x:xxx HTTP/1.1\r\n",
    );
    expect(await lineOf("GET http://[2001:db8::7]/ HTTP/1.1\r\n", hidden)).toBe(
      "GET http://[xxxxxxxxxxx]/ HTTP/1.1\r\n",
    );
  });

  test("that masks a line leaves the checksum as right as it was", async () => {
    const said = Buffer.from("GET /?key=s3cret HTTP/1.1\r\n").toString("hex");
    const left = await leftOfPacket(framed("0800", ipv4(6, tcp(1, said))), {
      ...keepNames,
      httpRequestLines: true,
    });
    const segment = Buffer.concat([
      left.subarray(26, 34),
      hex(`0006 ${word(left.length - 34)}`),
      left.subarray(34),
    ]);
    expect(sumOf(segment, 0, segment.length)).toBe(0xffff);
  });

  test("maps the addresses in DNS as those of packets, and hides reverse names", async () => {
    const answer =
      "0001 8180 0001 0002 0000 0001 0161 0474657374 00 0001 0001" +
      "c00c 0001 0001 0000003c 0004 c6336402 c00c 0010 0001 0000003c 0004 03616263" +
      "00 0029 1000 00000000 000c 0008 0008 0001 20 00 c0000201";
    const packet = framed("0800", ipv4(17, udp(53, answer)));
    const policy = { kind: "keepNames", pseudonymise: true } as const;
    const left = Buffer.from(await leftOfPacket(packet, policy)).toString("hex");
    const target = Uint8Array.of(198, 51, 100, 2);
    new AddressMapper(key).map4(target, 0);
    expect(left.split(Buffer.from(target).toString("hex"))).toHaveLength(3);
    expect(left).not.toMatch(/c0000201|c6336402|616263/);
    expect(left.length / 2).toBe(packet.length);
    const reverse =
      "0002 0100 0001 0000 0000 0000 0131 0232 35 07696e2d61646472 0461727061 00 000c 0001";
    const question = reverse.replace("0232 35", "023235");
    const hidden = await leftOfPacket(framed("0800", ipv4(17, udp(53, question))), policy);
    expect(Buffer.from(hidden).toString("latin1")).toContain(
      "\u0001x\u0002xx\u0007in-addr\u0004arpa",
    );
  });

  test.each(fixtureNames)("leaves of %s no text, all lengths and times", async (name) => {
    const source = fixture(name);
    const before = readBack(source).packets;
    for (const policy of [headersOnly, { ...headersOnly, pseudonymise: true }]) {
      const { packets, reader } = await leftOf(source, policy);
      expect(packets.map(({ originalLength, time }) => [originalLength, time])).toEqual(
        before.map(({ originalLength, time }) => [originalLength, time]),
      );
      expect(packets.every(({ comments }) => comments.length === 0)).toBe(true);
      expect(reader.comments.join()).toMatch(/^Privacy policy headersOnly/);
      const text = Buffer.from(packets.map(({ data }) => data).join(""), "hex").toString("latin1");
      expect(text).not.toMatch(/HTTP\/1|GET \/|example/);
    }
  });

  test("never throws and never grows, whatever the bytes", async () => {
    const shape = fc.constantFrom(...Object.values(shapes));
    const changed = fc
      .tuple(shape, fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }), fc.nat(140))
      .map(([bytes, changes, size]) => {
        const copy = bytes.slice(0, size);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    const linkType = fc.constantFrom(0, 1, 101, 113, 276, 9);
    const policies = fc.record({
      kind: fc.constantFrom("headersOnly" as const, "keepNames" as const),
      pseudonymise: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(changed, fc.uint8Array({ maxLength: 120 })), { maxLength: 20 }),
        linkType,
        policies,
        async (random, type, policy) => {
          const { packets } = await leftOf(pcap(random, { linkType: type }), policy);
          expect(packets.length).toBe(random.length);
          for (const [index, { data }] of packets.entries())
            expect(data.length / 2).toBeLessThanOrEqual(random[index]?.length ?? 0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("of two takes out what either does", () => {
    const names = { kind: "keepNames", pseudonymise: true } as const;
    expect(tighterPolicy(null, names)).toEqual(names);
    expect(tighterPolicy(headersOnly, names)).toEqual({ kind: "headersOnly", pseudonymise: true });
    expect(tighterPolicy(null, null)).toBeNull();
    const lines = { ...keepNames, httpRequestLines: true };
    expect(tighterPolicy(lines, lines)).toEqual(lines);
    expect(tighterPolicy(lines, null)).toEqual(lines);
    expect(tighterPolicy(lines, keepNames)).toEqual(keepNames);
    expect(tighterPolicy(lines, headersOnly)).toEqual(headersOnly);
  });
});

describe.skipIf(!hasTshark)("as tshark reads it", () => {
  const told = async (file: Uint8Array, ...options: string[]): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), "nightcap-privacy-"));
    try {
      const path = join(directory, "a.pcapng");
      await writeFile(path, file);
      const { stdout } = spawnSync("tshark", ["-n", "-r", path, ...options], { encoding: "utf8" });
      return stdout;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };

  test("headers are whole, names are there, and no data is", async () => {
    for (const name of ["tls.pcap", "http-dns.pcapng"]) {
      const file = await fileOf(fixture(name), { kind: "keepNames", pseudonymise: true });
      expect(await told(file, "-Y", "_ws.malformed")).toBe("");
      expect(await told(file, "-Y", "data || http || tls.app_data")).toBe("");
      expect(await told(file, "-Y", "tls.handshake.type == 1 || dns.flags.response == 1")).not.toBe(
        "",
      );
      expect(
        await told(file, "-o", "ip.check_checksum:TRUE", "-Y", 'ip.checksum.status == "Bad"'),
      ).toBe("");
    }
  });
});
