import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Addresses } from "../../src/inspection/analysis/addresses.ts";

test("addresses of both versions are numbered in the order of their first appearance", () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.integer({ min: -3, max: 3_000 }),
          fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
          fc.uint8Array({ minLength: 16, maxLength: 16, max: 2 }),
        ),
        { minLength: 1, maxLength: 3_000, size: "max" },
      ),
      (seen) => {
        const addresses = new Addresses();
        const expected = new Map<string, number>();
        for (const address of seen) {
          const text = String(address);
          const number = expected.get(text) ?? expected.size;
          expected.set(text, number);
          const given =
            typeof address === "number" ? addresses.ipv4(address) : addresses.ipv6(address, 0);
          expect(given).toBe(number);
        }
        expect(addresses.count).toBe(expected.size);
      },
    ),
    { numRuns: 50 },
  ));

test("a number tells its address", () => {
  const addresses = new Addresses();
  const ipv6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  const numbers = [
    addresses.ipv4(0),
    addresses.ipv6(ipv6, 0),
    addresses.ipv4(0xc000_0201),
    addresses.ipv4(0xc000_0201 | 0),
  ];
  expect(numbers).toEqual([0, 1, 2, 2]);
  expect(numbers.map((number) => addresses.text(number))).toEqual([
    "0.0.0.0",
    "2001:db8::1",
    "192.0.2.1",
    "192.0.2.1",
  ]);
});
