import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import { toNanoseconds } from "../../src/inspection/file/time.ts";
import { block, fixture, fixtureNames, hex, joined, pcap } from "./captures.ts";

interface Read {
  packets: { time: string; linkType: number; original: number; bytes: string }[];
  problem: { offset: number; reason: string } | null;
}

/** Everything a reader says, with the file pushed in chunks of a size. */
function read(file: Uint8Array, chunkSize = file.length): Read {
  const reader = new CaptureReader();
  const packets: Read["packets"] = [];
  for (let at = 0; at < file.length; at += Math.max(1, chunkSize)) {
    reader.push(file.slice(at, at + Math.max(1, chunkSize)));
    while (reader.next()) {
      const { bytes, offset, capturedLength, originalLength, linkType } = reader.packet;
      packets.push({
        time: String(toNanoseconds(reader.packet)),
        linkType,
        original: originalLength,
        bytes: Buffer.from(bytes.subarray(offset, offset + capturedLength)).toString("hex"),
      });
    }
  }
  reader.end();
  return { packets, problem: reader.problem };
}

const packet = hex("0102030405");
const sectionLittle = block(0x0a0d0d0a, hex("4d3c2b1a 0100 0000 ffffffffffffffff"));
const sectionBig = block(0x0a0d0d0a, hex("1a2b3c4d 0001 0000 ffffffffffffffff"), false);

describe("pcap", () => {
  test.each([
    ["little-endian microseconds", { little: true }, "1000007000"],
    ["big-endian microseconds", { little: false }, "1000007000"],
    ["little-endian nanoseconds", { little: true, nanoseconds: true }, "1000000007"],
    ["big-endian nanoseconds", { little: false, nanoseconds: true }, "1000000007"],
  ])("reads %s", (_, options, time) => {
    expect(read(pcap([packet], options))).toEqual({
      packets: [{ time, linkType: 1, original: 5, bytes: "0102030405" }],
      problem: null,
    });
  });

  /** A file of records with headers of a size, which begin as all do. */
  function withHeaders(magic: number, headerSize: number, fileHeaderSize = 24): Uint8Array {
    const file = pcap([]);
    new DataView(file.buffer).setUint32(0, magic, true);
    const record = pcap([packet]).slice(24);
    new DataView(record.buffer).setUint32(0, 1_600_000_000, true);
    const rest = new Uint8Array(headerSize - 16);
    const one = joined(record.slice(0, 16), rest, record.slice(16));
    return joined(file, new Uint8Array(fileHeaderSize - 24), one, one, one);
  }

  test.each([
    ["Nokia's", 0xa1b2c3d4, 20, 24],
    ["the first modified", 0xa1b2c3d4, 24, 24],
    ["the modified", 0xa1b2cd34, 24, 24],
    ["the later modified", 0xa1b2cd34, 28, 24],
    ["Ixia's hardware", 0x1c0001ac, 16, 28],
    ["Ixia's software", 0x1c0001ab, 16, 28],
  ])("reads %s layout of records", (_, magic, headerSize, fileHeaderSize) => {
    const { packets, problem } = read(withHeaders(magic, headerSize, fileHeaderSize));
    expect(problem).toBeNull();
    expect(packets.map(({ bytes }) => bytes)).toEqual(Array(3).fill("0102030405"));
  });

  test("takes the lengths of version 2.3 either way, and knows no version 1", () => {
    const file = pcap([packet]);
    const view = new DataView(file.buffer);
    view.setUint16(6, 3, true);
    view.setUint32(24 + 8, 9, true);
    expect(read(file).packets).toMatchObject([{ original: 9, bytes: "0102030405" }]);
    view.setUint16(4, 1, true);
    expect(read(file).problem?.reason).toBe("pcap version 1.3 is not known");
  });

  test("keeps what came before a torn record, and says where it begins", () => {
    const { packets, problem } = read(pcap([packet, packet]).slice(0, -2));
    expect(packets).toHaveLength(1);
    expect(problem?.offset).toBe(24 + 16 + 5);
  });

  test("does not believe a packet larger than Wireshark does", () => {
    const file = pcap([packet]);
    new DataView(file.buffer).setUint32(24 + 8, 262_145, true);
    expect(read(file).problem).toEqual({
      offset: 24,
      reason: "packet of 262145 bytes is larger than 262144, the most that is believed",
    });
  });
});

describe("pcapng", () => {
  const anInterface = (options = ""): Uint8Array => block(1, hex(`0100 0000 ffff0000 ${options}`));
  const enhanced = (high: string, low: string): Uint8Array =>
    block(6, hex(`00000000 ${high} ${low} 05000000 09000000 0102030405 000000`));

  test("reads times in powers of ten, of two, and with an offset", () => {
    const file = joined(
      sectionLittle,
      anInterface(),
      enhanced("00000000", "41420f00"),
      sectionLittle,
      // if_tsresol 9, then if_tsoffset 100 s.
      anInterface("0900 0100 09000000 0e00 0800 6400000000000000 00000000"),
      enhanced("01000000", "00000000"),
      sectionLittle,
      // if_tsresol 2^-1.
      anInterface("0900 0100 81000000 00000000"),
      enhanced("00000000", "03000000"),
    );
    expect(read(file).packets.map(({ time }) => time)).toEqual([
      "1000001000",
      "104294967296",
      "1500000000",
    ]);
  });

  test("reads a section of each byte order, simple and obsolete packets, and passes over the rest", () => {
    const file = joined(
      sectionLittle,
      anInterface(),
      block(4, hex("00000000")),
      block(5, hex("00000000 0000000000000000")),
      block(0x0bad, hex("ffffffff")),
      block(3, hex("05000000 0102030405")),
      block(2, hex("0000 0000 00000000 40420f00 05000000 05000000 0102030405")),
      sectionBig,
      block(1, hex("0071 0000 00000003"), false),
      block(3, hex("00000005 010203"), false),
    );
    expect(read(file)).toEqual({
      packets: [
        { time: "0", linkType: 1, original: 5, bytes: "0102030405" },
        { time: "1000000000", linkType: 1, original: 5, bytes: "0102030405" },
        { time: "0", linkType: 0x71, original: 5, bytes: "010203" },
      ],
      problem: null,
    });
  });

  test("stops at a packet of an interface that is not described", () => {
    const file = joined(sectionLittle, enhanced("00000000", "00000000"));
    expect(read(file).problem?.reason).toBe("packet of interface 0, which is not described");
  });

  test("tells of statistics and comments, and hands on blocks that are no packets", () => {
    const comment = "0100 0200 68690000 00000000";
    const reader = new CaptureReader();
    const taken: number[] = [];
    reader.takeBlocks(({ type, sizeBytes }) => taken.push(type, sizeBytes));
    reader.push(
      joined(
        block(0x0a0d0d0a, hex(`4d3c2b1a 0100 0000 ffffffffffffffff ${comment}`)),
        anInterface("0200 0400 65746830 00000000"),
        enhanced("00000000", "00000000"),
        block(10, hex("4b534c54 04000000 61626364")),
        // 77 packets received and 3 dropped.
        block(
          5,
          hex("00000000 00000000 00000000 0400 0800 4d00000000000000 0500 0800 0300000000000000"),
        ),
      ),
    );
    expect(reader.next()).toBe(true);
    expect(reader.next()).toBe(false);
    expect(reader.comments).toEqual(["hi"]);
    expect(reader.interfaces).toMatchObject([{ packets: 1, received: 77, dropped: 3 }]);
    expect(taken).toEqual([10, 24]);
  });

  test("adds the padding that a writer's length left out, also of blocks passed over", () => {
    const unpadded = block(0x77, hex("01000000"));
    unpadded[4] = 13;
    unpadded[12] = 13;
    const file = joined(sectionLittle, anInterface(), unpadded, enhanced("00000000", "00000000"));
    expect(read(file)).toMatchObject({ problem: null, packets: [{ original: 9 }] });
    expect(read(file, 5)).toEqual(read(file));
  });

  test("stops at a block passed over whose two lengths differ", () => {
    const damaged = block(0x77, hex("01000000"));
    damaged[12] = 99;
    expect(read(joined(sectionLittle, anInterface(), damaged)).problem).toEqual({
      offset: 48,
      reason: "block begins with length 16 and ends with 99",
    });
  });

  test("stops where the two lengths of a block differ", () => {
    const file = joined(sectionLittle, anInterface());
    file[file.length - 4] = 99;
    expect(read(file).problem).toEqual({
      offset: 28,
      reason: "block begins with length 20 and ends with 99",
    });
  });
});

test("an empty file, and one that is cut in its header, hold no packets and say so", () => {
  expect(read(new Uint8Array(0)).problem?.reason).toBe("the file is empty");
  expect(read(pcap([]).slice(0, 10)).problem?.reason).toBe("the file ends inside its header");
});

test("another file is refused with its first bytes", () => {
  expect(() => read(hex("89504e470d0a"))).toThrowError(
    expect.objectContaining({
      code: "CaptureFormatUnknown",
      message: "a file that begins with the bytes 89 50 4e 47 is neither pcap nor pcapng",
    }),
  );
});

test("the size of the chunks changes nothing", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...fixtureNames),
      fc.integer({ min: 1, max: 5_000 }),
      (name, size) => {
        const file = fixture(name);
        expect(read(file, size)).toEqual(read(file));
      },
    ),
    { numRuns: 30 },
  );
});

test("a chunk that is a Buffer is read as plain bytes, of which slices are copies", () => {
  const reader = new CaptureReader();
  reader.push(Buffer.from(pcap([hex("0102")])));
  expect(reader.next()).toBe(true);
  const { bytes, offset } = reader.packet;
  bytes.slice(offset)[0] = 9;
  expect(bytes[offset]).toBe(1);
});
