import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visitMessages } from "../../src/flowmeter/netlink/message.ts";
import { newOwnerCounters } from "../../src/owner/counters.ts";
import { SocketReader } from "../../src/owner/socket-message.ts";
import { SocketTable } from "../../src/owner/socket-table.ts";
import * as recorded from "./recorded-messages.ts";

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

function read(bytes: Uint8Array): SocketReader {
  const reader = new SocketReader();
  const results: boolean[] = [];
  const isWhole = visitMessages(bytes, bytes.length, ({ payloadAt, end }) => {
    results.push(reader.read(bytes, payloadAt, end));
  });
  expect({ isWhole, results }).toEqual({ isWhole: true, results: [true] });
  return reader;
}

const textOf = (hex: string): string => {
  const reader = read(bytesOf(hex));
  const { localPort, remotePort } = reader.entry;
  return `${reader.localAddress()} ${localPort} ${reader.remoteAddress()} ${remotePort}`;
};

describe("socket messages", () => {
  test("addresses and ports of both ends; mapped ones are IPv4", () => {
    expect(
      [recorded.listener6, recorded.server6, recorded.mapped, recorded.client4].map(textOf),
    ).toEqual([
      ":: 7001 :: 0",
      "::1 7001 ::1 51332",
      "127.0.0.1 7001 127.0.0.1 53478",
      "127.0.0.1 53478 127.0.0.1 7001",
    ]);
  });

  test("a socket has its inode, user and control group, and its end only its name", () => {
    const { entry } = read(bytesOf(recorded.client4));
    expect(entry).toMatchObject({ state: 1, uid: 0, inode: 0x44b862, cgroupId: 1, isSocket: true });
    const end = read(bytesOf(recorded.destroyed4)).entry;
    expect(end).toMatchObject({ state: 7, inode: 0, protocol: 6, cookie: entry.cookie });
    expect(end.cookie).toBe(0x5547);
  });

  test("what is left of a connection in TIME_WAIT is no socket, also where its state says otherwise", () => {
    const bytes = bytesOf(recorded.client4);
    bytes[17] = 5; // FIN_WAIT2
    expect(read(bytes).entry.isSocket).toBe(true);
    bytes[18] = 3;
    expect(read(bytes).entry.isSocket).toBe(false);
  });

  test("any bytes are read without an error, and none beyond their end", () => {
    const reader = new SocketReader();
    const samples = Object.values(recorded).map(bytesOf);
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 12 }),
        fc.nat(160),
        (sample, changes, length) => {
          const bytes = sample.slice(0, Math.max(20, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          visitMessages(bytes, bytes.length, ({ payloadAt, end }) => {
            if (!reader.read(bytes, payloadAt, end)) return;
            expect(reader.localAddress()).toMatch(/^[0-9a-f.:]+$/);
            expect(reader.remoteAddress()).toMatch(/^[0-9a-f.:]+$/);
          });
        },
      ),
    );
  });
});

describe("the table of sockets", () => {
  const tableOf = (sizeBytesMax = 1 << 20) => {
    const counters = newOwnerCounters();
    const table = new SocketTable({
      keepMilliseconds: 60_000,
      sizeBytesMax,
      counters,
      userOf: () => null,
      groupOf: () => null,
    });
    const lines = (from: number, to: number) =>
      table
        .lines({
          from,
          to,
          sizeBytesMax: 1 << 20,
          summary: { scans: 1, scansDelayed: 0, countsMissed: true, localAddresses: [] },
        })
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return { table, counters, lines };
  };

  test("a socket is seen, or missed, once: also when a scan misses it before its end is told", () => {
    const { table, lines } = tableOf();
    const socket = read(bytesOf(recorded.client4));
    const end = read(bytesOf(recorded.destroyed4));
    table.startScan();
    table.see(socket, 6, 1_000_000);
    table.finishScan(true, 1_000_000);
    table.startScan();
    table.finishScan(true, 1_001_000); // reset, and still held by its process
    table.destroyed(end, 1_002_000);
    expect(lines(0, 2_000_000)).toMatchObject([
      { localPort: 53_478 },
      { sockets: 1, missedSockets: 0 },
    ]);
    table.destroyed(end, 1_003_000);
    expect(lines(0, 2_000_000).at(-1)).toMatchObject({ sockets: 1, missedSockets: 1 });
    expect(lines(1_010_000, 2_000_000).at(-1)).toMatchObject({ sockets: 0, missedSockets: 0 });
  });

  test("a scan that the kernel interrupted ends nothing", () => {
    const { table } = tableOf();
    table.see(read(bytesOf(recorded.client4)), 6, 1_000_000);
    table.startScan();
    table.finishScan(false, 1_001_000);
    expect(table.liveCount).toBe(1);
  });

  test("ended sockets are forgotten after their time, and the oldest when there are too many", () => {
    const { table, counters, lines } = tableOf(400 * 10);
    const bytes = bytesOf(recorded.client4);
    for (let cookie = 1; cookie <= 30; cookie++) {
      bytes[16 + 44] = cookie;
      table.startScan();
      table.see(read(bytes), 6, 1_000_000 + cookie * 1_000);
      table.finishScan(true, 1_000_000 + cookie * 1_000);
    }
    expect(table.liveCount + table.endedCount).toBeLessThanOrEqual(11);
    expect(counters.forgottenTotal).toBeGreaterThan(15);
    table.finishScan(false, 1_095_000);
    expect(lines(0, 2_000_000)[0]).toMatchObject({ firstSeen: 1_030_000 });
    expect(table.endedCount).toBe(0);
  });

  test("what does not fit into a file is counted", () => {
    const { table } = tableOf();
    table.see(read(bytesOf(recorded.client4)), 6, 1_000_000);
    const text = table.lines({
      from: 0,
      to: 2_000_000,
      sizeBytesMax: 65_600,
      summary: { scans: 1, scansDelayed: 0, countsMissed: true, localAddresses: [] },
    });
    expect(JSON.parse(text)).toMatchObject({ sockets: 0, overflow: 1 });
  });
});
