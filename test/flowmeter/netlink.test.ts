import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ConntrackEntry,
  ConntrackReader,
  conntrackMessage,
  entryRequest,
  isNewEntry,
} from "../../src/flowmeter/netlink/conntrack.ts";
import { errorOf, messageType, visitMessages } from "../../src/flowmeter/netlink/message.ts";
import { NflogReader, parseDenyPrefix } from "../../src/flowmeter/netlink/nflog.ts";
import { newPacketHeaders, readPacketHeaders } from "../../src/flowmeter/packet.ts";
import * as recorded from "./recorded-messages.ts";

const hexBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

function readEntry(hex: string): ConntrackEntry & { isNew: boolean; type: number } {
  const bytes = hexBytes(hex);
  const reader = new ConntrackReader();
  const seen: { isNew: boolean; type: number }[] = [];
  visitMessages(bytes, bytes.length, ({ type, flags, payloadAt, end }) => {
    expect(reader.read(bytes, payloadAt, end)).toBe(true);
    seen.push({ isNew: isNewEntry(flags), type });
  });
  const [first] = seen;
  if (!first || seen.length > 1) throw new Error("expected one message");
  return { ...reader.entry, ...first };
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const mapped = (address: string): string => `00000000000000000000ffff${address}`;

test("a new IPv4 flow has its tuples, its id and its mark", () => {
  const entry = readEntry(recorded.newEntry4);
  const [client, vm] = [mapped("c0000214"), mapped("c000020a")];
  expect(hexOf(entry.key)).toBe(`${client}${vm}ddb01f9006` + hexOf(entry.key.subarray(37)));
  expect(hexOf(entry.reply)).toBe(`${vm}${client}1f90ddb006`);
  expect(entry).toMatchObject({ isNew: true, mark: 17, protocol: 6, hasCounters: false });
});

test("the end of a flow has the kernel's counters", () => {
  const entry = readEntry(recorded.destroyed4);
  expect(entry.type).toBe(conntrackMessage.destroyed);
  expect(entry).toMatchObject({
    hasCounters: true,
    packetsToDestination: 12,
    bytesToDestination: 723,
    packetsToSource: 10,
    bytesToSource: 100_655,
  });
});

test("a changed flow says that TCP is closed, and keeps its key", () => {
  const entry = readEntry(recorded.closedEntry4);
  expect(entry).toMatchObject({ isNew: false, tcpState: 7 });
  expect(entry.key).toEqual(readEntry(recorded.newEntry4).key);
});

test("IPv6 addresses are whole, in events and in dumps", () => {
  const entry = readEntry(recorded.dumpEntry6);
  const addresses = "20010db800010000000000000000002020010db8000100000000000000000010";
  expect(hexOf(entry.key)).toMatch(new RegExp(`^${addresses}cd241f9006`));
  expect(entry.key).toEqual(readEntry(recorded.newEntry6).key);
  expect(entry).toMatchObject({ bytesToDestination: 897, bytesToSource: 100_783 });
});

test("a request for one flow names it as the kernel named it", () => {
  for (const hex of [recorded.newEntry4, recorded.newEntry6]) {
    const { key } = readEntry(hex);
    const request = entryRequest(key, 5);
    const reader = new ConntrackReader();
    expect(reader.read(request, 16, request.length)).toBe(true);
    expect(reader.entry.key).toEqual(key);
  }
});

test("ends of dumps and acknowledgements are told apart", () => {
  const types = [recorded.dumpDone, recorded.acknowledgement].map((hex) => {
    const bytes = hexBytes(hex);
    const found: number[] = [];
    visitMessages(bytes, bytes.length, (message) => {
      found.push(message.type, errorOf(bytes, message));
    });
    return found;
  });
  expect(types).toEqual([
    [messageType.done, 0],
    [messageType.error, 0],
  ]);
});

test.each([
  ["IPv4", recorded.logged4, 60],
  ["IPv6", recorded.logged6, 80],
])("a logged packet of %s has its rule and its flow", (_family, hex, sizeBytes) => {
  const bytes = hexBytes(hex);
  const reader = new NflogReader();
  visitMessages(bytes, bytes.length, ({ payloadAt, end }) => {
    expect(reader.read(bytes, payloadAt, end)).toBe(true);
  });
  const { packet } = reader;
  expect(parseDenyPrefix(packet.prefix)).toEqual({ isOutbound: false, rule: "DenyTelnet" });
  const headers = newPacketHeaders();
  expect(readPacketHeaders(headers, bytes, packet.payloadAt, packet.payloadEnd)).toBe(true);
  expect(headers).toMatchObject({ bytes: sizeBytes, tcpFlags: 2 });
  expect(headers.tuple.subarray(34)).toEqual(Buffer.from([0, 23, 6]));
});

test("only prefixes of the agreed form name a rule", () => {
  const read = (prefix: string): unknown => parseDenyPrefix(prefix);
  expect(read("nc:o:100:Deny all out ")).toEqual({ isOutbound: true, rule: "Deny all out" });
  for (const other of [
    "",
    "nc:i:300:",
    "nc:x:300:A",
    "nc:i::A",
    "IN=eth0",
    `nc:i:1:${"a".repeat(81)}`,
  ])
    expect(read(other)).toBeNull();
});

test("what bytes are recorded, changed or cut, nothing throws, and lengths that lie end the reading", () => {
  const entry = new ConntrackReader();
  const log = new NflogReader();
  const headers = newPacketHeaders();
  const readAll = (bytes: Uint8Array): void => {
    visitMessages(bytes, bytes.length, ({ payloadAt, end }) => {
      entry.read(bytes, payloadAt, end);
      if (log.read(bytes, payloadAt, end)) {
        expect(log.packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
        readPacketHeaders(headers, bytes, log.packet.payloadAt, log.packet.payloadEnd);
      }
    });
    readPacketHeaders(headers, bytes, 0, bytes.length);
  };
  const samples = fc.constantFrom(...Object.values(recorded).map(hexBytes));
  const changes = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(samples, changes, fc.nat(300), (sample, changed, cut) => {
      const bytes = Uint8Array.from(sample);
      for (const [at, value] of changed) bytes[at % bytes.length] = value;
      readAll(bytes.subarray(0, bytes.length - (cut % 40)));
    }),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 1_000 });
});

test("fragments after the first, extension headers and other protocols are told apart", () => {
  const headers = newPacketHeaders();
  const read = (hex: string): boolean => {
    const bytes = hexBytes(hex.replaceAll(" ", ""));
    return readPacketHeaders(headers, bytes, 0, bytes.length);
  };
  const addresses = "c0000201 c0000202";
  expect(read(`4500001c 00000000 40110000 ${addresses} 00350036 00080000`)).toBe(true);
  expect(read(`4500001c 00000001 40110000 ${addresses} 00350036 00080000`)).toBe(false);
  expect(read(`4500001c 00000000 40010000 ${addresses} 08000000 00010001`)).toBe(false);
  const six = "20010db8000000000000000000000001 20010db8000000000000000000000002";
  expect(read(`60000000 00100040 ${six} 11000104 00000000 00350036 00080000`)).toBe(true);
  expect(read(`60000000 00102c40 ${six} 11000008 00000000 00350036 00080000`)).toBe(false);
  expect(read(`60000000 00100040 ${six}`)).toBe(false);
  expect(read(`60000000 00103c40 ${six} 11000104 00000000 00350036 00080000`)).toBe(true);
  expect(headers.bytes).toBe(56);
});
