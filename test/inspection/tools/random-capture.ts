// Random captures in pcapng, written by hand and not by the project's writer.
import * as fc from "fast-check";
import { block, joined } from "../captures.ts";

interface RandomInterface {
  linkType: number;
  name: string;
  resolution: number;
}

interface RandomPacket {
  interface: number;
  time: bigint;
  data: Uint8Array;
  extraLength: number;
  comments: string[];
}

export interface RandomCapture {
  little: boolean;
  interfaces: RandomInterface[];
  packets: RandomPacket[];
}

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((one) => !one.includes("\0"));

function capture(
  linkTypes: fc.Arbitrary<number>,
  little: fc.Arbitrary<boolean>,
): fc.Arbitrary<RandomCapture> {
  return fc.record({
    little,
    interfaces: fc.array(
      fc.record({ linkType: linkTypes, name: text, resolution: fc.constantFrom(3, 6, 9) }),
      { minLength: 1, maxLength: 3 },
    ),
    packets: fc.array(
      fc.record({
        interface: fc.nat(2),
        time: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
        data: fc.uint8Array({ maxLength: 90 }),
        extraLength: fc.nat(2_000),
        comments: fc.array(text, { maxLength: 2 }),
      }),
      { maxLength: 12 },
    ),
  });
}

export const anyCapture = capture(fc.constantFrom(1, 101, 113), fc.boolean());
/** What pcap can hold. */
export const plainCapture = capture(fc.constant(101), fc.constant(true));

/** The capture as a pcapng file. */
export function pcapngOf({ little, interfaces, packets }: RandomCapture): Uint8Array {
  const section = bytes(16, (view) => {
    view.setUint32(0, 0x1a2b3c4d, little);
    view.setUint16(4, 1, little);
    view.setBigInt64(8, -1n, little);
  });
  return joined(
    block(0x0a0d0d0a, section, little),
    ...interfaces.map((each) => block(1, interfaceBody(each, little), little)),
    ...packets.map((each) => block(6, packetBody(each, interfaces, little), little)),
  );
}

/** The packets' times as their interfaces hold them. */
export function heldTime({ time }: RandomPacket, { resolution }: RandomInterface): bigint {
  const unit = 10n ** BigInt(9 - resolution);
  return (time / unit) * unit;
}

export function interfaceOf(
  packet: RandomPacket,
  interfaces: readonly RandomInterface[],
): RandomInterface {
  const found = interfaces[packet.interface % interfaces.length];
  if (!found) throw new Error("no interface");
  return found;
}

function interfaceBody(
  { linkType, name, resolution }: RandomInterface,
  little: boolean,
): Uint8Array {
  const head = bytes(8, (view) => {
    view.setUint16(0, linkType, little);
    view.setUint32(4, 65_535, little);
  });
  return joined(
    head,
    option(2, utf8(name), little),
    option(9, Uint8Array.of(resolution), little),
    new Uint8Array(4),
  );
}

function packetBody(
  packet: RandomPacket,
  interfaces: readonly RandomInterface[],
  little: boolean,
): Uint8Array {
  const { resolution } = interfaceOf(packet, interfaces);
  const ticks = packet.time / 10n ** BigInt(9 - resolution);
  const head = bytes(20, (view) => {
    view.setUint32(0, packet.interface % interfaces.length, little);
    view.setUint32(4, Number(ticks >> 32n), little);
    view.setUint32(8, Number(ticks & 0xffffffffn), little);
    view.setUint32(12, packet.data.length, little);
    view.setUint32(16, packet.data.length + packet.extraLength, little);
  });
  const options = packet.comments.map((comment) => option(1, utf8(comment), little));
  const end = options.length > 0 ? [new Uint8Array(4)] : [];
  return joined(head, padded(packet.data), ...options, ...end);
}

function option(code: number, value: Uint8Array, little: boolean): Uint8Array {
  const head = bytes(4, (view) => {
    view.setUint16(0, code, little);
    view.setUint16(2, value.length, little);
  });
  return joined(head, padded(value));
}

function padded(data: Uint8Array): Uint8Array {
  return joined(data, new Uint8Array(-data.length & 3));
}

const utf8 = (one: string): Uint8Array => new TextEncoder().encode(one);

function bytes(size: number, write: (view: DataView) => void): Uint8Array {
  const made = new Uint8Array(size);
  write(new DataView(made.buffer));
  return made;
}
