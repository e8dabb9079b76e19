// Where a file is not what was signed.
import { createHash, randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { blockCountMax, blockSizeFor, hashBlocks } from "../../src/evidence/block-hashes.ts";
import { checkFile } from "../../src/evidence/check-file.ts";

const blockSizeBytes = 1_000;
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const hash = (bytes: Uint8Array, size = 333) => hashBlocks(inPieces(bytes, size), blockSizeBytes);

test("a file's hashes are those of its blocks, however its bytes come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (bytes, size) => {
        const found = await hash(bytes, size);
        const sha = (part: Uint8Array) => createHash("sha256").update(part);
        const parts = Array.from({ length: Math.ceil(bytes.length / blockSizeBytes) }, (_, index) =>
          bytes.subarray(index * blockSizeBytes, (index + 1) * blockSizeBytes),
        );
        expect(found).toEqual({
          sizeBytes: bytes.length,
          sha256: sha(bytes).digest("hex"),
          blocks: parts.map((part) => sha(part).digest("base64url")),
        });
      },
    ),
    { numRuns: 50 },
  );
});

test("the blocks that were altered are told, neighbours as one range", async () => {
  const bytes = randomBytes(4_500);
  const signed = await hash(bytes);
  expect(checkFile(signed, await hash(bytes), blockSizeBytes)).toEqual({ kind: "right" });
  const changed = Buffer.from(bytes);
  for (const at of [1_200, 2_999, 4_499]) changed[at] = (changed[at] ?? 0) ^ 1;
  expect(checkFile(signed, await hash(changed), blockSizeBytes)).toEqual({
    kind: "altered",
    ranges: [
      { start: 1_000, end: 3_000 },
      { start: 4_000, end: 4_500 },
    ],
    what: "altered from byte 1000 on",
  });
});

test("a file that was cut short, grew, or is another one says so", async () => {
  const bytes = randomBytes(3_500);
  const signed = await hash(bytes);
  const short = checkFile(signed, await hash(bytes.subarray(0, 2_100)), blockSizeBytes);
  expect(short).toMatchObject({
    kind: "altered",
    ranges: [{ start: 2_000, end: 3_500 }],
    what: "altered from byte 2000 on; it has 2100 bytes, 3500 were signed",
  });
  const longer = Buffer.concat([bytes, randomBytes(700)]);
  expect(checkFile(signed, await hash(longer), blockSizeBytes)).toMatchObject({
    ranges: [{ start: 3_000, end: 4_200 }],
  });
  const other = checkFile(signed, await hash(randomBytes(2_000)), blockSizeBytes);
  expect(other.kind).toBe("notTheOriginal");
  const unlisted = checkFile({ ...signed, blocks: null }, await hash(longer), blockSizeBytes);
  expect(unlisted).toMatchObject({ kind: "altered", ranges: [] });
});

test("a manifest's list of blocks is bounded, whatever a capture's size", () => {
  expect(blockSizeFor(0)).toBe(65_536);
  expect(blockSizeFor(256 * 2 ** 20)).toBe(65_536);
  for (const sizeBytes of [2 ** 30, 2 ** 32 - 1, 100 * 2 ** 32]) {
    expect(sizeBytes / blockSizeFor(sizeBytes)).toBeLessThanOrEqual(blockCountMax);
  }
});
