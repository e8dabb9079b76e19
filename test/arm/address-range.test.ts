import { isIPv4, isIPv6 } from "node:net";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/arm/address-range.ts";

const looksLikeOne = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.stringMatching(/^[0-9a-fA-F:.]{1,46}$/),
  fc.stringMatching(/^\d{1,3}(\.\d{1,3}){3}$/),
  fc.stringMatching(/^([0-9a-f]{0,5}:){1,8}[0-9a-f%/\][.@]{0,9}$/),
);

test("an address is what Node takes for one, without a zone", () => {
  fc.assert(
    fc.property(looksLikeOne, (text) => {
      const family = isIPv4(text) ? "ip" : isIPv6(text) && !text.includes("%") ? "ip6" : null;
      expect(parseAddress(text)?.family ?? null).toBe(family);
    }),
    { numRuns: 2_000 },
  );
});

test("an address that is written and read again is the same", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
      expect(parseAddress(formatAddress("ip6", value))).toEqual({ family: "ip6", value });
    }),
  );
});
