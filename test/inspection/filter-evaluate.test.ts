// Filters on packets written by hand, as tshark 4.0 answers them.
import { describe, expect, test } from "vitest";
import { compileFilter } from "../../src/inspection/filter/filter.ts";
import { countPackets, listPackets, type Packet } from "../../src/inspection/packets.ts";
import { chunksOf, hex, pcap } from "./captures.ts";

const ethernet = "020000000002 020000000001";
const word = (value: number): string => value.toString(16).padStart(4, "0");
const size = (text: string): number => hex(text).length;

/** IPv4 from 192.0.2.1 to 192.0.2.2, or as told. */
function ip(protocol: number, payload: string, ends = "c0000201 c0000202"): string {
  const number = protocol.toString(16).padStart(2, "0");
  return `4500${word(20 + size(payload))}0001400040${number}0000 ${ends} ${payload}`;
}

function tcp(flags: string, numbers: string, payload = ""): string {
  return `${ethernet} 0800 ${ip(6, `c000 0050 ${numbers} 50${flags} 2000 0000 0000 ${payload}`)}`;
}

const answer = (flags: string, numbers: string, payload = ""): string =>
  `020000000001 020000000002 0800 ${ip(6, `0050 c000 ${numbers} 50${flags} 2000 0000 0000 ${payload}`, "c0000202 c0000201")}`;

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const quotedUdp = ip(17, "1234 0035 0008 0000");

/** A second apart: a handshake, a request, its repetition, and an ICMP error that quotes UDP. */
const packets = [
  tcp("02", "00000064 00000000"),
  answer("12", "000003e8 00000065"),
  tcp("10", "00000065 000003e9"),
  tcp("18", "00000065 000003e9", ascii("GET / HTTP/1.0\r\n\r\n")),
  tcp("18", "00000065 000003e9", ascii("GET / HTTP/1.0\r\n\r\n")),
  `${ethernet} 0800 ${ip(1, `0303 0000 00000000 ${quotedUdp}`)}`,
].map(hex);

const source = () => chunksOf(pcap(packets));

async function matching(filter: string): Promise<number[]> {
  const found: Packet[] = [];
  await listPackets(source, { filter: compileFilter(filter) }, async (some) => {
    found.push(...some);
    await Promise.resolve();
  });
  return found.map(({ number }) => number);
}

describe("fields and operators", () => {
  test.each<[string, number[]]>([
    ["", [1, 2, 3, 4, 5, 6]],
    ["tcp", [1, 2, 3, 4, 5]],
    ["not tcp", [6]],
    // What an error quotes is asked as well.
    ["udp", [6]],
    ["udp.port == 53 and icmp", [6]],
    ["ip#2", [6]],
    ["ip.proto#[2] == 17", [6]],
    ["ip.src == 192.0.2.1", [1, 3, 4, 5, 6]],
    ["ip.addr == 192.0.2.0/24", [1, 2, 3, 4, 5, 6]],
    ["ip.addr != 192.0.2.2", []],
    ["ip.src != 192.0.2.2", [1, 3, 4, 5, 6]],
    ["any ip.addr != 192.0.2.2", [1, 2, 3, 4, 5, 6]],
    ["all tcp.port < 81", []],
    ["tcp.dstport == 80", [1, 3, 4, 5]],
    ["tcp.port in {79..81} && tcp.len > 0", [4, 5]],
    ["tcp.srcport not in {80}", [1, 3, 4, 5, 6]],
    ["tcp.flags & 0x02", [1, 2]],
    ["tcp.flags.syn == 1 && tcp.flags.ack == 0", [1]],
    ["tcp.seq == 1", [3, 4, 5]],
    ["tcp.seq_raw == 101", [3, 4, 5]],
    ["tcp.ack == 1", [2, 3, 4, 5]],
    ["tcp.nxtseq == tcp.seq + 18", [4, 5]],
    ["tcp.stream == 0", [1, 2, 3, 4, 5]],
    ["tcp.analysis.retransmission", [5]],
    // Only known with the third packet, and true of the second one already.
    ["tcp.analysis.initial_rtt == 2", [2, 3, 4, 5]],
    ["tcp.analysis.ack_rtt == 1", [2, 3]],
    ["tcp.completeness == 15", [1, 2, 3, 4, 5]],
    ['tcp.payload[0:3] == "GET"', [4, 5]],
    ['tcp contains "HTTP"', [4, 5]],
    ['frame matches "get\\\\s/"', [4, 5]],
    ['frame matches "(?-i)get"', []],
    ["eth.src[0] & 1 or eth.dst[5] == 2", [1, 3, 4, 5, 6]],
    ["eth[12:2] == 08:00", [1, 2, 3, 4, 5, 6]],
    ["frame[-1] == 00", [1, 2, 3, 6]],
    ["ip[9] == 1", [6]],
    ["len(tcp.payload) == 18", [4, 5]],
    ["len(ip) == 20", [1, 2, 3, 4, 5, 6]],
    ["count(ip.addr) == 4", [6]],
    ["max(tcp.srcport, tcp.dstport) == 49152", [1, 2, 3, 4, 5]],
    ['string(tcp.dstport) matches "^8"', [1, 3, 4, 5]],
    ["frame.number % 2 == 0", [2, 4, 6]],
    ["frame.time_relative >= 2 && frame.time_relative < 4", [3, 4]],
    ["frame.time_delta == 1", [2, 3, 4, 5, 6]],
    ['frame.time < "1970-01-01 00:00:03"', [1, 2]],
    ["frame.len - frame.cap_len == 0 xor tcp", [6]],
    ["-tcp.srcport < 0", [1, 2, 3, 4, 5]],
    ["tcp.srcport - 81 < 0", [2]],
  ])("%s", async (filter, expected) => {
    expect(await matching(filter)).toEqual(expected);
  });
});

test("several filters are counted in one pass", async () => {
  const filters = ["tcp", "udp", "frame"].map(compileFilter);
  expect(await countPackets(source, filters)).toEqual([5, 1, 6]);
});

test("a DNS answer knows its query, and a query the answer that comes later", async () => {
  const dns = (ports: string, flags: string): string => {
    const payload = `beef ${flags} 0001 0000 0000 0000 01610000010001`;
    return `${ethernet} 0800 ${ip(17, `${ports} ${word(8 + size(payload))} 0000 ${payload}`)}`;
  };
  const swapped = (packet: string): string =>
    packet.replace("c0000201 c0000202", "c0000202 c0000201");
  const file = pcap([dns("c000 0035", "0100"), swapped(dns("0035 c000", "8180"))].map(hex));
  const filters = [
    "dns.time == 1 and dns.response_to == 1",
    "dns.response_in == 2 and dns.flags.response == 0",
    'dns.qry.name == "a" and udp.time_delta == 1',
  ].map(compileFilter);
  expect(await countPackets(() => chunksOf(file), filters)).toEqual([1, 1, 1]);
});

test("a packet list says in a few words what each packet is", async () => {
  const lines: string[] = [];
  await listPackets(source, {}, async (some) => {
    for (const { number, source: from, destination, protocol, length, info } of some)
      lines.push([number, from, destination, protocol, length, info].join(" | "));
    await Promise.resolve();
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "1 | 192.0.2.1 | 192.0.2.2 | tcp | 54 | 49152 → 80 [SYN] Seq=0 Ack=0 Win=8192 Len=0",
      "2 | 192.0.2.2 | 192.0.2.1 | tcp | 54 | 80 → 49152 [SYN, ACK] Seq=0 Ack=1 Win=8192 Len=0",
      "3 | 192.0.2.1 | 192.0.2.2 | tcp | 54 | 49152 → 80 [ACK] Seq=1 Ack=1 Win=8192 Len=0",
      "4 | 192.0.2.1 | 192.0.2.2 | http | 72 | GET /",
      "5 | 192.0.2.1 | 192.0.2.2 | tcp | 72 | 49152 → 80 [PSH, ACK] Seq=1 Ack=1 Win=8192 Len=18",
      "6 | 192.0.2.1 | 192.0.2.2 | icmp | 70 | type 3, code 3",
    ]
  `);
});
