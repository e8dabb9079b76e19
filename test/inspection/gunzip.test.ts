import { constants, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { gunzip } from "../../src/inspection/deflate/gunzip.ts";
import { inspect } from "../../src/inspection/inspect.ts";
import { chunksOf, fixture, joined } from "./captures.ts";

interface Unzipped {
  content: Buffer;
  problem: string | null;
}

async function unzip(file: Uint8Array, chunkSize = 65_536): Promise<Unzipped> {
  const report = { problem: null as string | null };
  const parts: Uint8Array[] = [];
  for await (const part of gunzip(chunksOf(file, chunkSize), report)) parts.push(part);
  return { content: Buffer.concat(parts), problem: report.problem };
}

/** Bytes that compress in all ways: runs, repetitions at any distance, and noise. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(255), fc.nat(3_000)).map(([byte, size]) => new Uint8Array(size).fill(byte)),
      fc.nat(70_000).map((size) => Uint8Array.from({ length: size }, (_, at) => (at * at) >> 7)),
    ),
    { maxLength: 4 },
  )
  .map((parts) => Buffer.concat(parts));

const packed = fc
  .tuple(
    content,
    fc.integer({ min: 0, max: 9 }),
    fc.constantFrom(
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FIXED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
    ),
  )
  .map(([bytes, level, strategy]) => ({ bytes, file: gzipSync(bytes, { level, strategy }) }));

test("what zlib compresses in any way comes out as it was, in chunks of any size", async () => {
  await fc.assert(
    fc.asyncProperty(packed, fc.integer({ min: 20, max: 5_000 }), async (one, size) => {
      expect(await unzip(one.file, size)).toEqual({ content: one.bytes, problem: null });
    }),
    { numRuns: 25 },
  );
});

test("content of many pages with matches across their ends comes out as it was", async () => {
  const bytes = Buffer.concat(
    Array.from({ length: 300 }, (_, round) =>
      Buffer.from(
        Uint8Array.from({ length: 5_003 }, (_each, at) => (at * at + (round % 7) * (at >> 5)) >> 3),
      ),
    ),
  );
  expect((await unzip(gzipSync(bytes))).content.equals(bytes)).toBe(true);
});

test("members follow each other, empty ones too, and padding behind them is passed over", async () => {
  const file = joined(gzipSync(""), gzipSync("one "), gzipSync("two"), new Uint8Array(512));
  expect(await unzip(file, 3)).toEqual({ content: Buffer.from("one two"), problem: null });
});

test("a file that is cut anywhere gives the beginning, and says that it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(packed, fc.double({ min: 0, max: 1, noNaN: true }), async (one, share) => {
      const cut = one.file.subarray(0, Math.floor(share * (one.file.length - 1)));
      const { content: got, problem } = await unzip(cut, 500);
      expect(one.bytes.subarray(0, got.length)).toEqual(got);
      expect(problem).toMatch(/^gzip: it ends /);
    }),
    { numRuns: 25 },
  );
});

test("a file that is cut inside a stored block says so", async () => {
  const file = gzipSync("stored", { level: 0 });
  expect(await unzip(file.subarray(0, 17))).toEqual({
    content: Buffer.from("st"),
    problem: "gzip: it ends inside a block",
  });
});

test("a checksum that is wrong is told, and the content kept", async () => {
  const file = new Uint8Array(gzipSync("hello"));
  file[file.length - 8] = (file[file.length - 8] ?? 0) ^ 1;
  expect(await unzip(file)).toEqual({
    content: Buffer.from("hello"),
    problem: "gzip: the checksum is not that of the content",
  });
});

test("damage never throws, and never gives more than deflate can", async () => {
  await fc.assert(
    fc.asyncProperty(packed, fc.array(fc.tuple(fc.nat(), fc.nat(255))), async (one, damage) => {
      const file = new Uint8Array(one.file);
      for (const [at, byte] of damage) file[10 + (at % (file.length - 9))] = byte;
      const { content: got } = await unzip(file, 700);
      expect(got.length).toBeLessThanOrEqual(file.length * 1_040);
    }),
    { numRuns: 50 },
  );
});

test("a capture in two members, cut in the second, gives its packets up to there", async () => {
  const whole = fixture("tls.pcap");
  const file = joined(gzipSync(whole.subarray(0, 1_000)), gzipSync(whole.subarray(1_000)));
  const { file: all } = await inspect(chunksOf(file));
  expect(all).toMatchObject({ packets: 15, truncated: false });
  const { file: cut } = await inspect(chunksOf(file.subarray(0, file.length - 300)));
  expect(cut.packets).toBeGreaterThan(5);
  expect(cut.packets).toBeLessThan(15);
  expect(cut.problem?.reason).toBe("gzip: it ends inside a block");
});
