import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitCsvLine } from "../../src/traffic/feeds/csv-list.ts";
import { threatListSettings } from "../../src/traffic/feeds/feed-settings.ts";
import { readThreatFeed } from "../../src/traffic/feeds/read-threat-feed.ts";
import { addressesOf } from "../../src/traffic/feeds/stix-bundle.ts";
import { readServiceTags } from "../../src/traffic/enrich/service-tags.ts";
import { formatPrefix } from "../../src/traffic/prefix/prefix-list.ts";
import { createPrefixTable } from "../../src/traffic/prefix/prefix-table.ts";
import { prefixListOf } from "./traffic-fixtures.ts";

const allowed = createPrefixTable(prefixListOf("8.8.8.8"));
const now = Date.parse("2026-11-21T00:00:00Z");

interface Read {
  entries: Record<string, object | string>;
  skipped: Record<string, number>;
}

function read(text: string, settings: object = {}): Read {
  const parsed = threatListSettings.parse({ name: "x", path: "/x", ...settings });
  const { prefixes, notes, skipped } = readThreatFeed(text, parsed, { allowed, now });
  return {
    entries: Object.fromEntries(
      Array.from({ length: prefixes.count }, (_, index) => [
        formatPrefix(prefixes, index),
        notes.get(index) ?? "",
      ]),
    ),
    skipped: Object.fromEntries(Object.entries(skipped).filter(([, count]) => count > 0)),
  };
}

test("a plain list has comments, prefixes and scores, and what no list may mark is counted", () => {
  const text = [
    "\u{feff}# comment",
    "5.5.5.5\t10\r",
    "5.5.6.7/24 ; behind",
    "2a00:bad::/32 # six",
    "5.5.7.1\t2",
    "",
    "10.1.2.3",
    "192.168.0.0/16",
    "127.0.0.1",
    "8.8.8.8",
    "8.8.8.0/24",
    "0.0.0.0/0",
    "64.0.0.0/2",
    "2000::/3",
    "example.com",
  ].join("\n");
  expect(read(text, { scoreMin: 3 })).toEqual({
    entries: {
      "5.5.5.5": { score: 10 },
      "5.5.6.0/24": "",
      "2a00:bad::/32": "",
      "8.8.8.0/24": "",
    },
    skipped: { notMeant: 1, notPublic: 4, allowed: 1, tooWide: 2, unreadable: 1 },
  });
});

test("a CSV has its columns by usual name, by given name, by number, or in a comment", () => {
  const entries = {
    "5.5.5.5": {
      threatType: "Botnet",
      description: 'a "b", c',
      validFrom: "2026-01-02T03:04:05.000Z",
    },
  };
  const row = '"2026-01-02 03:04:05", 5.5.5.5 ,botnet,"a ""b"", c"';
  const header = "first_seen,ip,type,description";
  expect(read(`${header}\n${row}`).entries).toEqual(entries);
  expect(read(`# note, of\n# ${header}\n${row}`, { format: "csv" }).entries).toEqual(entries);
  const named = { address: "B", threatType: "c", description: "d", firstSeen: "a" };
  expect(read(`a,b,c,d\n${row}`, { columns: named }).entries).toEqual(entries);
  const numbered = { address: 2, threatType: 3, description: 4, firstSeen: 1 };
  expect(read(row, { columns: numbered }).entries).toEqual(entries);
  expect(() => read("a,b\n1,2")).toThrow("no column of addresses");
  expect(read("ip;type\n5.5.5.5;tor", { format: "csv", delimiter: ";" }).entries).toEqual({
    "5.5.5.5": { threatType: "DarkNet" },
  });
});

test("fields of a CSV line", () => {
  expect(splitCsvLine('a,"b,c",,"d""e', ",")).toEqual(["a", "b,c", "", 'd"e']);
  expect(splitCsvLine("", ",")).toEqual([""]);
  expect(splitCsvLine("a,", ",")).toEqual(["a", ""]);
});

const indicator = (pattern: string, more: object = {}): object => ({
  type: "indicator",
  id: "indicator--1",
  pattern,
  pattern_type: "stix",
  valid_from: "2026-01-01T00:00:00Z",
  ...more,
});

test("a STIX bundle gives the addresses of indicators that hold for the address alone", () => {
  const bundle = {
    type: "bundle",
    objects: [
      { type: "identity", name: "someone" },
      indicator("[ipv4-addr:value = '5.5.5.5']", {
        indicator_types: ["unknown", "command-and-control"],
        name: "n",
      }),
      indicator("[ipv4-addr:value ISSUBSET '5.5.6.0/24' OR ipv6-addr:value = '2a00:bad::1']", {
        labels: ["phishing"],
      }),
      indicator("[ipv4-addr:value IN ('5.5.7.1', '5.5.7.2')]"),
      indicator("[ipv4-addr:value = '5.5.8.1']", { revoked: true }),
      indicator("[ipv4-addr:value = '5.5.8.2']", { valid_until: "2026-02-01T00:00:00Z" }),
      indicator("[ipv4-addr:value = '5.5.8.3']", { indicator_types: ["benign"] }),
      indicator("[ipv4-addr:value = '5.5.8.4' AND network-traffic:dst_port = 443]"),
      indicator("[domain-name:value = 'example.com']"),
      indicator("[ipv4-addr:value = '10.0.0.1']"),
    ],
  };
  const validFrom = "2026-01-01T00:00:00.000Z";
  expect(read(JSON.stringify(bundle))).toEqual({
    entries: {
      "5.5.5.5": { threatType: "C2", description: "n", validFrom },
      "5.5.6.0/24": { threatType: "Phishing", validFrom },
      "2a00:bad::1": { threatType: "Phishing", validFrom },
      "5.5.7.1": { validFrom },
      "5.5.7.2": { validFrom },
    },
    skipped: { notMeant: 3, unreadable: 2, notPublic: 1 },
  });
});

test("patterns that mean less or more than an address are not taken", () => {
  const wrong = [
    "[ipv4-addr:value != '5.5.5.5']",
    "[NOT ipv4-addr:value = '5.5.5.5']",
    "[ipv4-addr:value = '5.5.5.5'] FOLLOWEDBY [ipv4-addr:value = '5.5.5.6']",
    "[ipv4-addr:value LIKE '5.5.%']",
    "[]",
    "",
  ];
  expect(wrong.filter((pattern) => addressesOf(pattern) !== null)).toEqual([]);
});

test("what is no list is refused as a whole", () => {
  for (const text of [
    "",
    "# only comments\n",
    "<html><body>\nTry again later\n</body></html>",
    "{",
    '{"type":"report"}',
    "[1,2]",
    '{"type":"bundle","objects":[]}',
    "\0\0\0\0",
  ])
    expect(() => read(text), JSON.stringify(text)).toThrow();
  expect(() => readServiceTags("<html>", "tags")).toThrow("not JSON");
  expect(() => readServiceTags('{"changeNumber":1,"values":[]}', "tags")).toThrow("values");
});

test("limits hold, and counted is what was over them", () => {
  const many = Array.from({ length: 20 }, (_, index) => `5.5.5.${index}`).join("\n");
  const { entries, skipped } = read(many, { entryCountMax: 5 });
  expect([Object.keys(entries).length, skipped]).toEqual([5, { tooMany: 15 }]);
});

test("any text is read or refused in little time", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.stringMatching(/^[0-9a-f.:/,"'#;\n\t [\]{}()=ORIN-]*$/, { maxLength: 400 }),
    fc.json().map((text) => `{"type":"bundle","objects":[${text}]}`),
    fc.string().map((text) => JSON.stringify({ type: "bundle", objects: [indicator(text)] })),
  );
  fc.assert(
    fc.property(hostile, fc.constantFrom("detect", "plain", "csv", "stix"), (text, format) => {
      try {
        read(text, { format });
      } catch (error) {
        expect(error).toHaveProperty("code", "InvalidParameter");
      }
    }),
    { numRuns: 300 },
  );
  const begin = performance.now();
  addressesOf(`[${"ipv4-addr:value IN (".repeat(3_000)}`);
  addressesOf(`[${"ipv4-addr:value   ".repeat(3_000)}`);
  splitCsvLine('""'.repeat(2_000), ",");
  expect(performance.now() - begin).toBeLessThan(1_000);
});
