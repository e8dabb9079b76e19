import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createAddressWords } from "../../src/flowlog/address-words.ts";
import { formatAddress } from "../../src/flowlog/address-text.ts";
import { readAddress } from "../../src/traffic/prefix/address-text.ts";
import {
  addPrefix,
  createPrefixList,
  formatPrefix,
  wordMask,
  type PrefixList,
} from "../../src/traffic/prefix/prefix-list.ts";
import { createPrefixTable, findPrefix } from "../../src/traffic/prefix/prefix-table.ts";

function listOf(...texts: string[]): PrefixList {
  const list = createPrefixList();
  for (const text of texts) expect(addPrefix(list, text)).toBeNull();
  return list;
}

function wordsOf(text: string): Uint32Array {
  const words = createAddressWords(1);
  expect(readAddress(text, words, 0), text).toBe(true);
  return words;
}

test("the narrowest prefix answers, on both sides of each border", () => {
  const list = listOf(
    "0.0.0.0/1",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.255.255",
    "255.0.0.0/8",
    "2001:db8::/32",
    "2001:db8:1::/48",
    "::/3",
  );
  const table = createPrefixTable(list);
  const answer = (address: string): string => {
    const entry = findPrefix(table, wordsOf(address), 0);
    return entry < 0 ? "-" : formatPrefix(list, entry);
  };
  const addresses = [
    "0.0.0.0",
    "9.255.255.255",
    "10.0.0.0",
    "10.0.255.255",
    "10.1.0.0",
    "10.1.255.254",
    "10.1.255.255",
    "10.2.0.0",
    "11.0.0.0",
    "127.255.255.255",
    "128.0.0.0",
    "254.255.255.255",
    "255.255.255.255",
    "::",
    "::ffff:10.1.2.3",
    "1fff:ffff::",
    "2000::",
    "2001:db8::1",
    "2001:db8:1:ffff::",
    "2001:db8:2::",
    "2001:db9::",
    "ffff::",
  ];
  expect(addresses.map((address) => `${address} ${answer(address)}`)).toMatchInlineSnapshot(`
    [
      "0.0.0.0 0.0.0.0/1",
      "9.255.255.255 0.0.0.0/1",
      "10.0.0.0 10.0.0.0/8",
      "10.0.255.255 10.0.0.0/8",
      "10.1.0.0 10.1.0.0/16",
      "10.1.255.254 10.1.0.0/16",
      "10.1.255.255 10.1.255.255",
      "10.2.0.0 10.0.0.0/8",
      "11.0.0.0 0.0.0.0/1",
      "127.255.255.255 0.0.0.0/1",
      "128.0.0.0 -",
      "254.255.255.255 -",
      "255.255.255.255 255.0.0.0/8",
      ":: ::/3",
      "::ffff:10.1.2.3 10.1.0.0/16",
      "1fff:ffff:: ::/3",
      "2000:: -",
      "2001:db8::1 2001:db8::/32",
      "2001:db8:1:ffff:: 2001:db8:1::/48",
      "2001:db8:2:: 2001:db8::/32",
      "2001:db9:: -",
      "ffff:: -",
    ]
  `);
});

test("what is neither an address nor a prefix is refused", () => {
  const wrong = [
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4/33",
    "1.2.3.4/",
    "1.2.3.4/-1",
    "1.2.3.4/8/8",
    "1.2.3.4 ",
    ":::",
    "1::2::3",
    "fe80::1%eth0",
    "::/129",
    "::ffff:0:0/95x",
    "12345::",
    "example.com",
    "١.٢.٣.٤",
  ];
  const list = createPrefixList();
  expect(wrong.filter((text) => addPrefix(list, text) === null)).toEqual([]);
  expect(list.count).toBe(0);
});

test("texts go round as RFC 5952 writes them", () => {
  const texts = [
    "::",
    "::1",
    "1::",
    "2001:db8::1",
    "2001:0:0:1::1",
    "1:0:0:2:3:0:0:4",
    "1:2:3:4:5:6:7:8",
    "0.0.0.0",
    "255.255.255.255",
  ];
  const written = texts.map((text) => formatAddress(wordsOf(text), 0));
  expect(written).toEqual([
    "::",
    "::1",
    "1::",
    "2001:db8::1",
    "2001:0:0:1::1",
    "1::2:3:0:0:4",
    "1:2:3:4:5:6:7:8",
    "0.0.0.0",
    "255.255.255.255",
  ]);
  expect(formatAddress(wordsOf("::FFFF:192.0.2.1"), 0)).toBe("192.0.2.1");
});

/** The same answer by looking at every prefix. */
function findSlowly({ words, lengths, count }: PrefixList, address: Uint32Array): number {
  const isIpv4 = (at: Uint32Array): boolean => at[0] === 0 && at[1] === 0 && at[2] === 0xffff;
  let best = -1;
  for (let entry = 0; entry < count; entry++) {
    const own = words.subarray(4 * entry, 4 * entry + 4);
    const length = lengths[entry] ?? 0;
    const isOver = own.every(
      (word, index) => ((word ^ (address[index] ?? 0)) & wordMask(length - 32 * index)) === 0,
    );
    const isOneVersion = isIpv4(address) === (isIpv4(own) && length >= 96);
    if (isOver && isOneVersion && (best < 0 || length > (lengths[best] ?? 0))) best = entry;
  }
  return best;
}

// Few different bits, so that prefixes nest, touch and repeat.
const octet = fc.constantFrom(0, 1, 2, 127, 128, 254, 255);
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join("."));
const group = fc.constantFrom("0", "1", "7fff", "8000", "ffff");
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.join(":"))
  .filter((text) => !text.startsWith("0:0:0:0:0:ffff"));
const prefix = fc.oneof(
  fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([text, length]) => `${text}/${length}`),
  fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([text, length]) => `${text}/${length}`),
  ipv4,
  ipv6,
);

test("answers are those of a loop over all prefixes", () => {
  fc.assert(
    fc.property(
      fc.array(prefix, { maxLength: 40 }),
      fc.array(fc.oneof(ipv4, ipv6), { minLength: 20, maxLength: 20 }),
      (prefixes, addresses) => {
        const list = listOf(...prefixes);
        const table = createPrefixTable(list);
        for (const address of addresses) {
          const words = wordsOf(address);
          const found = findPrefix(table, words, 0);
          const wanted = findSlowly(list, words);
          expect(found < 0 ? "-" : formatPrefix(list, found), address).toBe(
            wanted < 0 ? "-" : formatPrefix(list, wanted),
          );
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("a table that is large enough for the finer index answers the same", () => {
  const hex = (value: number): string => (value & 0xffff).toString(16);
  const texts = Array.from({ length: 40_000 }, (_, index) => {
    const scattered = Math.imul(index + 1, 0x9e37_79b1) >>> 0;
    return `${hex(0x2a00 + (index % 7))}:${hex(scattered >>> 16)}:${hex(scattered)}::/${30 + (index % 35)}`;
  });
  const list = listOf(...texts);
  const table = createPrefixTable(list);
  expect(table.ipv6.stepShift).toBe(12);
  for (const [index, text] of texts.entries()) {
    if (index % 2_000 !== 0) continue;
    for (const tail of ["::", "::ffff", ":ffff:ffff::1"]) {
      const words = wordsOf(text.replace(/::\/.*$/, tail));
      const wanted = findSlowly(list, words);
      const found = findPrefix(table, words, 0);
      expect(found < 0 ? "-" : formatPrefix(list, found), text).toBe(
        wanted < 0 ? "-" : formatPrefix(list, wanted),
      );
    }
  }
});
