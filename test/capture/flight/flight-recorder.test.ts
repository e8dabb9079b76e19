import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type FlightRecorder,
  openFlightRecorder,
} from "../../../src/capture/flight/flight-recorder.ts";
import { flightRecorderSettings } from "../../../src/capture/flight/settings.ts";
import type { SessionManager } from "../../../src/capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../../../src/capture/session.ts";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { run } from "../../../src/common/run.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "../network.ts";
import { finished, openObserved, recording, specOf } from "../sessions.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: what befalls a flight recorder: ${missing}\n`);
const holder = new URL("hold-agent.ts", import.meta.url).pathname;

describe.skipIf(missing !== null)("a flight recorder", () => {
  let network: TestNetwork;
  let directory = "";
  let recorder: FlightRecorder | null = null;
  let managers: SessionManager[] = [];

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-flight-"));
  });
  afterEach(async () => {
    await Promise.all(managers.map((manager) => manager.close({ mode: "leave" })));
    managers = [];
    await recorder?.close();
    recorder = null;
    await until("no recorder is left", async () => (await recordersBelow(directory)).length === 0);
    await rm(directory, { recursive: true, force: true });
  });

  const file = (name: string) => join(directory, name);
  const recorded = () =>
    (recorder?.state().interfaces ?? []).flatMap(({ name, isRecorded }) =>
      isRecorded ? name : [],
    );
  const open = async (change: object = {}, names = ["eth0", "eth1"]) => {
    recorder = await openFlightRecorder({
      settings: flightRecorderSettings.parse({ directory: file("ring"), ...change }),
      owner: directory,
      networkNamespace: network.namespace,
      clock: systemClock,
      log: silentLog,
    });
    await until("all are recorded", () => recorded().toSorted().join() === names.join());
  };
  const openManager = async (flightRecorder = recorder) => {
    const networkNamespace = network.namespace;
    const own = { directory: file("agent"), fileRoots: [directory] };
    const opened = await openObserved({ ...own, networkNamespace, flightRecorder });
    managers.push(opened.manager);
    return opened.manager;
  };
  const lookBack = (seconds: number, change: Partial<CaptureSpec> = {}): CaptureSpec =>
    specOf({ filePath: file("a.cap"), lookBack: { seconds, from: null }, ...change });
  const capture = async (spec: CaptureSpec): Promise<CaptureObservation> => {
    const manager = await openManager();
    await manager.start(spec);
    return finished(manager, spec);
  };
  const codes = ({ coverage }: CaptureObservation) => coverage?.warnings.map(({ code }) => code);

  test("all interfaces of a session are in its file, filtered as it is filtered, and what is cut is said", async () => {
    await open({ snapLengthBytes: 80 });
    const wanted = { port: 7_001, everyMilliseconds: 10 };
    await Promise.all([
      network.send({ ...wanted, count: 30 }).finished,
      network.send({ ...wanted, count: 30, to: "198.51.100.2" }).finished,
      network.send({ count: 30, port: 7_002 }).finished,
    ]);
    await sleep(300);
    const filters = [{ protocol: "UDP" as const, remotePort: "7001" }];
    const end = await capture(lookBack(60, { interfaces: ["eth0", "eth1"], filters }));
    const seen = await readWithTshark(file("a.cap"));
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
    await open({ interfaces: ["eth0"] }, ["eth0"]);
    await network.send({ count: 10 }).finished;
    await sleep(300);
    const filters = [{ protocol: "UDP" as const, remotePort: "7003" }];
    const end = await capture(lookBack(1, { interfaces: ["eth0", "eth1"], filters }));
    expect(codes(end)).toEqual(
      expect.arrayContaining(["InterfaceNotWatched", "FilterMatchedNothing"]),
    );
    // The alert's moment is by the control plane's clock, five seconds behind the host's.
    const from = Date.now() - 5_000;
    const spec = lookBack(1, { lookBack: { seconds: 1, from } });
    const off = await openObserved({
      directory: file("other"),
      clockOffsetMilliseconds: () => 5_000.4,
      networkNamespace: network.namespace,
      fileRoots: [directory],
    });
    managers.push(off.manager);
    await off.manager.start(spec);
    const without = await finished(off.manager, spec);
    expect(codes(without)).toContain("RecorderOff");
    expect(without.coverage).toMatchObject({
      moment: new Date(from + 5_000).toISOString(),
      clock: { offsetMilliseconds: 5_000.4 },
    });
  });

  test("the ring is bounded, the oldest goes first, and a session that wants more is told", async () => {
    await open({ sizeBytesMax: 1 << 20, fileSizeBytes: 65_536, snapLengthBytes: 0 });
    const sending = network.send({ count: 100_000, sizeBytes: 1_400 });
    await until("the ring is full", () => (recorder?.state().sizeBytes ?? 0) > 900_000);
    await sleep(1_000);
    expect(recorder?.state().sizeBytes).toBeLessThan((1 << 20) + 3 * 65_536);
    const end = await capture(lookBack(3_600, { totalBytesPerSession: 400_000 }));
    sending.end();
    expect(codes(end)).toEqual(expect.arrayContaining(["RingTooShort", "LookBackCutBySize"]));
    expect(end.sizeBytes).toBeLessThanOrEqual(400_000);
    expect(end.coverage?.got.beforeSeconds).toBeLessThan(60);
  });

  test("a recorder that dies, a folder that is emptied and an interface that comes back leave gaps, no more", async () => {
    await network.addLink("eth2", "203.0.113");
    await open({}, ["eth0", "eth1", "eth2"]);
    const ring = file("ring");
    const pids = await recordersBelow(ring);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until("all are recorded again", async () => {
      const now = await recordersBelow(ring);
      return recorded().length === 3 && now.length === 3 && !now.some((pid) => pids.includes(pid));
    });
    await network.removeLink("eth2");
    await until("it is gone", () => recorded().join() === "eth0,eth1");
    await network.addLink("eth2", "203.0.113");
    for (const name of readdirSync(ring)) {
      if (name.endsWith(".pcapng")) rmSync(join(ring, name));
    }
    await until("files are there again", () => {
      const names = readdirSync(ring).filter((name) => name.endsWith(".pcapng"));
      return recorded().length === 3 && names.length === 3;
    });
    const interfaces = ["eth0", "eth2"];
    const end = await capture(lookBack(60, { interfaces, filters: [] }));
    await network.removeLink("eth2");
    expect(codes(end)).toContain("RecorderWasDown");
    const reasons = end.coverage?.gaps.map(
      ({ interfaceName, reason }) => `${interfaceName}: ${reason}`,
    );
    expect(reasons).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^eth0: .*SIGKILL/),
        expect.stringMatching(/^eth0: its file was removed/),
        expect.stringMatching(/^eth2: the interface/),
      ]),
    );
  });

  test("in a full folder it waits, says so, and goes on when there is room", async () => {
    const ring = file("ring");
    await mkdir(ring);
    await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", ring]);
    try {
      await open({ fileSizeBytes: 65_536, sizeBytesMax: 1 << 20, snapLengthBytes: 0 });
      writeFileSync(join(ring, "lock.filler"), Buffer.alloc(4 << 20), { flag: "a" });
    } catch {
      // It is full now.
    }
    try {
      const sending = network.send({ count: 1_000_000, sizeBytes: 1_400, everyMilliseconds: 1 });
      await until("it is in trouble", () => {
        const states = recorder?.state().interfaces ?? [];
        return states.some(({ name, trouble }) => name === "eth0" && trouble !== null);
      });
      rmSync(join(ring, "lock.filler"));
      await until("it is recorded again", () => recorded().includes("eth0"));
      const end = await capture(lookBack(60));
      sending.end();
      expect(codes(end)).toContain("RecorderWasDown");
      expect(end.coverage?.gaps[0]?.reason).toMatch(/space/i);
      expect((await readWithTshark(file("a.cap"))).length).toBe(end.packets);
    } finally {
      await recorder?.close();
      recorder = null;
      await run("umount", [ring]);
    }
  });

  test("killed with -9 during hold and cut: the session keeps what was before it, the next ring takes over", async () => {
    const spec = lookBack(60, { timeLimitInSeconds: 60 });
    const words = [holder, directory, network.namespace, JSON.stringify([spec])];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    const told: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => told.push(...chunk.toString().trim().split("\n")));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(
      "ready",
      async () => told.includes("ready") && (await recordersBelow(file("ring"))).length === 2,
    );
    const sending = network.send({ count: 1_000_000, everyMilliseconds: 1 });
    await sleep(800);
    child.stdin.write("start\n");
    await until("recording", () => told.includes("recording"));
    const killedAt = Date.now();
    child.kill("SIGKILL");
    await ended;
    await open();
    expect(recorder?.holds.sessionIds).toEqual([spec.sessionId]);
    const manager = await openManager();
    await recording(manager, spec);
    await sleep(300);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    sending.end();
    const seen = await readWithTshark(file("a.cap"));
    const numbers = seen.map(({ number }) => number);
    // What was still in the kernel when the recorders ended with the agent is lost: 150 ms at most.
    const before = seen.filter(({ time }) => time < killedAt - 200);
    expect(before.map(({ number }) => number)).toEqual(before.map((_, at) => at));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(end.coverage?.interfaces[0]?.packetsFromRing).toBeGreaterThan(100);
    expect(codes(end)).not.toContain("BoundaryUncertain");
    expect(existsSync(join(file("ring"), "hold", spec.sessionId))).toBe(false);
    const again = lookBack(60, { filePath: file("b.cap") });
    await manager.start(again);
    const later = await finished(manager, again);
    expect(later.coverage?.gaps[0]?.reason).toBe("the agent was not running");
    const kept = (await readWithTshark(file("b.cap"))).map(({ number }) => number);
    expect(kept[0]).toBe(0);
  });
});
