// One packet of each link layer, in bytes written by hand, and where tshark 4.0 shows it.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Analyses } from "../../src/inspection/analysis/analyses.ts";
import { dissectFrame } from "../../src/inspection/dissect/protocols.ts";
import { Frame } from "../../src/inspection/dissect/frame.ts";
import { newReaderState } from "../../src/inspection/file/record.ts";
import {
  byte,
  bytesOf,
  inEthernet,
  inEthernetLength,
  innerDatagram as inner,
  ip,
  ipv6,
  pathOf,
  udp,
  word,
} from "./packets.ts";
import { smbTransaction } from "./smb-bytes.ts";

const arp = "0001 0800 0604 0001 020000000001 c0000201 000000000000 c0000202";
const llcIp = `aaaa03 000000 0800 ${inner}`;

describe("link layers", () => {
  test.each([
    ["ARCNET with a packet in one part", 7, `be 00 d4 00 0001 ${inner}`, "arcnet/ip/udp/ntp"],
    ["ARCNET as Linux records it", 129, `be00 0000 d5 01 0001 ${arp}`, "arcnet/arp"],
    ["RFC 1051 over ARCNET", 7, `be 00 f0 ${inner}`, "arcnet/ip/udp/ntp"],
    ["token ring", 6, `1040 ${"02".repeat(12)} ${llcIp}`, "tr/llc/ip/udp/ntp"],
    [
      "token ring with a route",
      6,
      `1040 ${"02".repeat(6)} 82 ${"02".repeat(5)} 0630 0011 0012 ${llcIp}`,
      "tr/llc/ip/udp/ntp",
    ],
    ["FDDI", 10, `50 ${"02".repeat(12)} ${llcIp}`, "fddi/llc/ip/udp/ntp"],
    ["frame relay", 107, `1841 03 cc ${inner}`, "fr/ip/udp/ntp"],
    ["frame relay with a padded SNAP", 107, `1841 03 00 80 000000 0806 ${arp}`, "fr/arp"],
    ["frame relay as Cisco does", 107, `1841 0800 ${inner}`, "fr/ip/udp/ntp"],
    ["LocalTalk", 114, "01 02 01 0008 02 02 03 0102 03", "llap/ddp/atp"],
    ["the firewall log of OpenBSD", 117, `3d 02 ${"00".repeat(62)} ${inner}`, "pflog/ip/udp/ntp"],
    ["IPsec on OpenBSD", 109, `02000000 ${"00".repeat(8)} ${inner}`, "enc/ip/udp/ntp"],
    ["netfilter", 239, `02 00 0000 0500 0a00 00 000000 2800 0900 ${inner}`, "nflog/ip/udp/ntp"],
    [
      "per-packet information",
      192,
      `00 00 0800 01000000 ${inEthernet(inner)}`,
      "ppi/eth/ip/udp/ntp",
    ],
    [
      "Apple's packet tap",
      258,
      `6c000000 01000000 01000000 ${"00".repeat(96)} ${inEthernet(inner)}`,
      "pktap/eth/ip/udp/ntp",
    ],
    ["IP over InfiniBand", 242, `${"00".repeat(40)} 0800 0000 ${inner}`, "ipoib/ip/udp/ntp"],
    ["BACnet on a serial line", 165, "55ff 05 01 02 0003 00 0100 10 0000", "mstp/bacnet/bacapp"],
    ["a token on a serial line", 165, "55ff 00 01 02 0000 00", "mstp"],
    ["a call set up in SS7", 140, "8080 0c 85 01020304 0100 01", "mtp2/mtp3/isup"],
    [
      "a transaction in SS7",
      141,
      "83 01020304 09 00 03 04 05 0142 0142 03 620100",
      "mtp3/sccp/tcap",
    ],
    ["a link of SS7 that is idle", 140, "8080 00", "mtp2"],
    [
      "IEEE 802.15.4 with a packet in it",
      230,
      `4188 01 cdab 0100 0200 41 ${ipv6(59, "")}`,
      "wpan/6lowpan/ipv6",
    ],
    ["IEEE 802.15.4's acknowledgement", 195, "0200 01 0000", "wpan"],
    [
      "Juniper's Ethernet",
      178,
      `4d4743 80 0003 010203 ${inEthernet(inner)}`,
      "text/eth/ip/udp/ntp",
    ],
    ["Juniper's packet without a link", 178, `4d4743 02 00000002 ${inner}`, "text/ip/udp/ntp"],
    ["a link of which only the name is told", 271, "0102", "vsock"],
    ["PPP with a direction", 204, `01 ff03 0021 ${inner}`, "ppp/ip/udp/ntp"],
    [
      "IEEE 802.15.4 whose check fails",
      195,
      `4188 01 cdab 0100 0200 41 ${ipv6(59, "")} 0000`,
      "wpan/data",
    ],
    ["a header that is cut", 1, "0200", "_ws.malformed"],
    ["a fragment of multilink PPP", 9, "ff03 003d 80000001 0102", "ppp/mp/data"],
    ["an identity over PPP", 9, "ff03 c227 01010005 01", "ppp/eap"],
    ["spanning tree over Cisco HDLC", 104, "0f00 4242 0000", "chdlc/stp"],
    ["a link type for private use", 150, "0102", "user_dlt/data"],
  ])("%s", async (_, linkType, packet, expected) => {
    expect(await pathOf(packet, linkType)).toBe(expected);
  });
});

describe("between Ethernet and the network", () => {
  test.each([
    ["an address asked for in reverse", inEthernet(arp, 0x8035), "arp"],
    ["PROFINET's discovery", inEthernet("fefe 0500", 0x8892), "pn_rt/pn_dcp"],
    ["PROFINET's cycle", inEthernet("8000 0500", 0x8892), "pn_rt/pn_io"],
    ["EtherCAT", inEthernet("0010 0102", 0x88a4), "ecatf/ecat"],
    ["power line", inEthernet("0102", 0x88e1), "homeplug-av"],
    ["a continuity check", inEthernet("0001 0000 00", 0x8902), "cfm/cfm.all.tlvs"],
    ["a loopback test of no kind", inEthernet("0000 0000 0102", 0x9000), "loop/data"],
    ["a packet of another version", inEthernet(inner, 0x86dd), "data"],
    ["a slow protocol", inEthernet("01 01", 0x8809), "slow/lacp"],
    ["a configuration test", inEthernet("0000 0100 0000 0102", 0x9000), "loop/data"],
    [
      "a tag of a bridge's port",
      inEthernet(`100000d80000 0800 ${inner}`, 0x893f),
      "etag/ip/udp/ntp",
    ],
    [
      "a backbone's service",
      inEthernet(`001ebb30 ${"02".repeat(12)} 0800 ${inner}`, 0x88e7),
      "ieee8021ah/ip/udp/ntp",
    ],
    [
      "MACsec that only signs",
      inEthernet(`2000 00000001 0200000000010001 0800 ${inner} ${"00".repeat(16)}`, 0x88e5),
      "macsec/ip/udp/ntp",
    ],
    [
      "MACsec that encrypts",
      inEthernet(`2c00 00000001 0200000000010001 0102 ${"00".repeat(16)}`, 0x88e5),
      "macsec/data",
    ],
    ["an identity asked for", inEthernet("0100 0005 01010005 01", 0x888e), "eapol/eap"],
    ["a key", inEthernet("0103 0001 02", 0x888e), "eapol"],
    [
      "Novell's services",
      inEthernet(
        `ffff 0022 00 04 00000000 ffffffffffff 0452 00000001 020000000001 4005 00020004`,
        0x8137,
      ),
      "ipx/ipxsap",
    ],
    [
      "Novell's older framing",
      inEthernetLength(
        `ffff 0020 00 01 00000000 ffffffffffff 0453 00000001 020000000001 0453 0001`,
      ),
      "ipx/ipxrip",
    ],
    [
      "a mailslot over IPX",
      inEthernetLength(
        `e0e003 ffff 00ba 00 14 00000000 ffffffffffff 0455 00000001 020000000001 0455 ${"00".repeat(34)} ${smbTransaction("\\MAILSLOT\\BROWSE", { setup: "0100 0100 0200", data: "0100" })}`,
      ),
      "llc/ipx/nbipx/smb/mailslot/browser",
    ],
    [
      "AppleTalk's names",
      inEthernetLength(`aaaa03 080007 809b 000e 0000 0001 0002 01 02 02 02 02 00`),
      "llc/ddp/nbp",
    ],
    ["BACnet", inEthernetLength("828203 0120 ffff 00 ff 1008"), "llc/bacnet/bacapp"],
    [
      "the extension of Hewlett-Packard",
      inEthernetLength("f8f803 000000 0623 0623 01"),
      "llc/hpext/hpsw",
    ],
    [
      "a frame that was bridged",
      inEthernetLength(`aaaa03 0080c2 0007 ${inEthernet(inner)}`),
      "llc/eth/ip/udp/ntp",
    ],
    [
      "a connectionless network",
      inEthernetLength("fefe03 81 09 01 00 00 00 00 00 00 0102"),
      "llc/clnp/data",
    ],
    ["an exchange of identities", inEthernetLength("0401af 81 01 00"), "llc"],
  ])("%s", async (_, packet, expected) => {
    expect(await pathOf(packet)).toBe(`eth/${expected}`);
  });

  test("FabricPath comes before Ethernet", async () => {
    const outer = "020000000102 020000000101 8903 0540";
    expect(await pathOf(`${outer} ${inEthernet(inner)}`)).toBe("cfp/eth/ip/udp/ntp");
  });

  test("an inter-switch link comes before Ethernet", async () => {
    const outer = `01000c0000 00 020000000001 0040 aaaa03 00000c 0002 0001 0000`;
    expect(await pathOf(`${outer} ${inEthernet(inner)}`)).toBe("isl/eth/ip/udp/ntp");
  });
});

describe("above IP", () => {
  const sctp = (payload: string, identifier: number): string =>
    `0b59 0b59 00000001 00000000 0003 ${word(16 + bytesOf(payload))} 00000001 00000001 0000${word(identifier)} ${payload}`;
  test.each([
    [
      "an authentication header",
      ip(51, `11 04 0000 00000001 00000001 ${"00".repeat(12)} c000 007b 000c 0000 1b000000`),
      "ah/udp/ntp",
    ],
    ["IP compression", ip(108, "06 00 0001 0102"), "ipcomp/data"],
    ["Ethernet in IP", ip(97, `3000 ${inEthernet(inner)}`), "etherip/eth/ip/udp/ntp"],
    ["MPLS in IP", ip(137, `00011140 ${inner}`), "mpls/ip/udp/ntp"],
    ["a registered multicast", ip(103, `2100 0000 00000000 ${inner}`), "pim/ip/udp/ntp"],
    ["distance vector multicast", ip(2, "1301 0000 00000000"), "dvmrp"],
    ["a group's report", ip(2, "1600 0000 e0000101"), "igmp"],
    ["a data chunk that names its payload", ip(132, sctp("0100030100000008", 3)), "sctp/m3ua"],
    ["a data chunk that does not", ip(132, sctp("0100030100000008", 0)), "sctp/m3ua"],
    ["UDP-Lite", ip(136, "c000 007b 0008 0000 1b000000"), "udplite/ntp"],
    ["DCCP's data", ip(33, "1389 c000 04 00 0000 05 000000 00000001 01020304"), "dccp/data"],
    [
      "L2TP that carries PPP",
      udp(1701, `0002 0001 0001 ff030021 ${inner}`),
      "udp/l2tp/ppp/ip/udp/ntp",
    ],
    ["L2TP's control", udp(1701, "c802 000c 0000 0000 0000 0000"), "udp/l2tp"],
    ["a header of TCP of which nothing came", ip(6, "00"), "_ws.malformed"],
    ["nothing above", ip(17, ""), ""],
  ])("%s", async (_, packet, expected) => {
    expect(await pathOf(inEthernet(packet))).toBe(`eth/ip/${expected}`.replace(/\/$/, ""));
  });

  test.each([
    ["a router's advertisement", "8600 0000 40000708 00000000 00000000", ""],
    ["one that is cut", "8600 0000 40000708", "/_ws.malformed"],
    [
      "a listener's report",
      `8f00 0000 0000 0001 0100 0001 ${"ff02".repeat(8)} ${"fe80".repeat(8)}`,
      "",
    ],
    [
      "a report of more sources than there are",
      `8f00 0000 0000 0001 0100 0002 ${"ff02".repeat(8)} ${"fe80".repeat(8)}`,
      "/_ws.malformed",
    ],
    [
      "a redirect that quotes a datagram",
      `8900 0000 00000000 ${"00".repeat(32)} 0408 0000 00000000 ${ipv6(17, "c000 9c40 000c 0000 01020304")} 00000000`,
      "/data",
    ],
  ])("ICMPv6: %s", async (_, message, below) => {
    expect(await pathOf(inEthernet(ipv6(58, message), 0x86dd))).toBe(`eth/ipv6/icmpv6${below}`);
  });

  test("extension headers of every kind", async () => {
    const headers = `3c00 0104 00000000 2b00 0104 00000000 3300 0000 00000000 3204 0000 ${"00".repeat(20)} 0001`;
    expect(await pathOf(inEthernet(ipv6(0, headers), 0x86dd))).toBe("eth/ipv6/esp");
  });

  test("a length of 0 is nothing, unless an option tells of a jumbogram", async () => {
    const header = `60000000 0000 ${byte(17)} 40 ${"00".repeat(32)}`;
    expect(await pathOf(inEthernet(`${header} c000 007b 000c 0000 1b000000`, 0x86dd))).toBe(
      "eth/ipv6/_ws.malformed",
    );
    const jumbo = `60000000 0000 00 40 ${"00".repeat(32)} 1100 c204 00000014 c000 007b 000c 0000 1b000000`;
    expect(await pathOf(inEthernet(jumbo, 0x86dd))).toBe("eth/ipv6/udp/ntp");
  });
});

test("no bytes of any link type make a dissector throw", () => {
  const frame = new Frame(new Analyses());
  const { packet } = newReaderState();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.uint8Array({ maxLength: 200 }),
      (linkType, bytes) => {
        Object.assign(packet, {
          bytes,
          capturedLength: bytes.length,
          originalLength: bytes.length + 10,
        });
        frame.start(packet, 1);
        dissectFrame(frame, 0, linkType);
      },
    ),
    { numRuns: 3_000 },
  );
});
