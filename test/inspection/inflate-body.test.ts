import { constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Inflate, inflateState } from "../../src/inspection/deflate/inflate.ts";
import { inflateBody } from "../../src/inspection/deflate/inflate-body.ts";

/** What a stream gives that is pushed in chunks. */
function streamed(data: Uint8Array, chunkSize: number): Uint8Array {
  const inflate = new Inflate();
  const pages: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += chunkSize) {
    inflate.push(data.subarray(at, at + chunkSize), at + chunkSize >= data.length);
    let state = inflate.run();
    pages.push(inflate.take());
    for (; state === inflateState.pageIsFull; pages.push(inflate.take())) state = inflate.run();
    expect(inflate.problem).toBe("");
  }
  return new Uint8Array(Buffer.concat(pages));
}

const content = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), fc.integer({ min: 1, max: 40 }))
  .map(([part, times]) => new Uint8Array(Buffer.concat(Array<Uint8Array>(times).fill(part))));

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
  ),
});

test("what zlib deflates comes out as it was, as a stream and as a body in any wrapping", () => {
  fc.assert(
    fc.property(content, options, fc.integer({ min: 1, max: 3_000 }), (bytes, how, chunkSize) => {
      expect(streamed(deflateRawSync(bytes, how), chunkSize)).toEqual(bytes);
      for (const compress of [gzipSync, deflateSync, deflateRawSync])
        expect(inflateBody(compress(bytes, how), 1_000_000)).toEqual(bytes);
    }),
    { numRuns: 30 },
  );
});

test("codes too long to be looked up are read all the same", () => {
  // Each byte value comes half as often as the one before it, which makes the rarest codes the longest.
  const bytes = new Uint8Array(1 << 16);
  for (let value = 1; value < 17; value++)
    bytes.fill(value, bytes.length - (bytes.length >> value));
  const data = deflateRawSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY });
  expect(inflateBody(data, 1_000_000)).toEqual(bytes);
  expect(streamed(data, 700)).toEqual(bytes);
});

test("a body that stops at the bound is the beginning, whatever lies behind it", () => {
  fc.assert(
    fc.property(content, options, fc.integer({ min: 1, max: 20_000 }), (bytes, how, sizeMax) => {
      const data = deflateSync(bytes, how);
      expect(inflateBody(data, sizeMax)).toEqual(bytes.subarray(0, sizeMax));
    }),
    { numRuns: 30 },
  );
});

test("a body larger than a page comes out whole, and to its bound", () => {
  const bytes = Uint8Array.from({ length: 700_000 }, (_, at) => (at * at) >> 7);
  const body = gzipSync(bytes);
  for (const sizeMax of [262_144, 294_912, 294_913, 600_000, 1_000_000]) {
    const got = Buffer.from(inflateBody(body, sizeMax) ?? []);
    expect(got.equals(bytes.subarray(0, sizeMax))).toBe(true);
  }
});

test("a body that ends early gives what there is, wherever it is cut", () => {
  fc.assert(
    fc.property(
      content,
      options,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (bytes, how, share) => {
        const data = gzipSync(bytes, how);
        const got = inflateBody(data.subarray(0, Math.floor(share * data.length)), 1_000_000);
        if (got !== null) expect(bytes.subarray(0, got.length)).toEqual(got);
        if (share === 1) expect(got).toEqual(bytes);
      },
    ),
    { numRuns: 30 },
  );
  const hello = deflateRawSync(Buffer.from("hello hello hello"));
  expect(inflateBody(hello.subarray(0, -3), 100)?.length).toBeGreaterThan(0);
});

test("a damaged body gives nothing, also where it began well", () => {
  expect(inflateBody(Buffer.from("hello"), 100)).toBeNull();
  const stored = Buffer.from("000200fdff686907", "hex");
  expect(inflateBody(stored, 100)).toBeNull();
  expect(inflateBody(stored, 2)).toEqual(Uint8Array.of(0x68, 0x69));
});

test("an empty body gives nothing", () => {
  expect(inflateBody(gzipSync(""), 100)).toBeNull();
  expect(inflateBody(new Uint8Array(0), 100)).toBeNull();
});

test("any bytes give no more than the bound, and leave nothing for the next body", () => {
  const hello = deflateSync(Buffer.from("hello"));
  fc.assert(
    fc.property(fc.uint8Array(), (any) => {
      expect(inflateBody(any, 1_000)?.length ?? 0).toBeLessThanOrEqual(1_000);
      expect(inflateBody(hello, 1_000)).toEqual(new Uint8Array(Buffer.from("hello")));
    }),
  );
});
