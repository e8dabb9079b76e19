// The format of a sealed file: any range reads back, and nothing that was changed does.
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, constantFrom, integer, nat } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KeyRing, SealBrokenError, UnknownKeyError } from "../../../src/storage/vault/key-ring.ts";
import { chunkOverheadBytes } from "../../../src/storage/vault/sealed-chunk.ts";
import {
  describeSealedFile,
  readSealed,
  rewrapFile,
  SealingWriter,
  type SealedFile,
} from "../../../src/storage/vault/sealed-file.ts";
import {
  sealedHeadSizeBytes,
  slotOffsets,
  slotSizeBytes,
  wholeChunkSizeBytes,
} from "../../../src/storage/vault/sealed-head.ts";

const chunkFileSizeBytes = wholeChunkSizeBytes + chunkOverheadBytes;
const origin = Buffer.alloc(32, 7);
const key = randomBytes(32);
const ring = new KeyRing([key]);
let directory: string;
let names = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-seal-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Writes `plain` in pieces of `pieceSizeBytes`. */
async function seal(plain: Uint8Array, pieceSizeBytes = 50_000, keys = ring): Promise<SealedFile> {
  const path = join(directory, String(names++));
  const file = await open(path, "wx");
  const { writer, fileId } = await SealingWriter.begin(keys, file, origin);
  for (let at = 0; at < plain.length; at += pieceSizeBytes) {
    await writer.write(plain.subarray(at, at + pieceSizeBytes));
  }
  await writer.end();
  await file.close();
  return { path, fileId, sizeBytes: plain.length };
}

async function read(sealed: SealedFile, from = 0, to = sealed.sizeBytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of readSealed(ring, sealed, { from, to })) parts.push(part);
  return Buffer.concat(parts);
}

test("any range of any size reads back, however it was written", async () => {
  const sizes = [0, 1, wholeChunkSizeBytes - 1, wholeChunkSizeBytes, wholeChunkSizeBytes + 1];
  const anySize = integer({ min: 0, max: 6 * wholeChunkSizeBytes });
  const check = async (sizeBytes: number, piece: number, a: number, b: number): Promise<void> => {
    const plain = randomBytes(sizeBytes);
    const sealed = await seal(plain, piece);
    const [from, to] = [a % (sizeBytes + 1), b % (sizeBytes + 1)].toSorted((x, y) => x - y);
    expect((await read(sealed, from, to)).equals(plain.subarray(from, to))).toBe(true);
    expect((await read(sealed)).equals(plain)).toBe(true);
    expect(await describeSealedFile(ring, sealed.path)).toMatchObject({ sizeBytes, origin });
    await rm(sealed.path);
  };
  for (const size of [...sizes, ...sizes.map((each) => each + 4 * wholeChunkSizeBytes)]) {
    await check(size, 65_536, 0, size);
  }
  const piece = integer({ min: 1_000, max: 200_000 });
  await assert(asyncProperty(anySize, piece, nat(), nat(), check), { numRuns: 30 });
});

test("a range touches its own chunks only", async () => {
  const plain = randomBytes(20 * wholeChunkSizeBytes);
  const sealed = await seal(plain);
  const bytes = await readFile(sealed.path);
  // Everything but the head and chunk 7 is spoilt.
  const start = sealedHeadSizeBytes + 7 * chunkFileSizeBytes;
  bytes.fill(0, sealedHeadSizeBytes, start).fill(0, start + chunkFileSizeBytes);
  await writeFile(sealed.path, bytes);
  const at = 7 * wholeChunkSizeBytes;
  const chunk = await read(sealed, at, at + wholeChunkSizeBytes);
  expect(chunk.equals(plain.subarray(at, at + wholeChunkSizeBytes))).toBe(true);
  await expect(read(sealed, at - 1, at + 1)).rejects.toThrow(SealBrokenError);
});

test("one changed bit anywhere but in an empty part of the head is found", async () => {
  const plain = randomBytes(3 * wholeChunkSizeBytes + 100);
  const sealed = await seal(plain);
  const whole = await readFile(sealed.path);
  const fixedEnd = slotOffsets[0] + slotSizeBytes;
  const regions = [
    [0, fixedEnd],
    [sealedHeadSizeBytes, sealedHeadSizeBytes + 12],
    [sealedHeadSizeBytes + chunkFileSizeBytes - 16, sealedHeadSizeBytes + chunkFileSizeBytes],
    [sealedHeadSizeBytes, whole.length],
  ] as const;
  const spoil = async ([from, to]: readonly [number, number], offset: number, bit: number) => {
    const bytes = Buffer.from(whole);
    const at = from + (offset % (to - from));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    await writeFile(sealed.path, bytes);
    // A changed key id looks like another key's; all else is damage.
    await expect(read(sealed)).rejects.toThrow(/was changed|no head|key [0-9a-f]{16} is wanted/);
  };
  for (let at = 0; at < fixedEnd; at++) await spoil([at, at + 1], 0, at % 8);
  const property = asyncProperty(
    constantFrom(...regions),
    nat(),
    integer({ min: 0, max: 7 }),
    spoil,
  );
  await assert(property, { numRuns: 60 });
});

describe("chunks that are whole but in the wrong place", () => {
  const chunk = (bytes: Buffer, index: number): Buffer => {
    const at = sealedHeadSizeBytes + index * chunkFileSizeBytes;
    return bytes.subarray(at, at + chunkFileSizeBytes);
  };

  test("two of one file change places", async () => {
    const sealed = await seal(randomBytes(4 * wholeChunkSizeBytes));
    const bytes = await readFile(sealed.path);
    const first = Buffer.from(chunk(bytes, 0));
    chunk(bytes, 1).copy(chunk(bytes, 0));
    first.copy(chunk(bytes, 1));
    await writeFile(sealed.path, bytes);
    await expect(read(sealed)).rejects.toThrow("chunk 0 of a sealed file was changed");
  });

  test("one comes from another file, with its head or without", async () => {
    const [one, other] = [
      await seal(randomBytes(2 * wholeChunkSizeBytes)),
      await seal(randomBytes(2 * wholeChunkSizeBytes)),
    ];
    const [mine, theirs] = [await readFile(one.path), await readFile(other.path)];
    const swapped = Buffer.concat([mine]);
    chunk(theirs, 1).copy(chunk(swapped, 1));
    await writeFile(one.path, swapped);
    await expect(read(one)).rejects.toThrow("chunk 1 of a sealed file was changed");
    await writeFile(
      one.path,
      Buffer.concat([theirs.subarray(0, sealedHeadSizeBytes), mine.subarray(sealedHeadSizeBytes)]),
    );
    await expect(read(one)).rejects.toThrow("is another file than the one that was written");
    await writeFile(one.path, theirs);
    await expect(read(one)).rejects.toThrow("is another file than the one that was written");
  });

  test("a file that ends at the end of a chunk is short, whoever says how long it is", async () => {
    const sealed = await seal(randomBytes(4 * wholeChunkSizeBytes));
    await truncate(sealed.path, sealedHeadSizeBytes + 3 * chunkFileSizeBytes);
    await expect(read(sealed)).rejects.toThrow(/ends at byte/);
    const shorter = { ...sealed, sizeBytes: 3 * wholeChunkSizeBytes };
    await expect(read(shorter)).rejects.toThrow("chunk 2 of a sealed file was changed");
    await truncate(sealed.path, sealedHeadSizeBytes + 10);
    await expect(describeSealedFile(ring, sealed.path)).rejects.toThrow("was cut");
    await truncate(sealed.path, 100);
    await expect(read(sealed)).rejects.toThrow("no head");
  });

  test("bytes behind the last chunk are not the file's", async () => {
    const sealed = await seal(randomBytes(wholeChunkSizeBytes));
    const bytes = await readFile(sealed.path);
    await writeFile(sealed.path, Buffer.concat([bytes, chunk(bytes, 0)]));
    const longer = { ...sealed, sizeBytes: 2 * wholeChunkSizeBytes };
    await expect(read(longer)).rejects.toThrow(SealBrokenError);
  });
});

describe("a new key", () => {
  const newKey = randomBytes(32);
  const both = new KeyRing([newKey, key]);

  test("wraps the file's key again, and the old one opens nothing any more", async () => {
    const plain = randomBytes(100_000);
    const sealed = await seal(plain);
    const { ino, size } = await stat(sealed.path);
    const data = (await readFile(sealed.path)).subarray(sealedHeadSizeBytes);
    expect(await rewrapFile(both, sealed.path)).toBe(true);
    expect(await rewrapFile(both, sealed.path)).toBe(false);
    await expect(read(sealed)).rejects.toThrow(UnknownKeyError);
    const onlyNew = new KeyRing([newKey]);
    const parts: Uint8Array[] = [];
    for await (const part of readSealed(onlyNew, sealed, { from: 0, to: 100_000 }))
      parts.push(part);
    expect(Buffer.concat(parts).equals(plain)).toBe(true);
    expect((await readFile(sealed.path)).subarray(sealedHeadSizeBytes).equals(data)).toBe(true);
    expect(await stat(sealed.path)).toMatchObject({ ino, size });
  });

  test("is there beside the old one, or in its place, whenever the power goes", async () => {
    const sealed = await seal(randomBytes(1_000));
    const before = await readFile(sealed.path);
    await rewrapFile(both, sealed.path);
    const after = await readFile(sealed.path);
    // The second slot torn: half of the new wrapping is on the disk.
    const torn = Buffer.from(before);
    after.copy(torn, slotOffsets[1], slotOffsets[1], slotOffsets[1] + 30);
    // Both whole: the old slot was not emptied yet.
    const twice = Buffer.from(before);
    after.copy(twice, slotOffsets[1], slotOffsets[1], slotOffsets[1] + slotSizeBytes);
    // The old slot torn while it was emptied.
    const emptied = Buffer.from(twice);
    emptied.fill(0, slotOffsets[0] + 20, slotOffsets[0] + slotSizeBytes);
    for (const state of [torn, twice, emptied]) {
      await writeFile(sealed.path, state);
      expect(await describeSealedFile(both, sealed.path)).toMatchObject({ sizeBytes: 1_000 });
      expect(await rewrapFile(both, sealed.path)).toBe(true);
      const onlyNew = new KeyRing([newKey]);
      expect(await describeSealedFile(onlyNew, sealed.path)).toMatchObject({ sizeBytes: 1_000 });
      await expect(read(sealed)).rejects.toThrow(UnknownKeyError);
    }
  });
});

test("no two chunks, files or wrappings share bytes, though the plain text is the same", async () => {
  const plain = Buffer.alloc(2 * wholeChunkSizeBytes);
  const [one, other] = [await seal(plain), await seal(plain)];
  const pieces = new Set<string>();
  for (const { path } of [one, other]) {
    const bytes = (await readFile(path)).subarray(sealedHeadSizeBytes);
    for (let at = 12; at + 64 < bytes.length; at += 64) {
      pieces.add(bytes.toString("hex", at, at + 64));
    }
  }
  const sizeBytes = 2 * chunkFileSizeBytes;
  expect(pieces.size).toBe(2 * Math.ceil((sizeBytes - 12 - 64) / 64));
});
