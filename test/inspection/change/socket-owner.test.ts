import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createOwnerIndex, type OwnedFlow } from "../../../src/inspection/change/owner-index.ts";
import { ownerText } from "../../../src/inspection/change/owner-text.ts";
import {
  ownerLine,
  type OwnersFile,
  type OwnersSummary,
  readOwners,
  type SocketOwner,
  summaryLine,
} from "../../../src/inspection/change/socket-owner.ts";

const curl: SocketOwner = {
  protocol: "tcp",
  localAddress: "192.0.2.10",
  localPort: 50_000,
  remoteAddress: "203.0.113.7",
  remotePort: 443,
  pid: 4_312,
  executable: "/usr/bin/curl",
  commandLine: "curl https://203.0.113.7/",
  uid: 1_000,
  user: "alice",
  cgroup: "/system.slice/backup.service",
  unit: "backup.service",
  container: null,
  firstSeen: 1_000_000,
  lastSeen: 1_030_000,
};
const nginx: SocketOwner = {
  ...curl,
  localAddress: "0.0.0.0",
  localPort: 443,
  remoteAddress: null,
  remotePort: null,
  pid: 77,
  executable: "/usr/sbin/nginx",
  lastSeen: 2_000_000,
};
const summary: OwnersSummary = {
  sockets: 2,
  withoutProcess: 0,
  missedSockets: 3,
  overflow: 0,
  scans: 40,
  scansDelayed: 1,
  countsMissed: true,
  from: 1_000_000,
  to: 2_000_000,
  localAddresses: ["192.0.2.10", "2001:db8::10"],
};

const flow: OwnedFlow = {
  protocol: "tcp",
  a: { address: "192.0.2.10", port: 50_000 },
  b: { address: "203.0.113.7", port: 443 },
  firstTime: 1_010_000,
  lastTime: 1_011_000,
};

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const indexOf = (owners: SocketOwner[], closing: OwnersSummary | null = summary) =>
  createOwnerIndex({ owners, summary: closing });

test("what is written is read again, however the bytes come", async () => {
  const odd = { ...curl, commandLine: 'tool --name "日本" \u2028 \\n', pid: null, user: null };
  const text = [curl, nginx, odd].map(ownerLine).join("") + summaryLine(summary);
  for (const size of [1, 7, 1_000_000]) {
    expect(await readOwners(inPieces(text, size))).toEqual({
      owners: [curl, nginx, odd],
      summary,
      malformedLines: 0,
      overflowLines: 0,
    } satisfies OwnersFile);
  }
});

test("lines that lie are counted, and the others are read", async () => {
  const bad = [
    "{",
    "null",
    "[]",
    JSON.stringify({ ...curl, protocol: "icmp" }),
    JSON.stringify({ ...curl, localPort: 65_536 }),
    JSON.stringify({ ...curl, localAddress: "<script>" }),
    JSON.stringify({ ...curl, firstSeen: 5, lastSeen: 4 }),
    JSON.stringify({ ...curl, commandLine: "x".repeat(20_000) }),
    "x".repeat(100_000),
  ];
  const text = `${bad.join("\n")}\n${ownerLine(curl)}`;
  const file = await readOwners(inPieces(text, 4_000));
  expect(file).toEqual({
    owners: [curl],
    summary: null,
    malformedLines: bad.length,
    overflowLines: 0,
  });
});

test("any bytes are read without an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 400 })), async (chunks) => {
      async function* given(): AsyncGenerator<Uint8Array> {
        yield* chunks;
      }
      const { owners } = await readOwners(given());
      expect(owners).toEqual([]);
    }),
  );
});

test("a connection is found from either end, and only near its time", () => {
  const index = indexOf([curl, nginx]);
  expect(index.find(flow)).toEqual({ owner: curl, by: "socket", end: "a" });
  expect(index.find({ ...flow, a: flow.b, b: flow.a })).toEqual({
    owner: curl,
    by: "socket",
    end: "b",
  });
  expect(index.find({ ...flow, protocol: "udp" })).toBeNull();
  expect(index.find({ ...flow, firstTime: 1_050_000, lastTime: 1_060_000 })).toBeNull();
});

test("of two processes that used the same ports, the one of that time is named", () => {
  const later = { ...curl, pid: 9_000, firstSeen: 1_100_000, lastSeen: 1_130_000 };
  const index = indexOf([curl, later]);
  const at = (time: number) => index.find({ ...flow, firstTime: time, lastTime: time })?.owner.pid;
  expect([at(1_031_000), at(1_099_000), at(1_120_000)]).toEqual([4_312, 9_000, 9_000]);
});

test("what was not seen itself is told as the listener's, and only at the host's own addresses", () => {
  const index = indexOf([nginx]);
  const incoming: OwnedFlow = {
    ...flow,
    a: { address: "198.51.100.9", port: 40_000 },
    b: { address: "192.0.2.10", port: 443 },
  };
  expect(index.find(incoming)).toEqual({ owner: nginx, by: "listener", end: "b" });
  // To somebody else's port 443: the host's own listener there has nothing to do with it.
  expect(index.find(flow)).toBeNull();
});

test("a port is answered for by its other connections only when one process has them all", () => {
  const server = { ...curl, localPort: 8_080 };
  const others = [
    { ...server, remoteAddress: "198.51.100.1" },
    { ...server, remoteAddress: "198.51.100.2" },
  ];
  const asked: OwnedFlow = { ...flow, a: { address: "192.0.2.10", port: 8_080 } };
  expect(indexOf(others).find(asked)).toMatchObject({ by: "port", owner: { pid: 4_312 } });
  const stranger = { ...server, remoteAddress: "198.51.100.3", pid: 1 };
  expect(indexOf([...others, stranger]).find(asked)).toBeNull();
});

test("connections too short to be seen are their program's, when it alone was seen to connect there", () => {
  const again = (port: number, pid: number, second: number): SocketOwner => ({
    ...curl,
    localPort: port,
    pid,
    firstSeen: 1_000_000 + second * 1_000,
    lastSeen: 1_000_000 + second * 1_000,
  });
  const seen = [again(40_001, 10, 0), again(40_002, 10, 4)];
  const later = (second: number): OwnedFlow => ({
    ...flow,
    firstTime: 1_000_000 + second * 1_000,
    lastTime: 1_000_000 + second * 1_000,
  });
  expect(indexOf(seen).find(later(6))).toMatchObject({ by: "sibling", owner: { pid: 10 } });
  const several = indexOf([...seen, again(40_003, 11, 5)]).find(later(6));
  expect(several).toMatchObject({
    by: "sibling",
    owner: { pid: null, commandLine: null, executable: "/usr/bin/curl" },
  });
  expect(indexOf(seen).find(later(60))).toBeNull();
  expect(indexOf(seen.slice(1)).find(later(6))).toBeNull();
  const other = { ...again(40_003, 12, 5), executable: "/usr/bin/wget" };
  expect(indexOf([...seen, other]).find(later(6))).toBeNull();
});

test("a host that talks to itself has an owner at each end; mapped addresses are IPv4", () => {
  const local = { address: "127.0.0.1", port: 443 };
  const client = { ...curl, localAddress: "127.0.0.1", remoteAddress: "::ffff:127.0.0.1" };
  const server = { ...curl, localAddress: "::ffff:127.0.0.1", localPort: 443, pid: 77 };
  const served = { ...server, remoteAddress: "127.0.0.1", remotePort: 50_000 };
  const index = indexOf([client, served]);
  const { a, b } = index.ends({ ...flow, a: { address: "127.0.0.1", port: 50_000 }, b: local });
  expect([a?.owner.pid, b?.owner.pid]).toEqual([4_312, 77]);
});

test("one pair seen very often stays bounded, and is counted", () => {
  const index = indexOf(Array.from({ length: 1_000 }, () => curl));
  expect(index.overflow).toBeGreaterThan(700);
  expect(index.find(flow)?.by).toBe("socket");
});

test("an owner is told in a few words, which nothing in its names can change", () => {
  expect(ownerText(curl)).toBe("curl (pid 4312, alice, backup.service)");
  const container = { ...curl, container: "ab".repeat(32), user: null };
  expect(ownerText(container)).toBe("curl (pid 4312, uid 1000, container abababababab)");
  const unknown = { ...curl, pid: null, executable: null, commandLine: null };
  expect(ownerText({ ...unknown, unit: null })).toBe("a process that was not found (alice)");
  expect(ownerText({ ...curl, executable: "/tmp/x\u001b[31m\u202e (deleted)" })).toBe(
    "x\\u{1b}[31m\\u{202e} (pid 4312, alice, backup.service)",
  );
});
