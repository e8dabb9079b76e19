// Calls, their signalling and their media, in bytes written by hand, and where tshark 4.0 shows them.
import { describe, expect, test } from "vitest";
import {
  ascii,
  bytesOf,
  inEthernet,
  innerDatagram as inner,
  ip,
  pathOf,
  pathOfAll,
  tcp,
  udp,
  word,
} from "./packets.ts";

const zeros = (count: number): string => "00".repeat(count);

function invite(media: string): string {
  const body = `v=0\r\nc=IN IP4 192.0.2.2\r\n${media}\r\n`;
  return ascii(
    `INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const rtp = (type: number): string =>
  `80 ${type.toString(16).padStart(2, "0")} 0001 00000001 00000001 01020304`;

describe("media that a description announced", () => {
  const audio = "m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000";
  test.each([
    ["sound", audio, 30_000, rtp(0), "rtp"],
    ["a key pressed", audio, 30_000, rtp(101), "rtp/rtpevent"],
    ["a report beside it", audio, 30_001, `81c9 0001 00000001 81ca 0001 00000001`, "rtcp/rtcp"],
    ["a report on its port", audio, 30_000, `81c9 0001 00000001`, "rtcp"],
    [
      "a video's report on a port of its own",
      "m=video 30000 RTP/AVP 31\r\na=rtcp:30009",
      30_009,
      "80c9 0001 00000001",
      "rtcp",
    ],
    ["a fax", "m=image 30000 udptl t38", 30_000, "0000 0100", "t38"],
    ["what is no media", audio, 30_000, "0102 0304", "data"],
    ["another port", audio, 31_000, rtp(0), "data"],
  ])("%s", async (_, media, port, payload, expected) => {
    const packets = [inEthernet(udp(5060, invite(media))), inEthernet(udp(port, payload, 40_000))];
    expect(await lastOf(packets)).toBe(`eth/ip/udp/${expected}`);
  });
});

test("a call is set up over a stream too", async () => {
  expect(await pathOf(inEthernet(tcp(5060, invite("m=audio 1 RTP/AVP 0"))))).toBe("eth/ip/tcp/sip");
});

describe("media that is told what to do", () => {
  const setup =
    "RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;client_port=30000-30001;server_port=40000-40001\r\n\r\n";
  test.each([
    ["a request", ascii("DESCRIBE rtsp://a/b RTSP/1.0\r\nCSeq: 1\r\n\r\n"), "rtsp"],
    ["media between the messages", `24 00 0004 80000001 24 01 0004 80c90001`, "rtsp/rtsp"],
    ["what is none of it", ascii("hello\r\n"), "data"],
  ])("%s", async (_, payload, expected) => {
    expect(await pathOf(inEthernet(tcp(554, payload)))).toBe(`eth/ip/tcp/${expected}`);
  });

  test("its ports are known after the server's answer", async () => {
    const media = inEthernet(udp(30_000, rtp(0), 41_000));
    expect(await lastOf([inEthernet(tcp(554, ascii(setup))), media])).toBe("eth/ip/udp/rtp");
  });
});

describe("calls of other kinds", () => {
  test.each([
    ["H.323", 1720, "0300 0011 08 01 00 05 28 01 41 7e 0003 05 0102", "tpkt/q931/h225"],
    ["Q.931 without a user's element", 1720, "0300 0008 08 01 00 05", "tpkt/q931"],
    [
      "two messages of a phone",
      2000,
      "04000000 00000000 00000000 04000000 00000000 00000000",
      "skinny/skinny",
    ],
  ])("%s", async (_, port, payload, expected) => {
    expect(await pathOf(inEthernet(tcp(port, payload)))).toBe(`eth/ip/tcp/${expected}`);
  });

  test("a session that is announced to all tells its media", async () => {
    const session = ascii("v=0\r\nc=IN IP4 192.0.2.2\r\nm=audio 30000 RTP/AVP 0\r\n");
    const announced = inEthernet(udp(9875, `2000 0001 c0000201 ${session}`));
    expect(await pathOf(announced)).toBe("eth/ip/udp/sap/sdp");
    const media = inEthernet(udp(30_000, rtp(0), 40_000));
    expect(await lastOf([announced, media])).toBe("eth/ip/udp/rtp");
  });
});

test("a relay's channel is known after its first request, on any port", async () => {
  const request = inEthernet(udp(80, `0003 0000 2112a442 ${zeros(12)}`, 40_000));
  const channel = inEthernet(udp(80, "4000 0004 01020304", 40_000));
  expect(await lastOf([request, channel])).toBe("eth/ip/udp/stun/data");
});

describe("signalling over SCTP", () => {
  const chunk = (payload: string, identifier: number): string =>
    `0003 ${word(16 + bytesOf(payload))} 00000001 00000001 0000${word(identifier)} ${payload}`;
  const sctp = (...chunks: string[]): string =>
    inEthernet(ip(132, `0b59 0b59 00000001 00000000 ${chunks.join("")}`));
  const transaction = "09 00 03 07 0b 04 43640092 04 43140092 02 6200";
  const label = "83 14006400";
  test.each([
    ["two messages", sctp(chunk("00000001", 46), chunk("00000001", 46)), "diameter/sctp/diameter"],
    [
      "a link's message",
      sctp(
        chunk(
          `01000601 00000020 0300 ${word(4 + bytesOf(label + transaction))} ${label} ${transaction}`,
          2,
        ),
      ),
      "m2ua/mtp3/sccp/tcap/camel",
    ],
    [
      "a point's message",
      sctp(
        chunk(
          `01000101 00000020 0210 ${word(16 + bytesOf(transaction))} 00000001 00000002 03 02 00 00 ${transaction}`,
          3,
        ),
      ),
      "m3ua/sccp/tcap/camel",
    ],
    [
      "a peer's message",
      sctp(chunk(`01000b01 00000010 00000000 00000000 00 ${label} ${transaction}`, 5)),
      "m2pa/mtp3/sccp/tcap/camel",
    ],
    ["no message", sctp(chunk(`01000b02 00000010 00000000 00000000`, 5)), "m2pa"],
  ])("%s", async (_, packet, expected) => {
    expect(await pathOf(packet)).toBe(`eth/ip/sctp/${expected}`);
  });
});

describe("mobile networks", () => {
  test.each([
    [
      "a packet of version 0",
      3386,
      `1eff ${word(bytesOf(inner))} ${zeros(16)} ${inner}`,
      "gtp/ip/udp/ntp",
    ],
    ["charging", 3386, `2ef0 0002 0001 0102`, "gtpprime"],
    [
      "a message with another on its back",
      2123,
      `5001 0004 00000001 4002 0004 00000002`,
      "gtpv2/gtpv2",
    ],
    ["a version that is none", 2152, `80ff 0000`, "data"],
    [
      "a packet over PPP",
      2152,
      `30ff ${word(bytesOf(inner) + 4)} 00000001 ff030021 ${inner}`,
      "gtp/ppp/ip/udp/ntp",
    ],
  ])("%s", async (_, port, payload, expected) => {
    expect(await pathOf(inEthernet(udp(port, payload)))).toBe(`eth/ip/udp/${expected}`);
  });
});

/** The path of the last packet: what the others show is taken away. */
async function lastOf(packets: readonly string[]): Promise<string> {
  return pathOfAll(packets, 1, packets.length - 1);
}
