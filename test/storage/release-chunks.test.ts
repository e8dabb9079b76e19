// Memory of what was received goes back at once, and only that which nobody else looks at.
import { expect, test } from "vitest";
import { releaseChunks } from "../../src/storage/service/release-chunks.ts";

test("a chunk is good until the next is asked for, then its memory is gone", async () => {
  const chunks = [1, 2, 3].map((value) => new Uint8Array(16_384).fill(value));
  const seen: [number, number][] = [];
  for await (const chunk of releaseChunks(each(chunks))) {
    seen.push([chunk[16_383] ?? 0, chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)]);
  }
  expect(seen).toEqual([
    [1, 3 * 16_384],
    [2, 2 * 16_384],
    [3, 16_384],
  ]);
  expect(chunks.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
});

test("memory that a chunk shares stays", async () => {
  const shared = new Uint8Array(100).fill(7);
  for await (const chunk of releaseChunks(each([shared.subarray(0, 50), shared.subarray(50)]))) {
    expect(chunk[0]).toBe(7);
  }
  expect(shared.byteLength).toBe(100);
});

async function* each(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
