// Streams of messages with a length, where tshark 4.0 shows them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "./captures.ts";
import { segmentPaths, type Side } from "./conversations.ts";

const text = (bytes: string): string => Buffer.from(hex(bytes)).toString("latin1");

test.each<[string, number, string[], string[]]>([
  ["IEC 104, a control message", 2404, ["68 04 07000000"], ["iec60870_104"]],
  [
    "IEC 104, data behind a stray byte",
    2404,
    ["00", "68 0e 00000000 64010600 0100000000 14"],
    ["", "tcp.segments/iec60870_104/iec60870_asdu"],
  ],
  [
    "IEC 104, data behind stray bytes",
    2404,
    ["68 04 07000000 4142", "43 68 04 07000000"],
    ["iec60870_104", "tcp.segments/iec60870_104"],
  ],
  [
    "IEC 104, data that are too short",
    2404,
    ["68 06 00000000 0102"],
    ["iec60870_104/iec60870_asdu/_ws.malformed"],
  ],
  ["OpenFlow", 6653, ["01 00 0008 00000001 04 00 0008 00000001"], ["openflow_v1/openflow_v4"]],
  ["AMQP 0-9-1", 5672, ["414d5150 00000901", "01 0000 00000004 000a000a ce"], ["amqp", "amqp"]],
  ["AMQP 1.0", 5672, ["414d5150 00010000", "00000008 02000000"], ["amqp", "amqp"]],
  ["CQL", 9042, ["04 00 0000 05 00000000", "05 00 0000 05 00000000"], ["cql", "data"]],
  ["Git", 9418, ["30303036 3132 30303030"], ["git/git"]],
  ["SMPP on any port", 9_998, ["00000010 00000015 00000000 00000001"], ["smpp"]],
  [
    "Bitcoin on any port",
    9_998,
    ["f9beb4d9 76657261636b000000000000 00000000 5df6e0e2"],
    ["bitcoin"],
  ],
  [
    "BitTorrent on any port",
    9_998,
    [`13 426974546f7272656e742070726f746f636f6c ${"00".repeat(48)}`, "00000000 00000001 01"],
    ["bittorrent", "bittorrent/bittorrent"],
  ],
  ["Redis", 6379, ["2a310d0a 24340d0a 50494e47", "0d0a 2b4f4b0d0a"], ["", "tcp.segments/resp"]],
  ["a length that is shorter than its header", 9092, ["ffffffff 00"], ["_ws.malformed"]],
  ["MQTT", 1883, ["10 0e 00044d515454 04 02 003c 0002 636c", "c000"], ["mqtt", "mqtt"]],
  [
    "MQTT that is cut",
    1883,
    ["10 09 00044d515454 04 02 00", "30 05 0020 616263"],
    ["mqtt/_ws.malformed", "mqtt/_ws.malformed"],
  ],
  ["Sparkplug in MQTT", 1883, ["30 0d 0009 73704276312e302f67 0801"], ["mqtt/sparkplugb"]],
  ["XMPP", 5222, ["3c613e", "68690d0a"], ["xmpp", ""]],
])("%s", (_, port, segments, expected) => {
  const sent = segments.map((bytes): [Side, string] => ["client", text(bytes)]);
  expect(segmentPaths(port, sent)).toEqual(expected);
});

test("any bytes are dissected without a failure", () => {
  const payload = fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(
      fc.constantFrom(1883, 2404, 5222, 5672, 6379, 6653, 6881, 9042, 9418, 9_998),
      fc.array(payload, { minLength: 1, maxLength: 6 }),
      (port, parts) =>
        segmentPaths(
          port,
          parts.map((part): [Side, string] => ["server", part]),
        ).length > 0,
    ),
  );
});
