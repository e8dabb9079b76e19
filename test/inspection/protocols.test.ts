// One message of each protocol, in bytes written by hand, and where tshark 4.0 shows it.
import { describe, expect, test } from "vitest";
import { inspect } from "../../src/inspection/inspect.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import { chunksOf, hex, pcap } from "./captures.ts";

const ethernet = "020000000002 020000000001";

const bytesOf = (text: string): number => hex(text).length;
const word = (value: number): string => value.toString(16).padStart(4, "0");
const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

/** IPv4 from 192.0.2.1 to 192.0.2.2 with a payload of this protocol number. */
function ip(protocol: number, payload: string): string {
  const number = protocol.toString(16).padStart(2, "0");
  return `4500${word(20 + bytesOf(payload))}0000000040${number}0000c0000201c0000202 ${payload}`;
}

const udp = (port: number, payload: string): string =>
  ip(17, `c000 ${word(port)} ${word(8 + bytesOf(payload))} 0000 ${payload}`);

const tcp = (port: number, payload: string): string =>
  ip(6, `c000 ${word(port)} 00000001 00000001 5018 2000 0000 0000 ${payload}`);

const inEthernet = (packet: string, type = "0800"): string => `${ethernet} ${type} ${packet}`;

async function deepest(packet: string, linkType = 1): Promise<string> {
  const { protocolHierarchy } = await inspect(chunksOf(pcap([hex(packet)], { linkType })));
  const names: string[] = [];
  for (let node: ProtocolNode | undefined = protocolHierarchy[0]; node; node = node.children[0])
    names.push(node.protocol);
  return names.join("/");
}

const inner = udp(123, "1b00000000000000");

describe("tunnels and links", () => {
  test.each([
    ["GRE", inEthernet(ip(47, `00000800 ${inner}`)), 1, "eth/ip/gre/ip/udp/ntp"],
    [
      "GRE with key and sequence",
      inEthernet(ip(47, `30000800 00000001 00000002 ${inner}`)),
      1,
      "eth/ip/gre/ip/udp/ntp",
    ],
    [
      "ERSPAN II",
      inEthernet(ip(47, `100088be 00000001 1001000100000000 ${inEthernet(inner)}`)),
      1,
      "eth/ip/gre/erspan/eth/ip/udp/ntp",
    ],
    [
      "GRE that carries PPP",
      inEthernet(ip(47, `0000880b ff030021 ${inner}`)),
      1,
      "eth/ip/gre/ppp/ip/udp/ntp",
    ],
    ["PPP with a compressed protocol", `21 ${inner}`, 9, "ppp/ip/udp/ntp"],
    ["PPP link control", "ff03 c021 01010004", 9, "ppp/lcp"],
    [
      "PPPoE",
      inEthernet(`1100 0001 ${word(bytesOf(inner) + 2)} 0021 ${inner}`, "8864"),
      1,
      "eth/pppoes/ppp/ip/udp/ntp",
    ],
    ["PPPoE discovery", inEthernet("110900000004 01010000", "8863"), 1, "eth/pppoed"],
    ["Cisco HDLC", `0f00 0800 ${inner}`, 104, "chdlc/ip/udp/ntp"],
    [
      "two MPLS labels",
      inEthernet(`00010040 00011140 ${inner}`, "8847"),
      1,
      "eth/mpls/mpls/ip/udp/ntp",
    ],
    [
      "VXLAN",
      inEthernet(udp(4789, `0800000000000100 ${inEthernet(inner)}`)),
      1,
      "eth/ip/udp/vxlan/eth/ip/udp/ntp",
    ],
    [
      "Geneve with an option",
      inEthernet(udp(6081, `01006558 00000100 01020300 ${inEthernet(inner)}`)),
      1,
      "eth/ip/udp/geneve/eth/ip/udp/ntp",
    ],
    [
      "GTP-U",
      inEthernet(udp(2152, `30ff ${word(bytesOf(inner))} 00000001 ${inner}`)),
      1,
      "eth/ip/udp/gtp/ip/udp/ntp",
    ],
    [
      "GTP-U with an extension",
      inEthernet(udp(2152, `34ff ${word(bytesOf(inner) + 8)} 00000001 00000085 01000100 ${inner}`)),
      1,
      "eth/ip/udp/gtp/ip/udp/ntp",
    ],
  ])("%s", async (_, packet, linkType, expected) => {
    expect(await deepest(packet, linkType)).toBe(expected);
  });
});

describe("802.11", () => {
  const addresses = "ffffffffffff 020000000001 020000000001 0000";
  test.each([
    [
      "a beacon behind radiotap",
      `0000 0800 00000000 8000 0000 ${addresses} ${"00".repeat(12)}`,
      127,
      "radiotap/wlan_radio/wlan/wlan.mgt",
    ],
    [
      "an acknowledgement",
      "0000 0800 00000000 d400 0000 ffffffffffff 00000000",
      127,
      "radiotap/wlan_radio/wlan",
    ],
    [
      "data in the clear",
      `0800 0000 ${addresses} aaaa03000000 0800 ${inner}`,
      105,
      "wlan/llc/ip/udp/ntp",
    ],
    ["data that is encrypted", `0840 0000 ${addresses} 0011223344556677`, 105, "wlan/data"],
    ["nothing but a sign of life", `4800 0000 ${addresses}`, 105, "wlan"],
    [
      "a check sequence that is no data",
      `0000 0900 02000000 10 4800 0000 ${addresses} 01020304`,
      127,
      "radiotap/wlan_radio/wlan",
    ],
  ])("%s", async (_, packet, linkType, expected) => {
    expect(await deepest(packet, linkType)).toBe(expected);
  });
});

describe("control protocols below IP", () => {
  const to = "020000000002 020000000001";
  test.each([
    ["IS-IS hello", `${to} 000b fefe03 83 1b 01 00 0f 01 00 00`, "llc/isis/isis.hello"],
    ["Cisco discovery", `${to} 000a aaaa03 00000c 2000 0000`, "llc/cdp"],
    ["another of OSI's", `${to} 0008 fefe03 84 00 00 00 00`, "llc/data"],
  ])("%s", async (_, packet, expected) => {
    expect(await deepest(packet)).toBe(`eth/${expected}`);
  });
});

describe("datagrams", () => {
  const stun = "0001 0000 2112a442 000102030405060708090a0b";
  const longHeader = "c0 00000001 08 0001020304050607 00 00 4010";
  test.each([
    ["STUN on a port of its own choice", udp(40_000, stun), "stun"],
    ["data in a channel of TURN", udp(3478, "4000 0003 01020300"), "stun/data"],
    ["DTLS on STUN's port", udp(3478, "16 fefd 0000 000000000000 0001 00"), "dtls"],
    ["DTLS on any port", udp(40_000, "16 fefd 0000 000000000000 0001 00"), "dtls"],
    ["a QUIC packet", udp(443, `${longHeader} ${"00".repeat(16)}`), "quic"],
    [
      "two QUIC packets in one datagram",
      udp(
        443,
        `${longHeader} ${"00".repeat(16)} e0 00000001 08 0001020304050607 00 10 ${"00".repeat(16)}`,
      ),
      "quic/quic",
    ],
    [
      "a SIP request with a session description",
      udp(5060, ascii("INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n")),
      "sip",
    ],
    ["SIP on any port", udp(40_000, ascii("SIP/2.0 200 OK\r\n\r\n")), "sip"],
    [
      "a key exchange through a router",
      udp(4500, `00000000 ${"00".repeat(16)} 0110020000000000 0000001c`),
      "udpencap/isakmp",
    ],
    ["ESP through a router", udp(4500, "00000001 00000001 0000"), "udpencap/esp"],
    ["a sign of life through a router", udp(4500, "ff"), "udpencap"],
    ["bytes that are nobody's", udp(40_000, "0102030405"), "data"],
  ])("%s", async (_, packet, expected) => {
    expect(await deepest(inEthernet(packet))).toBe(`eth/ip/udp/${expected}`);
  });
});

describe("streams", () => {
  test.each([
    ["two MQTT messages", tcp(1883, "c000 c000"), "mqtt/mqtt"],
    ["a MySQL message", tcp(3306, "01000003 0e"), "mysql"],
    ["two PostgreSQL messages", tcp(5432, "5a00000005 49 5a00000005 49"), "pgsql/pgsql"],
    ["a BGP keepalive", tcp(179, `${"ff".repeat(16)} 0013 04`), "bgp"],
    ["Modbus", tcp(502, "0001 0000 0006 01 03 0000 0001"), "mbtcp/modbus"],
    ["DNP3", tcp(20_000, "0564 05 c9 0100 0200 0000"), "dnp3"],
    ["a line of FTP", tcp(21, ascii("QUIT\r\n")), "ftp/ftp.current-working-directory"],
    ["PostgreSQL's answer to a request for TLS", tcp(5432, "53"), ""],
    ["PostgreSQL that goes over to TLS", tcp(5432, "16 0301 0001 00"), "tls"],
    ["text on a port of HTTP that HTTP is not", tcp(80, ascii("hello\r\n")), ""],
    ["an LDAP unbind", tcp(389, "30 05 02 01 03 42 00"), "ldap"],
    ["SMB2 messages in a chain", tcp(445, `00 000080 ${smb2(64)} ${smb2(0)}`), "nbss/smb2/smb2"],
    ["the first SMB", tcp(445, `00 000004 ff534d42`), "nbss/smb"],
    ["an SMTP greeting", tcp(25, ascii("EHLO a\r\n")), "smtp"],
    ["TLS on a port that says otherwise", tcp(179, "16 0301 0001 00"), "tls"],
  ])("%s", async (_, packet, expected) => {
    expect(await deepest(inEthernet(packet))).toBe(`eth/ip/tcp/${expected}`.replace(/\/$/, ""));
  });

  test("a mail shows where it ends", async () => {
    const lines = ["DATA\r\n", "Subject: x\r\n", "\r\nhello\r\n", ".\r\n"];
    let sequence = 1;
    const packets = lines.map((line) => {
      const number = sequence.toString(16).padStart(8, "0");
      sequence += line.length;
      return hex(
        inEthernet(ip(6, `c000 0019 ${number} 00000001 5018 2000 0000 0000 ${ascii(line)}`)),
      );
    });
    const { protocolHierarchy } = await inspect(chunksOf(pcap(packets)));
    const [smtp] = protocolHierarchy[0]?.children[0]?.children[0]?.children ?? [];
    expect(smtp).toMatchObject({ protocol: "smtp", frames: 4 });
    expect(smtp?.children).toMatchObject([{ protocol: "imf", frames: 1 }]);
  });
});

/** A header of MS-SMB2 2.2.1 that says where the next one begins. */
function smb2(next: number): string {
  const offset = Buffer.alloc(4);
  offset.writeUInt32LE(next);
  return `fe534d42 4000 ${"00".repeat(14)} ${offset.toString("hex")} ${"00".repeat(40)}`;
}
