import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeCaptures } from "../../../src/inspection/merge-captures.ts";
import { cutCapture } from "../../../src/inspection/tools/cut-capture.ts";
import { rewriteCapture } from "../../../src/inspection/tools/rewrite-capture.ts";
import { splitCapture, type SplitEvery } from "../../../src/inspection/tools/split-capture.ts";
import { stripCapture } from "../../../src/inspection/tools/strip-capture.ts";
import { block, chunksOf, fixture, fixtureNames, hex, joined, pcap } from "../captures.ts";
import { anyCapture, heldTime, interfaceOf, pcapngOf, plainCapture } from "./random-capture.ts";
import { collected, readBack, type ReadPacket } from "./read-back.ts";

const hasTshark = spawnSync("capinfos", ["-v"]).status === 0;
const whole = ({ capturedLength }: { capturedLength: number }): number => capturedLength;
const runs = { numRuns: 60 };

describe("writing a capture again", () => {
  test("as pcapng keeps times, lengths, link types, interfaces and comments, of either byte order", async () => {
    await fc.assert(
      fc.asyncProperty(anyCapture, fc.integer({ min: 1, max: 400 }), async (random, chunkSize) => {
        const source = pcapngOf(random);
        const { file, result } = await collected(
          rewriteCapture(chunksOf(source, chunkSize), whole, { format: "pcapng" }),
        );
        expect(readBack(file).packets).toEqual(readBack(source).packets);
        expect(readBack(file).packets).toEqual(
          random.packets.map((packet) => {
            const from = interfaceOf(packet, random.interfaces);
            return {
              time: heldTime(packet, from),
              interfaceName: from.name,
              linkType: from.linkType,
              originalLength: packet.data.length + packet.extraLength,
              data: Buffer.from(packet.data).toString("hex"),
              comments: packet.comments,
            };
          }),
        );
        expect(result).toMatchObject({ packets: random.packets.length, sizeBytes: file.length });
      }),
      runs,
    );
  });

  test("as pcap keeps times, lengths and bytes, in the resolution of the first packet", async () => {
    await fc.assert(
      fc.asyncProperty(plainCapture, async (random) => {
        const { file } = await collected(
          rewriteCapture(chunksOf(pcapngOf(random)), whole, { format: "pcap" }),
        );
        const [first] = random.packets;
        const isNano = first && interfaceOf(first, random.interfaces).resolution === 9;
        const unit = isNano ? 1n : 1_000n;
        expect(
          readBack(file).packets.map(({ time, originalLength, data }) => [
            time,
            originalLength,
            data,
          ]),
        ).toEqual(
          random.packets.map((packet) => [
            (heldTime(packet, interfaceOf(packet, random.interfaces)) / unit) * unit,
            packet.data.length + packet.extraLength,
            Buffer.from(packet.data).toString("hex"),
          ]),
        );
      }),
      runs,
    );
  });

  test("as pcap of two link types is refused", async () => {
    const merged = mergeCaptures([
      chunksOf(fixture("tls.pcap")),
      chunksOf(fixture("cooked.pcapng")),
    ]);
    await expect(
      collected(rewriteCapture(merged, whole, { format: "pcap" })),
    ).rejects.toMatchObject({ code: "CaptureFormatUnsuitable" });
  });

  test("keeps secrets and statistics; pcap has no place for them", async () => {
    const secrets = block(10, hex("4b534c54 04000000 61626364"));
    const statistics = block(
      5,
      hex("00000000 00000000 00000000 0400 0800 4d00000000000000 0500 0800 0300000000000000"),
    );
    const source = joined(fixture("http-dns.pcapng"), secrets, statistics);
    const kept = await collected(rewriteCapture(chunksOf(source), whole, { format: "pcapng" }));
    expect(Buffer.from(kept.file).includes(secrets)).toBe(true);
    expect(readBack(kept.file).reader.interfaces[0]).toMatchObject({ received: 77, dropped: 3 });
    const lost = await collected(rewriteCapture(chunksOf(source), whole, { format: "pcap" }));
    expect(lost.result.blocksLeftOut).toBe(1);
  });
});

test("names and secrets go into a merge, and into each part of a split", async () => {
  const secrets = block(10, hex("4b534c54 04000000 61626364"));
  const [section, rest] = [fixture("http-dns.pcapng"), fixture("cooked.pcapng")];
  const source = joined(secretsAfterInterface(section, secrets));
  const merged = await collected(mergeCaptures([chunksOf(source), chunksOf(rest)]));
  expect(Buffer.from(merged.file).includes(secrets)).toBe(true);
  const every = { kind: "packets", count: 10 } as const;
  for (const { file } of await split(source, every))
    expect(Buffer.from(file).includes(secrets)).toBe(true);
});

/** The capture with a block behind its section header and first interface. */
function secretsAfterInterface(file: Uint8Array, inserted: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const first = view.getUint32(4, true);
  const at = first + view.getUint32(first + 4, true);
  return joined(file.slice(0, at), inserted, file.slice(at));
}

describe("a cut", () => {
  const packets = [hex("01"), hex("02"), hex("03"), hex("04")];
  const cut = async (options: object): Promise<string[]> => {
    const chunks = cutCapture(chunksOf(pcap(packets), 20), { format: "pcap", ...options });
    return readBack((await collected(chunks)).file).packets.map(({ data }) => data);
  };

  test("takes from a moment on, up to another, counted from the epoch or the first packet", async () => {
    const absolute = (nanoseconds: bigint): object => ({ kind: "absolute", nanoseconds });
    const relative = (nanoseconds: bigint): object => ({ kind: "relative", nanoseconds });
    expect(await cut({ from: absolute(2_000_007_000n) })).toEqual(["02", "03", "04"]);
    expect(await cut({ from: relative(1_000_000_001n), to: relative(3_000_000_000n) })).toEqual([
      "03",
    ]);
    expect(await cut({ to: absolute(0n) })).toEqual([]);
  });

  test("asks a filter of every packet, also of those outside the time", async () => {
    const asked: number[] = [];
    const matches = (_: unknown, number: number): boolean => asked.push(number) > 0 && number !== 3;
    expect(await cut({ from: { kind: "relative", nanoseconds: 1_000_000_000n }, matches })).toEqual(
      ["02", "04"],
    );
    expect(asked).toEqual([1, 2, 3, 4]);
  });
});

interface Part {
  file: Uint8Array;
  packets: ReadPacket[];
}

async function split(source: Uint8Array, every: SplitEvery): Promise<Part[]> {
  const found: Part[] = [];
  for await (const { chunks } of splitCapture(chunksOf(source, 500), { every, format: "pcapng" })) {
    const { file } = await collected(chunks);
    found.push({ file, packets: readBack(file).packets });
  }
  return found;
}

describe("a split", () => {
  const times = [0n, 5n, 9n, 10n, 31n, 12n].map((seconds) => seconds * 1_000_000_000n);
  const timed = pcapngOf({
    little: true,
    interfaces: [{ linkType: 1, name: "eth0", resolution: 9 }],
    packets: times.map((time) => ({
      interface: 0,
      time,
      data: hex("00"),
      extraLength: 0,
      comments: [],
    })),
  });

  test("by time makes windows from the first packet on; late packets stay, empty windows make no part", async () => {
    const parts = await split(timed, { kind: "time", nanoseconds: 10_000_000_000n });
    expect(parts.map(({ packets }) => packets.map(({ time }) => time / 1_000_000_000n))).toEqual([
      [0n, 5n, 9n],
      [10n],
      [31n, 12n],
    ]);
  });

  test("loses nothing, whatever the parts hold, and keeps to their size", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyCapture,
        fc.oneof(
          fc.record({
            kind: fc.constant("packets" as const),
            count: fc.integer({ min: 1, max: 5 }),
          }),
          fc.record({
            kind: fc.constant("bytes" as const),
            count: fc.integer({ min: 1, max: 900 }),
          }),
        ),
        async (random, every) => {
          const source = pcapngOf(random);
          const parts = await split(source, every);
          expect(parts.flatMap(({ packets }) => packets)).toEqual(readBack(source).packets);
          for (const { file, packets } of parts) {
            if (every.kind === "packets") expect(packets.length).toBeLessThanOrEqual(every.count);
            else if (packets.length > 1) expect(file.length).toBeLessThanOrEqual(every.count);
          }
        },
      ),
      runs,
    );
  });

  test("of a capture without packets is one file without packets", async () => {
    expect(await split(pcap([]), { kind: "packets", count: 1 })).toMatchObject([{ packets: [] }]);
  });
});

describe("a strip", () => {
  test("keeps headers, lengths on the wire and what it is told of the payload", async () => {
    const ethernet = "020000000001 020000000002 0800";
    const ip = "4500 0024 0000 0000 4011 0000 c0000201 c0000202";
    const source = pcap([hex(`${ethernet} ${ip} 1388 1770 0010 0000 7061796c6f616430`)]);
    const strip = async (keptPayloadSizeBytes: number): Promise<ReadPacket | undefined> => {
      const options = { format: "pcap" as const, keptPayloadSizeBytes };
      return readBack((await collected(stripCapture(chunksOf(source), options))).file).packets[0];
    };
    expect(await strip(0)).toMatchObject({
      originalLength: 50,
      data: `${ethernet}${ip}1388177000100000`.replaceAll(" ", ""),
    });
    expect((await strip(3))?.data.endsWith("1388177000100000706179")).toBe(true);
  });

  test.each(fixtureNames)("of %s leaves no text of a payload, and all lengths", async (name) => {
    const source = fixture(name);
    const { file } = await collected(stripCapture(chunksOf(source), { format: "pcapng" }));
    const before = readBack(source).packets;
    const after = readBack(file).packets;
    expect(after.map(({ originalLength, time }) => [originalLength, time])).toEqual(
      before.map(({ originalLength, time }) => [originalLength, time]),
    );
    for (const [index, { data }] of after.entries())
      expect(before[index]?.data.startsWith(data)).toBe(true);
    const text = Buffer.from(after.map(({ data }) => data).join(""), "hex").toString("latin1");
    expect(text).not.toMatch(/HTTP\/1|GET \/|example/);
  });

  test("random packets never throw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 120 })), async (random) => {
        const chunks = stripCapture(chunksOf(pcap(random)), { format: "pcapng" });
        expect((await collected(chunks)).result.packets).toBe(random.length);
      }),
      runs,
    );
  });
});

describe.skipIf(!hasTshark)("as capinfos and tshark read it", () => {
  test.each(["pcap", "pcapng"] as const)("what is written as %s", async (format) => {
    const directory = await mkdtemp(join(tmpdir(), "nightcap-tools-"));
    try {
      const path = join(directory, `written.${format}`);
      const chunks = rewriteCapture(chunksOf(fixture("lossy.pcap")), whole, { format });
      const { file, result } = await collected(chunks);
      await writeFile(path, file);
      const told = execFileSync("capinfos", ["-M", path], { encoding: "utf8" });
      expect(told).toMatch(new RegExp(`Number of packets: +${result.packets}\\n`));
      const frames = execFileSync("tshark", ["-n", "-r", path, "-T", "fields", "-e", "frame.len"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const lengths = readBack(file).packets.map(({ originalLength }) => originalLength);
      expect(frames.trimEnd().split("\n").map(Number)).toEqual(lengths);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
