import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteBuffers } from "../../src/inspection/dissect/transport/byte-buffers.ts";

test("buffers that are taken are large enough and share no byte", () => {
  const size = fc.integer({ min: 1, max: 70_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 60 }), (steps) => {
      const buffers = new ByteBuffers();
      const taken = new Map<number, Uint8Array>();
      for (const [index, [bytes, isGivenBack]] of steps.entries()) {
        const buffer = buffers.take(bytes);
        expect(buffer.length).toBeGreaterThanOrEqual(bytes);
        buffer.fill(index + 1);
        taken.set(index, buffer);
        if (!isGivenBack) continue;
        buffers.give(buffer);
        // Until the next frame nobody else gets it.
        buffers.take(bytes).fill(255);
        expect(buffer.every((byte) => byte === index + 1)).toBe(true);
        buffers.settle();
        taken.delete(index);
      }
      for (const [index, buffer] of taken)
        expect(buffer.every((byte) => byte === index + 1)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("a buffer that was given back is used again from the next frame on", () => {
  const buffers = new ByteBuffers();
  const first = buffers.take(100_000);
  buffers.give(first);
  expect(buffers.take(100_000) === first).toBe(false);
  buffers.settle();
  expect(buffers.take(100_000) === first).toBe(true);
});
