import { expect, test } from "vitest";
import { blockIdOf, blockOfId, describeBlock, readBlock } from "../../src/block/block.ts";
import { placeInSets } from "../../src/block/layers.ts";
import { refusalOf } from "../../src/block/refusals.ts";
import { parseResolvers } from "../../src/block/needed-addresses.ts";
import { blockingSettings } from "../../src/block/settings.ts";
import { parseNetwork } from "../../src/inspection/findings/network.ts";

const read = (address: string, port: string | null = null) =>
  readBlock({ address, port, direction: "out" });

test.each([
  ["203.0.113.7", null, "out_203.0.113.7_32_any_any", "out 203.0.113.7"],
  ["203.0.113.0/24", "443/tcp", "out_203.0.113.0_24_tcp_443", "out 203.0.113.0/24 443/tcp"],
  [
    "2001:DB8::/32",
    "8000-8100/udp",
    "out_2001:db8::_32_udp_8000-8100",
    "out 2001:db8::/32 8000-8100/udp",
  ],
  ["0.0.0.0/0", "icmp", "out_0.0.0.0_0_icmp_any", "out 0.0.0.0/0 icmp"],
])("%s %s has the id %s, which says all of it", (address, port, id, text) => {
  const block = read(address, port);
  expect([blockIdOf(block), describeBlock(block)]).toEqual([id, text]);
  expect(blockOfId(id)).toEqual(block);
});

test.each([
  ["1.2.3.999", null, "is no address and no network"],
  ["example.com", null, "is no address and no network"],
  ["192.0.2.1 . 6", null, "is no address and no network"],
  ["192.0.2.7/24", null, "192.0.2.0/24 may be meant"],
  ["::ffff:192.0.2.7", null, "write the IPv4 address"],
  ["192.0.2.7", "70000/tcp", "is no port"],
  ["192.0.2.7", "443", "is no port"],
  ["192.0.2.7", "https/tcp", "is no port"],
  ["192.0.2.7", "9-8/tcp", "is no port"],
])("%s %s is refused: %s", (address, port, message) => {
  expect(() => read(address, port)).toThrow(message);
});

test.each([
  "",
  "out",
  "out_192.0.2.7_33_any_any",
  "out_192.0.2.7_32_any_443",
  'out_192.0.2.7_32_any_any"',
  "up_192.0.2.7_32_any_any",
])("%j is the id of no block", (id) => expect(blockOfId(id)).toBeNull());

test("blocks that overlap are in different sets, others share one", () => {
  const timed = (address: string, port: string | null = null) => ({
    block: read(address, port),
    remainingMilliseconds: 1,
    packets: 0,
    bytes: 0,
  });
  const sets = placeInSets([
    timed("192.0.2.0/24"),
    timed("192.0.2.7"),
    timed("198.51.100.7"),
    timed("192.0.2.7", "443/tcp"),
    timed("192.0.2.7", "443/udp"),
    timed("192.0.2.7", "400-500/tcp"),
    timed("2001:db8::1"),
  ]);
  expect(sets.map(({ name, elements }) => [name, elements.length])).toEqual([
    ["out4_0", 2],
    ["out4_1", 1],
    ["out4_port_0", 2],
    ["out4_port_1", 1],
    ["out6_0", 1],
  ]);
});

const needed = [
  ["192.0.2.10", "the host's own address"],
  ["192.0.2.1", "the default gateway"],
  ["198.51.100.53", "a DNS server in use"],
].flatMap(([address = "", what = ""]) => {
  const network = parseNetwork(address);
  return network ? [{ network, what }] : [];
});
const settings = blockingSettings.parse({
  allowBlocking: true,
  exemptPrefixes: ["10.0.0.0/8"],
  durationSecondsMax: 3_600,
  blockCountMax: 2,
});
const judge = (
  id: string,
  change: { force?: boolean; seconds?: number; otherCount?: number } = {},
) => {
  const { force = false, seconds = 60, otherCount = 0 } = change;
  const spec = { blockId: id, remainingMilliseconds: seconds * 1_000, force };
  const refusal = refusalOf(spec, { settings, needed, otherCount });
  return refusal && `${refusal.forceable ? "force" : "never"}: ${refusal.message}`;
};

test("what the host needs and what is wide is refused by name, unless forced", () => {
  const doubtful: [string, string][] = [
    ["out_192.0.2.10_32_any_any", "the host's own address"],
    ["in_192.0.2.0_24_any_any", "the host's own address"],
    ["out_192.0.2.1_32_any_any", "the default gateway"],
    ["out_198.51.100.53_32_udp_53", "a DNS server in use"],
    ["out_128.0.0.0_7_any_any", "is wide: shorter than /8"],
    ["out_2001::_16_any_any", "is wide: shorter than /32"],
  ];
  for (const [id, what] of doubtful) {
    expect(judge(id)).toMatch(/^force: /);
    expect(judge(id)).toContain(what);
    expect(judge(id, { force: true })).toBeNull();
  }
});

test("the host's limits hold, forced or not", () => {
  const id = "out_203.0.113.7_32_any_any";
  const force = true;
  expect(judge(id)).toBeNull();
  expect(judge(id, { force, seconds: 3_601 })).toContain("never: 3601 s is longer");
  expect(judge(id, { force, otherCount: 2 })).toContain("never: this host has 2 blocks");
  expect(judge("out_10.1.0.0_16_any_any", { force })).toContain(
    "never: 10.1.0.0/16 is in 10.0.0.0/8",
  );
  const off = { settings: blockingSettings.parse({}), needed, otherCount: 0 };
  const spec = { blockId: id, remainingMilliseconds: 1, force };
  expect(refusalOf(spec, off)).toMatchObject({ code: "BlockingNotAllowed", forceable: false });
});

test("DNS servers are read as the resolver reads them", () => {
  const text = "# nameserver 192.0.2.9\nnameserver 192.0.2.1\nnameserver\tfe80::1%eth0\n";
  expect(parseResolvers(text)).toEqual(["192.0.2.1", "fe80::1%eth0"]);
});
