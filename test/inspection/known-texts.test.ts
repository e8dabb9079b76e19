// Texts and certificates that are made once are what they would be made of anew.
import { array, assert, constantFrom, oneof, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { KnownTexts } from "../../src/inspection/dissect/known-texts.ts";
import { readCertificate } from "../../src/inspection/dissect/web/certificate.ts";
import { KnownCertificates } from "../../src/inspection/dissect/web/known-certificates.ts";
import { hex } from "./captures.ts";
import { certificate } from "./tls-bytes.ts";

const latin1 = new TextDecoder("latin1");

test("a known text is what a decoder makes of the bytes", () => {
  const ascii = constantFrom("", "a", "ab", "b".repeat(256), "c".repeat(300), "ab\0");
  const bytes = oneof(
    ascii.map((text) => new TextEncoder().encode(text)),
    uint8Array({ maxLength: 20 }),
  );
  const texts = new KnownTexts();
  assert(
    property(array(bytes), (all) => {
      for (const one of [...all, ...all])
        expect(texts.of(one, 0, one.length)).toBe(latin1.decode(one));
    }),
  );
});

test("more texts than are remembered are told apart", () => {
  const texts = new KnownTexts();
  const names = Array.from({ length: 70_000 }, (_, index) => `host-${index}.example`);
  const read = (name: string): string => texts.of(Buffer.from(`<${name}>`), 1, name.length + 1);
  expect(names.map(read)).toEqual(names);
  expect(names.map(read)).toEqual(names);
});

test("a known certificate says what it says when it is read", () => {
  const known = new KnownCertificates();
  const other = certificate.slice();
  other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
  for (const bytes of [
    certificate,
    other,
    certificate,
    hex("3000"),
    certificate.subarray(9),
    other,
  ])
    expect(known.read(bytes, 0, bytes.length)).toEqual(readCertificate(bytes, 0, bytes.length));
});
