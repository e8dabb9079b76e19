import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CapturePass } from "../../src/inspection/capture-pass.ts";
import { defaultPolicy } from "../../src/inspection/findings/policy.ts";
import { inspectionJson } from "../../src/inspection/inspection-json.ts";
import { fixture, fixtureNames, hex, joined } from "./captures.ts";
import { pcapngOf } from "./tools/random-capture.ts";
import { byte, bytesOf, inEthernet, word } from "./packets.ts";

// An inspection at depth `all` loads them, and a pass alone does not.
beforeAll(async () => {
  await import("../../src/inspection/dissect/protocols.ts");
});

const depths = ["transport", "all"] as const;

/** All that a pass tells of a capture. */
function tellOf(capture: Uint8Array, depth: (typeof depths)[number], hasShortWay: boolean): string {
  const pass = new CapturePass(depth, null, hasShortWay);
  pass.read(capture);
  pass.reader.end();
  const decoder = new TextDecoder();
  let line = "";
  for (const piece of inspectionJson(pass.result(null, defaultPolicy), {}))
    line += decoder.decode(piece, { stream: true });
  return line;
}

function expectSameOf(capture: Uint8Array): void {
  for (const depth of depths)
    expect(tellOf(capture, depth, true)).toBe(tellOf(capture, depth, false));
}

interface AnyPacket {
  version: 4 | 6;
  tags: number;
  protocol: number;
  isBack: boolean;
  ports: [number, number];
  flags: number;
  sequence: number;
  window: number;
  payload: string;
  /** Bytes after the packet, as of a short frame that is filled up. */
  padding: number;
  /** Bytes at the end that the recorder left out. */
  cut: number;
  milliseconds: number;
  damage: readonly (readonly [at: number, value: number])[];
}

const payloads = ["", "00", "474554202f20485454502f312e310d0a0d0a", "1603010005", "1b".repeat(48)];
const anyPacket: fc.Arbitrary<AnyPacket> = fc.record({
  version: fc.constantFrom(4, 6),
  tags: fc.constantFrom(0, 0, 0, 1, 2),
  protocol: fc.constantFrom(6, 6, 6, 17, 17, 47, 1),
  isBack: fc.boolean(),
  ports: fc.tuple(fc.constantFrom(49_152, 49_153), fc.constantFrom(80, 443, 53, 123, 4_789, 161)),
  flags: fc.constantFrom(2, 18, 16, 24, 17, 4, 20, 194),
  sequence: fc.constantFrom(0, 1, 2, 19, 0xffff_ffff),
  window: fc.constantFrom(0, 1, 65_535),
  payload: fc.constantFrom(...payloads),
  padding: fc.constantFrom(0, 0, 6),
  cut: fc.constantFrom(0, 0, 0, 1, 17, 40),
  milliseconds: fc.constantFrom(0, 1, 1_500),
  damage: fc.oneof(
    { weight: 3, arbitrary: fc.constant<AnyPacket["damage"]>([]) },
    { weight: 2, arbitrary: fc.array(fc.tuple(fc.nat(75), fc.nat(255)), { maxLength: 2 }) },
  ),
});

const long = (value: number): string => word(value >>> 16) + word(value & 0xffff);

function transportOf({ protocol, ports, isBack, ...packet }: AnyPacket): string {
  const [source, destination] = isBack ? ports.toReversed() : ports;
  const both = `${word(source ?? 0)}${word(destination ?? 0)}`;
  if (protocol === 17) return `${both}${word(8 + bytesOf(packet.payload))}0000${packet.payload}`;
  const options = packet.flags & 2 ? "0204 05b4 0103 0307" : "";
  const size = (20 + bytesOf(options)) / 4;
  const numbers = `${long(packet.sequence)}${long(isBack ? 2 : 19)}`;
  const rest = `${byte(size << 4)}${byte(packet.flags)}${word(packet.window)}00000000`;
  return `${both}${numbers}${rest}${options}${packet.payload}`;
}

function networkOf(packet: AnyPacket): string {
  const payload = transportOf(packet);
  const ends = packet.isBack ? ["02", "01"] : ["01", "02"];
  const protocol = byte(packet.protocol);
  if (packet.version === 6) {
    const addresses = ends.map((end) => `20010db8${"00".repeat(11)}${end}`).join("");
    return `60000000${word(bytesOf(payload))}${protocol}40${addresses}${payload}`;
  }
  const addresses = ends.map((end) => `c00002${end}`).join("");
  return `4500${word(20 + bytesOf(payload))}0000000040${protocol}0000${addresses}${payload}`;
}

function frameOf(packet: AnyPacket): Uint8Array {
  const type = packet.version === 6 ? 0x86dd : 0x0800;
  const tagged = packet.tags > 0 ? 0x8100 : type;
  const tags = "0001 8100 ".repeat(Math.max(0, packet.tags - 1));
  const inner = packet.tags > 0 ? `${tags}0001 ${word(type)}` : "";
  const padding = "00".repeat(packet.padding);
  const bytes = hex(inEthernet(`${inner}${networkOf(packet)}${padding}`, tagged));
  for (const [at, value] of packet.damage) if (at < bytes.length) bytes[at] = value;
  return bytes;
}

/** The packets one after another, as a pcap file with their cuts and times. */
function captureOf(packets: readonly AnyPacket[]): Uint8Array {
  let milliseconds = 1_000_000_000;
  const records = packets.map((packet) => {
    const frame = frameOf(packet);
    const kept = frame.subarray(0, Math.max(0, frame.length - packet.cut));
    milliseconds += packet.milliseconds;
    const header = Uint32Array.of(
      Math.floor(milliseconds / 1_000),
      (milliseconds % 1_000) * 1_000,
      kept.length,
      frame.length,
    );
    return joined(new Uint8Array(header.buffer), kept);
  });
  return joined(hex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000"), ...records);
}

describe("the short way of common packets gives what the general way does", () => {
  test.each(fixtureNames)("of %s", (name) => {
    expectSameOf(fixture(name));
  });

  test("of any packets, damaged ones among them", () => {
    const packets = fc.array(anyPacket, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(packets, (some) => {
        expectSameOf(captureOf(some));
      }),
      { numRuns: 300 },
    );
  });

  test("of packets with comments, which only pcapng has", () => {
    const commented = fc.tuple(anyPacket, fc.constantFrom<string[]>([], ["seen before"]));
    fc.assert(
      fc.property(fc.array(commented, { minLength: 1, maxLength: 9 }), (some) => {
        const packets = some.map(([packet, comments], index) => {
          const time = BigInt(index) * 1_000_000_000n;
          return { interface: 0, time, data: frameOf(packet), extraLength: 0, comments };
        });
        const interfaces = [{ linkType: 1, name: "eth0", resolution: 6 }];
        expectSameOf(pcapngOf({ little: true, interfaces, packets }));
      }),
      { numRuns: 50 },
    );
  });
});
