import * as fc from "fast-check";
import { expect, test } from "vitest";
import { inspect, inspectAsJsonLine } from "../../src/inspection/inspect.ts";
import { chunksOf, fixture, fixtureNames, hex, pcap } from "./captures.ts";
import { tcpConversation } from "./conversation.ts";
import { inEthernet, ip, ipv6, tcp, udp } from "./packets.ts";

async function lineOf(capture: Uint8Array): Promise<string> {
  const decoder = new TextDecoder();
  let line = "";
  for (const piece of await inspectAsJsonLine(chunksOf(capture)))
    line += decoder.decode(piece, { stream: true });
  return line;
}

/** The lists are compared as text, members in the same order; the ports of a destination have another one. */
async function expectSame(capture: Uint8Array): Promise<void> {
  const inspection = await inspect(chunksOf(capture));
  const line = await lineOf(capture);
  expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(inspection)));
  expect(line).toContain(`,"tcpStreams":${JSON.stringify(inspection.tcpStreams)},"destinations":`);
  expect(line).toContain(`,"conversations":${JSON.stringify(inspection.conversations)},"`);
}

test.each(fixtureNames)("%s: the JSON says what the object does", async (name) => {
  await expectSame(fixture(name));
});

const packets = [
  ...tcpConversation(80, [{ payload: "00" }, { payload: "00", fromServer: true }]),
  ...tcpConversation(443, [{ payload: "0000" }]),
  inEthernet(ipv6(6, tcp(22, "00")), 0x86dd),
  inEthernet(ip(17, udp(53, "00"))),
  inEthernet(ip(1, "0800000000000000")),
].map(hex);

/** Seconds before 1970 as 32 bits, around the first packet, and further away than numbers are exact. */
const seconds = fc.oneof(
  fc.nat(3),
  fc.integer({ min: 1_700_000_000, max: 1_700_000_100 }),
  fc.nat(0xffff_ffff),
);
const fraction = fc.oneof(fc.nat(999_999), fc.nat(0xffff_ffff));

test("the JSON says what the object does, whatever times the packets have", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(packets.length - 1), seconds, fraction), { maxLength: 30 }),
      fc.boolean(),
      async (chosen, nanoseconds) => {
        const capture = pcap(
          chosen.map(([at]) => packets[at] ?? new Uint8Array()),
          { nanoseconds },
        );
        const view = new DataView(capture.buffer, capture.byteOffset);
        let at = 24;
        for (const [index, second, part] of chosen) {
          view.setUint32(at, second, true);
          view.setUint32(at + 4, part, true);
          at += 16 + (packets[index]?.length ?? 0);
        }
        await expectSame(capture);
      },
    ),
    { numRuns: 200 },
  ));

test("members of the caller come first, and the line ends", async () => {
  const pieces: string[] = [];
  const source = chunksOf(pcap([]));
  for (const piece of await inspectAsJsonLine(source, { firstMembers: { path: 'a"b' } }))
    pieces.push(new TextDecoder().decode(piece));
  expect(pieces.join("")).toMatch(/^\{"path":"a\\"b","file":\{"format":"pcap",.*\}\n$/);
});
