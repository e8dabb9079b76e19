import { beforeEach, describe, expect, test } from "vitest";
import { type FlowMeterCounters, newCounters } from "../../src/flowmeter/counters.ts";
import { createDenyTable } from "../../src/flowmeter/deny-table.ts";
import type { FlowRow } from "../../src/flowmeter/flow-row.ts";
import { FlowTable } from "../../src/flowmeter/flow-table.ts";
import { addressBytes, createHostView } from "../../src/flowmeter/host-view.ts";
import type { ConntrackEntry } from "../../src/flowmeter/netlink/conntrack.ts";
import { readToldFlows } from "../../src/flowmeter/told-flow.ts";
import { reversedTuple } from "../../src/flowmeter/tuple.ts";

const eth0 = [
  { address: "192.0.2.10", cidr: "192.0.2.10/24", mac: "02:00:00:00:00:0a", internal: false },
  {
    address: "2001:db8:1::10",
    cidr: "2001:db8:1::10/64",
    mac: "02:00:00:00:00:0a",
    internal: false,
  },
];
const lan = [
  { address: "10.0.0.1", cidr: "10.0.0.1/20", mac: "02:00:00:00:00:0b", internal: false },
];
const lo = [
  { address: "127.0.0.1", cidr: "127.0.0.1/8", mac: "00:00:00:00:00:00", internal: true },
];
const host = { lo, eth0, lan };

interface Ends {
  from: string;
  to: string;
  fromPort?: number;
  toPort?: number;
  protocol?: number;
}

function tupleOf({ from, to, fromPort = 40_000, toPort = 443, protocol = 6 }: Ends): Buffer {
  const ports = [fromPort >> 8, fromPort & 255, toPort >> 8, toPort & 255, protocol];
  return Buffer.from([...addressBytes(from), ...addressBytes(to), ...ports]);
}

function entryOf(ends: Ends, counts?: [number, number, number, number], tcpState = 3) {
  const tuple = tupleOf(ends);
  const [packets = 0, bytes = 0, packetsBack = 0, bytesBack = 0] = counts ?? [];
  const entry: ConntrackEntry = {
    key: Buffer.concat([tuple, Buffer.from([1, 2, 3, 4])]),
    reply: reversedTuple(tuple),
    protocol: ends.protocol ?? 6,
    mark: 17,
    tcpState,
    hasCounters: counts !== undefined,
    packetsToDestination: packets,
    bytesToDestination: bytes,
    packetsToSource: packetsBack,
    bytesToSource: bytesBack,
  };
  return entry;
}

describe("flows of the kernel's table", () => {
  let rows: FlowRow[];
  let counters: FlowMeterCounters;
  let hasRoom: boolean;
  let table: FlowTable;
  const ends = { from: "192.0.2.10", to: "198.51.100.80" };
  beforeEach(() => {
    rows = [];
    hasRoom = true;
    counters = newCounters();
    const view = createHostView(host, { interfaces: [], insideInterfaces: [] });
    table = new FlowTable(view, {
      flowCountMax: 3,
      ruleOf: (mark) => (mark === 17 ? "AllowHttp" : ""),
      add: (row) => hasRoom && rows.push(row) > 0,
      counters,
    });
  });
  const told = (): string[] =>
    rows.map((row) =>
      [
        row.state,
        row.packetsToDestination,
        row.bytesToDestination,
        row.packetsToSource,
        row.bytesToSource,
      ].join(" "),
    );
  const dump = (...entries: ConntrackEntry[]): void => {
    table.startDump();
    for (const entry of entries) table.onDumpEntry(entry, 0);
    table.finishDump(true, 0);
  };

  test("begin, two dumps and an end sum up to the kernel's totals", () => {
    dump();
    table.onEntry(entryOf(ends), true, 0);
    dump(entryOf(ends, [10, 1_000, 20, 20_000]));
    dump(entryOf(ends, [10, 1_000, 20, 20_000]));
    dump(entryOf(ends, [15, 1_500, 30, 30_000]));
    table.onDestroyed(entryOf(ends, [16, 1_552, 31, 30_052]), 0);
    expect(told()).toEqual(["B 0 0 0 0", "C 10 1000 20 20000", "C 5 500 10 10000", "E 1 52 1 52"]);
    expect(rows.map(({ rule, isOutbound }) => [rule, isOutbound])).toEqual(
      rows.map(() => ["AllowHttp", true]),
    );
    expect(table.flowCount).toBe(0);
  });

  test("of a flow that began before the meter only what comes later is told", () => {
    dump(entryOf(ends, [100, 10_000, 100, 10_000]));
    table.onDestroyed(entryOf(ends, [101, 10_052, 100, 10_000]), 0);
    expect(told()).toEqual(["E 1 52 0 0"]);
  });

  describe("after a kill", () => {
    const other = { ...ends, fromPort: 40_001 };
    const third = { ...ends, fromPort: 40_002 };
    /** Another meter goes on with what this one had given. */
    const goOn = (given: readonly (Uint8Array | undefined)[]): void => {
      const bytes = Buffer.concat(given.map((each) => each ?? Buffer.alloc(0)));
      counters = newCounters();
      rows = [];
      const view = createHostView(host, { interfaces: [], insideInterfaces: [] });
      const add = (row: FlowRow): boolean => rows.push(row) > 0;
      const ruleOf = (mark: number): string => (mark === 17 ? "AllowHttp" : "");
      table = new FlowTable(view, { flowCountMax: 3, ruleOf, add, counters });
      table.restore(readToldFlows(bytes));
    };

    test("a flow goes on from what was told, and one that began meanwhile is told whole", () => {
      expect(table.takeTold()).toBeNull();
      dump(entryOf(ends, [100, 10_000, 100, 10_000]));
      const first = table.takeTold();
      expect(first?.isWhole).toBe(true);
      dump(entryOf(ends, [110, 11_000, 100, 10_000]));
      const second = table.takeTold();
      expect(second?.isWhole).toBe(false);
      // Told, and lost with the kill.
      dump(entryOf(ends, [120, 12_000, 100, 10_000]));
      goOn([first?.bytes, second?.bytes]);
      dump(entryOf(ends, [150, 15_000, 130, 13_000]), entryOf(other, [1, 60, 1, 60]));
      expect(told()).toEqual(["C 40 4000 30 3000", "B 0 0 0 0", "C 1 60 1 60"]);
      expect(rows[0]).toMatchObject({ rule: "AllowHttp", link: { name: "eth0" } });
      expect(counters).toMatchObject({ flowsFoundLate: 1, endsWhileAway: 0 });
    });

    test("an end that was told is not told again, one that nobody saw is counted", () => {
      dump();
      for (const each of [ends, other, third]) table.onEntry(entryOf(each), true, 0);
      dump(entryOf(ends, [5, 500, 5, 500], 7), entryOf(other, [2, 200, 2, 200]), entryOf(third));
      const first = table.takeTold();
      table.onDestroyed(entryOf(third, [1, 100, 1, 100]), 0);
      goOn([first?.bytes, table.takeTold()?.bytes]);
      expect(table.flowCount).toBe(2);
      dump(entryOf(ends, [5, 500, 5, 500], 7));
      table.onDestroyed(entryOf(ends, [5, 500, 5, 500], 7), 0);
      expect(told()).toEqual([]);
      dump();
      expect(told()).toEqual(["E 0 0 0 0"]);
      expect(counters).toMatchObject({ endsWhileAway: 1, endsWithoutCounters: 0 });
    });

    test("the end of what began meanwhile is told whole, though no dump had it", () => {
      dump();
      goOn([table.takeTold()?.bytes]);
      table.onDestroyed(entryOf(ends, [3, 180, 1, 60]), 0);
      expect(told()).toEqual(["E 3 180 1 60"]);
    });

    test("changes that nobody takes are as bounded as the flows", () => {
      dump();
      const whole = table.takeTold()?.bytes.length ?? 0;
      for (let fromPort = 1; fromPort < 100; fromPort++) {
        table.onEntry(entryOf({ ...ends, fromPort }), true, 0);
        table.onDestroyed(entryOf({ ...ends, fromPort }, [1, 60, 0, 0]), 0);
      }
      table.onEntry(entryOf(ends), true, 0);
      const next = table.takeTold();
      expect([whole, next?.isWhole]).toEqual([0, true]);
      expect(readToldFlows(next?.bytes ?? Buffer.alloc(0)).size).toBe(1);
    });
  });

  test("what had expired before the meter, and is not in its first dump, is not told", () => {
    dump();
    table.onDestroyed(entryOf(ends, [101, 10_052, 100, 10_000]), 0);
    expect(told()).toEqual([]);
    counters.eventLossesTotal++;
    table.onDestroyed(entryOf(ends, [3, 180, 1, 60]), 0);
    expect(told()).toEqual(["E 3 180 1 60"]);
  });

  test("a flow that the first dump has before its beginning is read is told whole", () => {
    dump(entryOf(ends, [2, 120, 1, 60]));
    table.onEntry(entryOf(ends), true, 0);
    table.onDestroyed(entryOf(ends, [3, 180, 1, 60]), 0);
    expect(told()).toEqual(["B 0 0 0 0", "E 3 180 1 60"]);
  });

  test("a closed flow ends once, also when its entry stays, and tells what came after", () => {
    dump();
    table.onEntry(entryOf(ends), true, 0);
    table.onEntry(entryOf(ends, undefined, 7), false, 0);
    expect(table.takeClosed(999, 10)).toEqual([]);
    expect(table.takeClosed(1_000, 10)).toHaveLength(1);
    table.onClosed(entryOf(ends, [5, 500, 5, 500], 7), 1_000);
    dump(entryOf(ends, [5, 500, 5, 500], 7));
    table.onDestroyed(entryOf(ends, [6, 552, 5, 500], 7), 0);
    expect(told()).toEqual(["B 0 0 0 0", "E 5 500 5 500", "E 1 52 0 0"]);
    expect(counters.flowsEnded).toBe(1);
  });

  test("lost events: a dump finds the flow, and two dumps without it end it", () => {
    dump();
    dump(entryOf(ends, [3, 300, 0, 0]));
    dump();
    dump();
    expect(told()).toEqual(["B 0 0 0 0", "C 3 300 0 0", "E 0 0 0 0"]);
    expect(counters).toMatchObject({ flowsFoundLate: 1, endsWithoutCounters: 1 });
  });

  test("a dump that still has a flow which ended meanwhile does not bring it back", () => {
    dump();
    table.onEntry(entryOf(ends), true, 0);
    table.startDump();
    table.onDestroyed(entryOf(ends, [1, 60, 0, 0]), 0);
    table.onDumpEntry(entryOf(ends, [1, 60, 0, 0]), 0);
    table.finishDump(true, 0);
    expect(told()).toEqual(["B 0 0 0 0", "E 1 60 0 0"]);
  });

  test("the same id and tuple, counted from zero, is another flow", () => {
    dump();
    table.onEntry(entryOf(ends), true, 0);
    dump(entryOf(ends, [10, 1_000, 10, 1_000]));
    dump(entryOf(ends, [2, 120, 0, 0]));
    expect(told()).toEqual([
      "B 0 0 0 0",
      "C 10 1000 10 1000",
      "E 0 0 0 0",
      "B 0 0 0 0",
      "C 2 120 0 0",
    ]);
  });

  test("without room what a C tells of is told later", () => {
    dump();
    table.onEntry(entryOf(ends), true, 0);
    hasRoom = false;
    dump(entryOf(ends, [10, 1_000, 0, 0]));
    hasRoom = true;
    dump(entryOf(ends, [12, 1_200, 0, 0]));
    expect(told()).toEqual(["B 0 0 0 0", "C 12 1200 0 0"]);
  });

  test("more flows than the bound are counted, ICMP and forwarded ones left out", () => {
    dump();
    for (let fromPort = 1; fromPort <= 5; fromPort++)
      table.onEntry(entryOf({ ...ends, fromPort }), true, 0);
    table.onEntry(entryOf({ ...ends, protocol: 1 }), true, 0);
    table.onEntry(entryOf({ from: "10.0.0.7", to: "198.51.100.80" }), true, 0);
    table.onEntry(entryOf({ from: "127.0.0.1", to: "127.0.0.1" }), true, 0);
    expect([table.flowCount, counters.flowsOverflow]).toEqual([3, 2]);
  });
});

describe("where a flow is logged", () => {
  const place = (ends: Ends, inside: string[] = [], reply?: Ends): string | null => {
    const view = createHostView(host, { interfaces: [], insideInterfaces: inside });
    const tuple = tupleOf(ends);
    const found = view.place(tuple, reply ? tupleOf(reply) : reversedTuple(tuple));
    if (!found) return null;
    const source = Buffer.from(found.tuple.subarray(0, 16)).toString("hex", 12);
    return `${found.link.name} ${found.isOutbound ? "O" : "I"} ${source}`;
  };

  test("the host's own address says the interface and the direction", () => {
    expect(place({ from: "192.0.2.10", to: "198.51.100.80" })).toBe("eth0 O c000020a");
    expect(place({ from: "2001:db8::9", to: "2001:db8:1::10" })).toBe("eth0 I 00000009");
    expect(place({ from: "192.0.2.10", to: "10.0.0.1" })).toBeNull();
    expect(place({ from: "198.51.100.1", to: "192.0.2.255" })).toBeNull();
  });

  test("a router logs what its inside interfaces' networks send and get", () => {
    const out = { from: "10.0.15.254", to: "198.51.100.80" };
    expect(place(out)).toBeNull();
    expect(place(out, ["lan"])).toBe("lan O 0a000ffe");
    expect(place({ from: "198.51.100.80", to: "10.0.1.1" }, ["lan"])).toBe("lan I c6336450");
    expect(place({ from: "10.0.16.1", to: "198.51.100.80" }, ["lan"])).toBeNull();
  });

  test("a masqueraded flow is logged with the host's own address, or with the inside one", () => {
    const out = { from: "10.0.0.7", to: "198.51.100.80" };
    const reply = { from: "198.51.100.80", to: "192.0.2.10", fromPort: 443, toPort: 50_000 };
    expect(place(out, [], reply)).toBe("eth0 O c000020a");
    expect(place(out, ["lan"], reply)).toBe("lan O 0a000007");
  });
});

test("denied packets of one flow are one tuple at once, and one an interval", () => {
  const rows: FlowRow[] = [];
  const counters = newCounters();
  const denied = createDenyTable({
    intervalMilliseconds: 60_000,
    add: (row) => rows.push(row) > 0,
    counters,
  });
  const link = { name: "eth0", macAddress: "02000000000A" };
  const tuple = tupleOf({ from: "198.51.100.9", to: "192.0.2.10", toPort: 23 });
  const take = (time: number): void =>
    denied.take({ link, tuple, time, isOutbound: false, rule: "DenyTelnet", bytes: 60 });
  take(1_000);
  denied.flush(2_000);
  for (let time = 3_000; time < 8_000; time += 1_000) take(time);
  denied.flush(10_000);
  denied.flush(62_000);
  denied.flush(130_000);
  expect(rows.map((row) => [row.time, row.packetsToDestination, row.bytesToDestination])).toEqual([
    [1_000, 1, 60],
    [3_000, 5, 300],
  ]);
  expect([denied.flowCount, counters.packetsDenied]).toEqual([0, 6]);
});
