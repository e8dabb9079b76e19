import { expect, test } from "vitest";
import {
  canonicalPrefix,
  prefixRange,
  rangeContains,
  rangesOverlap,
} from "../../src/arm/prefix-range.ts";

const range = (text: string) => prefixRange(text) ?? expect.fail(text);

test("a network is its first and last address", () => {
  expect(prefixRange("192.0.2.7/24")).toEqual({
    family: "ipv4",
    length: 24,
    first: 0xc0000200n,
    last: 0xc00002ffn,
  });
  expect(prefixRange("::/0")).toMatchObject({ first: 0n, last: (1n << 128n) - 1n });
  expect(prefixRange("::ffff:192.0.2.1")).toMatchObject({ first: 0xffff_c0000201n, length: 128 });
  expect(prefixRange("nothing")).toBeNull();
});

test("a network is written without the bits behind its prefix", () => {
  expect(
    ["10.1.2.3/8", "0.0.0.0/0", "2001:DB8:0:0:1::9/64", "fe80::1"].map(canonicalPrefix),
  ).toEqual(["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/64", "fe80::1/128"]);
});

test("networks contain and overlap only their own family", () => {
  expect([
    rangeContains(range("10.0.0.0/8"), range("10.255.0.0/16")),
    rangeContains(range("10.255.0.0/16"), range("10.0.0.0/8")),
    rangeContains(range("::/0"), range("10.0.0.0/8")),
    rangesOverlap(range("10.255.0.0/16"), range("10.0.0.0/8")),
    rangesOverlap(range("10.0.0.0/16"), range("10.1.0.0/16")),
  ]).toEqual([true, false, false, true, false]);
});
