// Datagrams that are told by their port, by what they begin with, or by what was said of them before.
import { describe, expect, test } from "vitest";
import {
  ascii,
  bytesOf,
  inEthernet,
  innerDatagram as inner,
  pathOf,
  pathOfAll,
  tcp,
  udp,
  word,
} from "./packets.ts";

const zeros = (count: number): string => "00".repeat(count);

describe("datagrams by port, if they look right", () => {
  test.each([
    ["flows", 2055, `0005 ${zeros(22)}`, "cflow"],
    ["a version that flows have not", 2055, `0004 ${zeros(22)}`, "data"],
    ["samples", 6343, `00000005 ${zeros(20)}`, "sflow"],
    ["SNMP", 161, "30 03 02 01 00", "snmp"],
    ["SNMP with a long length", 161, "30 82 0003 02 01 00", "snmp"],
    ["a length beyond what was sent", 161, "30 7f 02 01 00", "data"],
    ["a command to a gateway", 2427, ascii("AUEP 1 a@b MGCP 1.0\r\n"), "mgcp"],
    ["a gateway's answer", 2427, ascii("200 1 OK\r\n"), "mgcp"],
    ["other text to a gateway", 2427, ascii("hello\r\n"), "data"],
    ["a key exchange", 500, `${zeros(16)} 0110020000000000 0000001c`, "isakmp"],
    [
      "a key exchange in the clear",
      500,
      `${zeros(16)} 0f100200 00000000 0000002c 00000010 00000000 00000000 00000000`,
      "isakmp",
    ],
    [
      "a key exchange that does not parse",
      500,
      `${zeros(16)} 0f100200 00000000 0000002c 00000010 00000000 00000000 ff000000`,
      "isakmp/_ws.malformed",
    ],
    [
      "a key exchange longer than it is",
      500,
      `${zeros(16)} 0110020000000000 000000ff`,
      "isakmp/_ws.malformed",
    ],
    ["a key exchange without a length", 500, zeros(28), "data"],
    ["AFS", 7001, `${zeros(20)} 02 ${zeros(7)}`, "rx"],
    ["management of a board", 623, `0600ff06 ${zeros(8)}`, "rmcp/asf"],
    ["BACnet", 47_808, "810a 0009 0120 ffff00ff1008", "bvlc/bacnet/bacapp"],
    ["BACnet that is none", 47_808, "820a 0009 0120 ffff00ff1008", "data"],
    ["LISP's packets", 4341, `${zeros(8)} ${inner}`, "lisp-data/ip/udp/ntp"],
    ["LISP's control in a packet", 4342, `80000000 ${inner}`, "lisp/ip/udp/ntp"],
    ["Teredo with an origin", 3544, `0000 0102 03040506 ${inner}`, "teredo/ip/udp/ntp"],
    ["GRE", 4754, `00000800 ${inner}`, "gre/ip/udp/ntp"],
    ["MPLS", 6635, `00011140 ${inner}`, "mpls/ip/udp/ntp"],
    ["VXLAN that says what it carries", 4790, `0c000001 00000100 ${inner}`, "vxlan/ip/udp/ntp"],
    [
      "a stations' frame, its control swapped",
      5247,
      `00 200320 00000000 ${zeros(8)} 0108 0000 ${"02".repeat(18)} 0000 aaaa03 000000 0800 ${inner}`,
      "capwap.data/wlan/llc/ip/udp/ntp",
    ],
    [
      "a stations' frame of Ethernet",
      5247,
      `00 100200 00000000 ${"02".repeat(12)} 0800 ${inner}`,
      "capwap.data/eth/ip/udp/ntp",
    ],
    ["a controller's secret", 5246, "01000000 16fefd", "capwap/dtls"],
    ["a private network's reset", 1194, `38 ${zeros(8)} 00 00000000`, "openvpn"],
    ["a private network's handshake", 1194, `20 ${zeros(8)} 00 00000001 160301`, "openvpn/tls"],
    [
      "a private network's handshake that is signed",
      1194,
      `20 ${zeros(8)} ff ${zeros(27)} 01 00000000 ${zeros(8)} 00000001 160301`,
      "openvpn/tls",
    ],
    [
      "a private network's acknowledgement of too much",
      1194,
      `28 ${zeros(8)} 08 00000001`,
      "openvpn/_ws.malformed",
    ],
    ["a cell phone's packet", 2157, "00000001 0102", "gprs-ns/bssgp"],
    ["a full frame of a call", 4569, "8001 0000 00000000 0000 06 01", "iax2"],
    ["a call's sound", 4569, "0001 0000 0102", "iax2/data"],
    ["a gateway's text", 2944, ascii("!/1 [192.0.2.1] T=1{}"), "megaco"],
    [
      "a packet sniffed elsewhere",
      37_008,
      `0100 0001 00 0a01ff 01 ${inEthernet(inner)}`,
      "tzsp/eth/ip/udp/ntp",
    ],
    ["precision time", 319, `0002 ${zeros(42)}`, "ptp"],
    ["memcached", 11_211, zeros(8), "memcache"],
    ["STUN on its port", 3478, `0001 0000 2112a442 ${zeros(12)}`, "stun"],
    ["a channel of TURN", 3478, "4000 0004 01020304", "stun/data"],
    ["the older STUN", 3478, `0001 0000 ${zeros(16)}`, "classicstun"],
  ])("%s", async (_, port, payload, expected) => {
    expect(await pathOf(inEthernet(udp(port, payload)))).toBe(`eth/ip/udp/${expected}`);
  });
});

describe("datagrams of any port", () => {
  test.each([
    ["the first of WireGuard", `01000000 ${zeros(144)}`, "wg"],
    ["the first of WireGuard, too short", `01000000 ${zeros(143)}`, "data"],
    ["WireGuard's data", `04000000 ${zeros(44)}`, "wg"],
    ["a report on media", `80c8 0006 ${zeros(24)}`, "rtcp"],
    ["a report that is not whole words", `80c8 0006 ${zeros(23)}`, "data"],
    ["two packets of a transport stream", `47${zeros(187)} 47${zeros(187)}`, "mp2t/mp2t"],
    ["a call to wake up", `${"ff".repeat(6)} ${"020000000001".repeat(16)}`, "wol"],
    ["data distribution", `${ascii("RTPS")} 0201 0101 ${zeros(12)}`, "rtps"],
    ["stage lights", `${ascii("Art-Net")}00 0020`, "artnet"],
    ["a request for a file", `0001 ${ascii("file")}00 ${ascii("octet")}00`, "tftp"],
  ])("%s", async (_, payload, expected) => {
    expect(await pathOf(inEthernet(udp(40_000, payload)))).toBe(`eth/ip/udp/${expected}`);
  });
});

describe("streams of networks", () => {
  test.each([
    [
      "two packets of a private network",
      1194,
      `000e 38 ${zeros(8)} 00 00000000 0001 30`,
      "openvpn/openvpn",
    ],
    [
      "two messages of accounting",
      3868,
      `01000014 ${zeros(16)} 01000014 ${zeros(16)}`,
      "diameter/diameter",
    ],
  ])("%s", async (_, port, payload, expected) => {
    expect(await pathOf(inEthernet(tcp(port, payload)))).toBe(`eth/ip/tcp/${expected}`);
  });
});

test("a file's data comes to the port that asked for it", async () => {
  const request = inEthernet(udp(69, `0001 ${ascii("file")}00 ${ascii("octet")}00`, 50_000));
  const answer = "0003 0001 01020304";
  const header = `4500 ${word(28 + bytesOf(answer))} 00000000 4011 0000 c0000202 c0000201`;
  const data = `${header} c350 c350 ${word(8 + bytesOf(answer))} 0000 ${answer}`;
  expect(await pathOfAll([request, inEthernet(data)])).toBe("eth/ip/udp/tftp/data");
});
