import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv4Text, ipv6Text } from "../../src/inspection/analysis/addresses.ts";
import { JsonBytes, prepared } from "../../src/inspection/json-bytes.ts";

function textOf(write: (out: JsonBytes) => void): string {
  const out = new JsonBytes();
  write(out);
  return new TextDecoder().decode(out.take());
}

describe("numbers are written as JSON.stringify writes them", () => {
  test.each([0, 9, 10, 9_999, 10_000, 99_999_999, 100_000_000, 2 ** 31, 2 ** 53 - 1, 2 ** 53])(
    "%i",
    (number) => expect(textOf((out) => out.number(number))).toBe(JSON.stringify(number)),
  );

  test.each([-0, -1, 0.5, 1e21, 8_999_999_999_999_999])("%d", (number) =>
    expect(textOf((out) => out.number(number))).toBe(JSON.stringify(number)),
  );

  test("of any size", () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), fc.nat(), fc.nat(99_999))), (numbers) => {
        const text = textOf((out) => {
          for (const number of numbers) {
            out.number(number);
            out.text(prepared(","));
          }
        });
        expect(text).toBe(numbers.map((number) => `${number},`).join(""));
      }),
    ));
});

test("a time is its seconds and nine digits, or its nanoseconds alone", () =>
  fc.assert(
    fc.property(fc.nat(2 ** 33), fc.nat(999_999_999), (seconds, nanoseconds) => {
      const expected = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      expect(textOf((out) => out.nanoseconds(seconds, nanoseconds))).toBe(String(expected));
      expect(textOf((out) => out.nanoseconds(0, nanoseconds))).toBe(String(nanoseconds));
    }),
  ));

test("addresses are written as their texts are", () =>
  fc.assert(
    fc.property(
      // Zeros in all places make all short forms.
      fc.array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
        minLength: 8,
        maxLength: 8,
      }),
      (groups) => {
        const address = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
        const word = (at: number): number => new DataView(address.buffer).getInt32(at * 4);
        const written = textOf((out) => out.ipv6(word(0), word(1), word(2), word(3)));
        expect(written).toBe(ipv6Text(address));
        expect(textOf((out) => out.ipv4(word(3)))).toBe(ipv4Text(word(3)));
      },
    ),
    { numRuns: 1_000 },
  ));

test("prepared texts end where they end", () =>
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ -~]*$/)), (texts) => {
      const written = textOf((out) => {
        for (const text of texts) out.text(prepared(text));
      });
      expect(written).toBe(texts.join(""));
    }),
  ));

test("a text of any length comes in pieces, and no character is cut", () => {
  const text = "aé€😀".repeat(200_000);
  const out = new JsonBytes();
  const pieces: Uint8Array[] = [];
  for (const piece of out.anyText(text)) pieces.push(piece.slice());
  pieces.push(out.take().slice());
  expect(pieces.length).toBeGreaterThan(3);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  expect(pieces.map((piece) => decoder.decode(piece)).join("")).toBe(text);
});
