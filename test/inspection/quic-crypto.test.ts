// AES and SHA-256 as the inspection has them, beside OpenSSL's.
import { createCipheriv, createHash } from "node:crypto";
import { assert, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { encryptBlock, expandKey } from "../../src/inspection/dissect/web/aes-128.ts";
import { hashEnd, newHashState } from "../../src/inspection/dissect/web/sha-256.ts";

const words = (bytes: Uint8Array): Int32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index));
};
const inHex = (values: Int32Array): string =>
  Array.from(values, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
const block = uint8Array({ minLength: 16, maxLength: 16 });

test("a block encrypted with AES-128 is what OpenSSL makes of it", () => {
  assert(
    property(block, block, (key, plain) => {
      const encrypted = words(plain);
      encryptBlock(expandKey(words(key)), encrypted);
      const expected = createCipheriv("aes-128-ecb", key, null).update(plain);
      expect(inHex(encrypted)).toBe(expected.toString("hex"));
    }),
  );
});

test.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 128, 500])(
  "the hash of %i bytes is what OpenSSL makes of them",
  (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7) & 255);
    const state = newHashState();
    hashEnd(state, bytes, size, 0);
    expect(inHex(state)).toBe(createHash("sha256").update(bytes).digest("hex"));
  },
);
