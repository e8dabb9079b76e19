import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import { InspectionError } from "../../src/inspection/inspection-error.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import {
  block,
  chunksOf,
  fixture,
  fixtureNames,
  hex,
  joined,
  pcap,
  type PcapOptions,
} from "./captures.ts";

const ethernet = "020000000002 020000000001";
/** 192.0.2.1 to 192.0.2.2, UDP 1000 to 53, a query for a.example. */
const query =
  "45000037000000004011000 0c0000201c0000202 03e8003500230000 " +
  "000001000001000000000000 0161 076578616d706c65 00 0001 0001";

function paths(nodes: readonly ProtocolNode[], prefix = ""): string[] {
  return nodes.flatMap(({ protocol, frames, children }) => [
    `${prefix}${protocol} ${frames}`,
    ...paths(children, `${prefix}${protocol}/`),
  ]);
}

async function pathsOf(packet: string, options: PcapOptions = {}): Promise<string | undefined> {
  const { protocolHierarchy } = await inspect(chunksOf(pcap([hex(packet)], options)));
  return paths(protocolHierarchy).at(-1);
}

describe("link layers", () => {
  test.each([
    ["Ethernet", `${ethernet} 0800 ${query}`, 1, "eth/ip/udp/dns 1"],
    ["a VLAN tag", `${ethernet} 8100 0007 0800 ${query}`, 1, "eth/vlan/ip/udp/dns 1"],
    [
      "QinQ",
      `${ethernet} 88a8 0001 8100 0007 0800 ${query}`,
      1,
      "eth/ieee8021ad/vlan/ip/udp/dns 1",
    ],
    ["SNAP", `${ethernet} 003f aaaa03 000000 0800 ${query}`, 1, "eth/llc/ip/udp/dns 1"],
    ["spanning tree", `${ethernet} 0007 424203 00000000`, 1, "eth/llc/stp 1"],
    ["an unknown EtherType", `${ethernet} 9999 00`, 1, "eth/data 1"],
    ["null, little-endian", `02000000 ${query}`, 0, "null/ip/udp/dns 1"],
    ["null, big-endian", `00000002 ${query}`, 0, "null/ip/udp/dns 1"],
    ["loop", `00000002 ${query}`, 108, "null/ip/udp/dns 1"],
    ["raw IP", query, 101, "raw/ip/udp/dns 1"],
    ["raw IPv4", query, 228, "ip/udp/dns 1"],
    ["cooked", `0000 0001 0006 0200000000010000 0800 ${query}`, 113, "sll/ip/udp/dns 1"],
    ["an unknown link type", "00010203", 146, "data 1"],
    ["a short packet", `${ethernet} 0800 4500`, 1, "eth/ip/_ws.malformed 1"],
  ])("%s", async (_, packet, linkType, expected) => {
    expect(await pathsOf(packet, { linkType })).toBe(expected);
  });
});

test("a query is told whole: hierarchy, destination, conversation, name", async () => {
  const { file, ...rest } = await inspect(chunksOf(pcap([hex(`${ethernet} 0800 ${query}`)])));
  expect(file).toEqual({
    format: "pcap",
    packets: 1,
    bytesOnWire: 69,
    bytesCaptured: 69,
    firstTime: "1000007000",
    lastTime: "1000007000",
    linkTypes: [1],
    interfaces: [{ name: null, linkType: 1, packets: 1 }],
    truncated: false,
  });
  expect(rest).toMatchObject({
    udpStreams: { count: 1 },
    destinations: {
      ipv4: { "192.0.2.2": { packets: 1, protocols: { UDP: { packets: 1, ports: { "53": 1 } } } } },
      ipv6: {},
    },
    conversations: {
      ipv4: [
        {
          a: "192.0.2.1",
          b: "192.0.2.2",
          framesAToB: 1,
          bytesAToB: 69,
          framesBToA: 0,
          bytesBToA: 0,
        },
      ],
    },
    names: { dns: [{ name: "a.example", count: 1 }] },
  });
});

/** A TCP segment between port 1000 of 192.0.2.1 and port 2000 of 192.0.2.2. */
function segment(
  fromA: boolean,
  flags: number,
  sequence: number,
  ack: number,
  payload = 0,
): string {
  const word = (value: number, bytes: number): string =>
    value.toString(16).padStart(bytes * 2, "0");
  const addresses = fromA ? "c0000201c0000202" : "c0000202c0000201";
  const ports = fromA ? "03e807d0" : "07d003e8";
  return (
    `${ethernet} 0800 4500 ${word(40 + payload, 2)} 00000000 4006 0000 ${addresses} ` +
    `${ports} ${word(sequence, 4)} ${word(ack, 4)} 50${word(flags, 1)} 2000 0000 0000 ${"00".repeat(payload)}`
  );
}
const [syn, synAck, ack, rst] = [2, 18, 16, 4];

test("a SYN sent twice gives an initial RTT from the second and a SYN/ACK time from the first", async () => {
  const packets = [
    segment(true, syn, 100, 0),
    segment(true, syn, 100, 0),
    segment(false, synAck, 500, 101),
    segment(true, ack, 101, 501),
  ].map(hex);
  const { tcpStreams, tcpTotals } = await inspect(chunksOf(pcap(packets)));
  expect(tcpStreams).toMatchObject([{ initialRtt: "2000000000", synAckRtt: "2000000000" }]);
  expect(tcpTotals).toMatchObject({ syn: 2, synAck: 1, retransmission: 1, reusedPorts: 0 });
});

test("a SYN with another sequence number opens a new stream on the same ports", async () => {
  const packets = [
    segment(true, syn, 100, 0),
    segment(false, rst, 0, 101),
    segment(true, syn, 900, 0),
  ];
  const { tcpStreams, tcpTotals } = await inspect(chunksOf(pcap(packets.map(hex))));
  expect(tcpStreams.map(({ framesAToB, framesBToA }) => [framesAToB, framesBToA])).toEqual([
    [1, 1],
    [1, 0],
  ]);
  expect(tcpTotals).toMatchObject({ reusedPorts: 1, rst: 1, syn: 2 });
});

test("a gap is a lost segment, and acknowledging what was never seen is told", async () => {
  const packets = [
    segment(true, ack, 100, 500, 10),
    segment(true, ack, 130, 500, 10),
    segment(false, ack, 500, 999),
  ].map(hex);
  const { tcpTotals } = await inspect(chunksOf(pcap(packets)));
  expect(tcpTotals).toMatchObject({ lostSegment: 1, ackLostSegment: 1, retransmission: 0 });
});

test("gzip is read as it is", async () => {
  const plain = fixture("http-dns.pcapng");
  const whole = await inspect(chunksOf(plain));
  const zipped = await inspect(chunksOf(new Uint8Array(gzipSync(plain)), 100));
  expect(zipped).toEqual(whole);
});

test("gzip that is cut short says so", async () => {
  const zipped = new Uint8Array(gzipSync(fixture("http-dns.pcapng")));
  const { file } = await inspect(chunksOf(zipped.slice(0, -40), 100));
  expect(file.truncated).toBe(true);
  expect(file.problem?.reason).toMatch(/^gzip|ends inside|empty/);
});

test("an abort ends it with the signal's reason", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(inspect(chunksOf(fixture("tls.pcap")), { signal })).rejects.toThrow("enough");
});

test("progress counts the bytes of the source", async () => {
  const seen: number[] = [];
  const bytes = fixture("tls.pcap");
  await inspect(chunksOf(bytes, 1_000), { onProgress: (count) => seen.push(count) });
  expect(seen.at(-1)).toBe(bytes.length);
});

async function neverThrows(file: Uint8Array): Promise<void> {
  const inspection = await inspect(chunksOf(file)).catch((error: unknown) => {
    expect(error).toBeInstanceOf(InspectionError);
  });
  if (inspection) expect(inspection.file.packets).toBeGreaterThanOrEqual(0);
}

test("random bytes never throw anything but InspectionError", async () => {
  const header = pcap([]);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, asPacket) => {
      await neverThrows(asPacket ? pcap([bytes]) : bytes);
      await neverThrows(joined(header, bytes));
    }),
    { numRuns: 200 },
  );
});

test("damaged captures never throw and never hang", async () => {
  const damage = fc.array(fc.tuple(fc.nat(100_000), fc.nat(255)), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fixtureNames), damage, async (name, changes) => {
      const file = fixture(name);
      for (const [at, value] of changes) file[at % file.length] = value;
      await neverThrows(file);
    }),
    { numRuns: 300 },
  );
});

test("a packet with a comment lies below it, as in tshark", async () => {
  const packet = hex(`${ethernet} 0800 ${query}`);
  const data = Buffer.concat([packet, Buffer.alloc(-packet.length & 3)]);
  const enhanced = Buffer.alloc(20);
  enhanced.writeUInt32LE(packet.length, 12);
  enhanced.writeUInt32LE(packet.length, 16);
  const comment = hex("0100 0200 6869 0000 0000 0000");
  const file = Buffer.concat([
    block(0x0a0d0d0a, hex("4d3c2b1a 0100 0000 ffffffffffffffff")),
    block(1, hex("0100 0000 00000000")),
    block(6, new Uint8Array(Buffer.concat([enhanced, data, comment]))),
  ]);
  const { protocolHierarchy } = await inspect(chunksOf(new Uint8Array(file)));
  expect(paths(protocolHierarchy).at(-1)).toBe("pkt_comment/frame/eth/ip/udp/dns 1");
});
