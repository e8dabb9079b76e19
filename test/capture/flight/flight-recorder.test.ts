import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { unwrittenMilliseconds } from "../../../src/capture/recording-gaps.ts";
import { missingForRecording, readWithTshark, until } from "../network.ts";
import { finished, openObserved } from "../sessions.ts";
import { codes, FlightHost } from "./flight-host.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: a flight recorder: ${missing}\n`);

describe.skipIf(missing !== null)("a flight recorder", () => {
  const host = new FlightHost();

  test("all interfaces of a session are in its file, filtered as it is filtered, and what is cut is said", async () => {
    await host.open({ snapLengthBytes: 80 });
    const wanted = { port: 7_001, everyMilliseconds: 10 };
    await Promise.all([
      host.network.send({ ...wanted, count: 30 }).finished,
      host.network.send({ ...wanted, count: 30, to: "198.51.100.2" }).finished,
      host.network.send({ count: 30, port: 7_002 }).finished,
    ]);
    await host.kept({ eth0: 60, eth1: 30 });
    const filters = [{ protocol: "UDP" as const, remotePort: "7001" }];
    const end = await host.capture(host.lookBack(60, { interfaces: ["eth0", "eth1"], filters }));
    const seen = await readWithTshark(host.file("a.cap"));
    for (const name of ["eth0", "eth1"]) {
      const own = seen.filter(({ interfaceName, number }) => interfaceName === name && number >= 0);
      const numbers = own.filter(({ destinationPort }) => destinationPort === 7_001);
      expect(numbers.map(({ number }) => number)).toEqual(
        Array.from({ length: 30 }, (_, at) => at),
      );
      expect(new Set(own.map(({ capturedLength }) => capturedLength))).toEqual(new Set([80]));
    }
    expect(seen.filter(({ destinationPort }) => destinationPort === 7_002)).toEqual([]);
    expect(end.coverage?.gaps).toEqual([]);
    expect(new Set(codes(end))).toEqual(new Set(["RingTooShort", "PacketsCutShort"]));
    expect(end.coverage?.filter.ringPacketsSeen).toBeGreaterThanOrEqual(90);
    expect(end.coverage?.filter.packetsMatched).toBe(end.packets);
  });

  test("a window without such packets, an interface that is not watched, and no recorder at all are said", async () => {
    await host.open({ interfaces: ["eth0"] }, ["eth0"]);
    await host.network.send({ count: 10 }).finished;
    await host.kept({ eth0: 10 });
    const filters = [{ protocol: "UDP" as const, remotePort: "7003" }];
    const end = await host.capture(host.lookBack(1, { interfaces: ["eth0", "eth1"], filters }));
    expect(codes(end)).toEqual(
      expect.arrayContaining(["InterfaceNotWatched", "FilterMatchedNothing"]),
    );
    // The alert's moment is by the control plane's clock, five seconds behind the host's.
    const from = Date.now() - 5_000;
    const spec = host.lookBack(1, { lookBack: { seconds: 1, from } });
    const off = await openObserved({
      directory: host.file("other"),
      clockOffsetMilliseconds: () => 5_000.4,
      networkNamespace: host.network.namespace,
      fileRoots: [host.directory],
    });
    host.managers.push(off.manager);
    await off.manager.start(spec);
    const without = await finished(off.manager, spec);
    expect(codes(without)).toContain("RecorderOff");
    expect(without.coverage).toMatchObject({
      moment: new Date(from + 5_000).toISOString(),
      clock: { offsetMilliseconds: 5_000.4 },
    });
  });

  test("the ring is bounded, the oldest goes first, and a session that wants more is told", async () => {
    await host.open({ sizeBytesMax: 1 << 20, fileSizeBytes: 65_536, snapLengthBytes: 0 });
    // More than it can send before it is ended.
    const sending = host.network.send({ count: 10_000_000, sizeBytes: 1_400 });
    await until("the ring is full", () => (host.recorder?.state().sizeBytes ?? 0) > 900_000);
    await sleep(1_000);
    host.recorder?.standing();
    await sleep(500);
    const standing = host.recorder?.standing();
    const [ring] = standing?.interfaces ?? [];
    // A mebibyte of full packets at many megabytes a second: overwritten, and not far back.
    expect(ring).toMatchObject({ isRecorded: true, isWhole: false, trouble: null });
    expect(ring?.bytesPerSecond).toBeGreaterThan(100_000);
    expect(ring?.packetsPerSecond).toBeGreaterThan(100);
    expect(standing?.reachMilliseconds).toBeLessThan(60_000);
    expect(standing?.cpuShare).toBeGreaterThan(0);
    // dumpcap itself deletes what is four files more, where this process waits for a processor.
    expect(host.recorder?.state().sizeBytes).toBeLessThan((1 << 20) + 5 * 65_536);
    const end = await host.capture(host.lookBack(3_600, { totalBytesPerSession: 400_000 }));
    sending.end();
    expect(codes(end)).toEqual(expect.arrayContaining(["RingTooShort", "LookBackCutBySize"]));
    expect(codes(end)).not.toContain("HoldFailed");
    expect(end.sizeBytes).toBeLessThanOrEqual(400_000);
    expect(end.coverage?.got.beforeSeconds).toBeLessThan(60);
  });

  test("under full load an alert keeps its packets from before, whatever the hold must give up", async () => {
    const heldSizeBytesMax = 1 << 20;
    await host.open({ sizeBytesMax: 1 << 20, heldSizeBytesMax, fileSizeBytes: 65_536 });
    const sending = host.network.send({ count: 10_000_000, sizeBytes: 1_400 });
    await until("the ring is full", () => (host.recorder?.state().sizeBytes ?? 0) > 900_000);
    const manager = await host.openManager();
    const spec = host.lookBack(3_600, { totalBytesPerSession: 4_000_000 });
    const askedAt = Date.now();
    await manager.start(spec);
    let heldBytes = 0;
    await until("finished", () => {
      heldBytes = Math.max(heldBytes, host.recorder?.state().heldBytes ?? 0);
      return manager.observations()[0]?.phase === "finished";
    });
    sending.end();
    const end = await finished(manager, spec);
    // The ring is rewritten many times before the recording begins: there is a hole between, and it is told.
    expect(codes(end)).toEqual(expect.arrayContaining(["RingTooShort", "HoldCutShort"]));
    expect(codes(end)).not.toContain("HoldFailed");
    const [gap] = end.coverage?.gaps ?? [];
    // It begins as early as a packet may lie that was not written yet.
    const gapFrom = Date.parse(gap?.from ?? "");
    expect(gapFrom).toBeGreaterThan(askedAt - unwrittenMilliseconds - 200);
    expect(end.coverage?.got.beforeSeconds).toBeGreaterThan(0);
    const before = (await readWithTshark(host.file("a.cap"))).filter(({ time }) => time < askedAt);
    expect(before.length).toBeGreaterThan(500);
    // While this process waits for a processor the ring deletes files by itself: as many as it has.
    expect(heldBytes).toBeLessThanOrEqual(heldSizeBytesMax + (1 << 20) + 5 * 65_536);
  });
});
