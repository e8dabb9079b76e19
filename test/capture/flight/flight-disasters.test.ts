import { execFileSync } from "node:child_process";
import { renameSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { CpuLimit } from "../../../src/capture/flight/cpu-limit.ts";
import { listRingFiles } from "../../../src/capture/flight/ring-file.ts";
import { run } from "../../../src/common/run.ts";
import { missingForRecording, readWithTshark, until } from "../network.ts";
import { finished, recording } from "../sessions.ts";
import { codes, FlightHost } from "./flight-host.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: disasters of a flight recorder: ${missing}\n`);
const smallRing = { sizeBytesMax: 1 << 20, fileSizeBytes: 65_536, snapLengthBytes: 0 };

describe.skipIf(missing !== null)("a flight recorder in a disaster", () => {
  const host = new FlightHost();

  /** A file system in memory of its own at a folder of the host's, for the time of `work`. */
  async function mounted(name: string, options: string, work: () => Promise<void>): Promise<void> {
    const path = host.file(name);
    await mkdir(path);
    await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
    try {
      await work();
    } finally {
      await Promise.all(host.managers.map((manager) => manager.close({ mode: "leave" })));
      host.managers = [];
      await host.closeRecorder();
      await run("umount", [path]);
    }
  }

  test("in a folder where no name fits any more the oldest of the ring make room for a hold", () =>
    // Root, lock and gaps, eighteen files of the ring; the hold needs two folders and as many names again.
    mounted("ring", "size=16m,nr_inodes=32", async () => {
      await host.open(smallRing);
      await host.network.send({ count: 800, sizeBytes: 1_400 }).finished;
      await host.kept({ eth0: 800 });
      const free = async (): Promise<string> =>
        (await run("stat", ["-f", "-c", "%d", host.file("ring")])).stdout.trim();
      writeFileSync(host.file("ring/other"), "");
      for (let number = 0; Number(await free()) > 4; number++) {
        writeFileSync(host.file(`ring/other-${number}`), "");
      }
      const end = await host.capture(host.lookBack(60));
      expect(codes(end)).not.toContain("HoldFailed");
      expect(end.coverage?.interfaces[0]?.packetsFromRing).toBe(end.packets);
      // Some of the ring's sixteen files had to go before anything of it could be held.
      expect(end.packets).toBeGreaterThan(300);
    }));

  test("a full folder of the ring holds all the same, and what it has is in the capture", () =>
    mounted("ring", "size=4m", async () => {
      await host.open(smallRing);
      await host.network.send({ count: 300, sizeBytes: 1_400 }).finished;
      await host.kept({ eth0: 300 });
      try {
        writeFileSync(host.file("ring/filler"), Buffer.alloc(4 << 20), { flag: "a" });
      } catch {
        // It is full now.
      }
      const end = await host.capture(host.lookBack(60));
      expect(codes(end)).not.toContain("HoldFailed");
      expect((await readWithTshark(host.file("a.cap"))).map(({ number }) => number)).toEqual(
        Array.from({ length: 300 }, (_, number) => number),
      );
    }));

  test("a disk that is full while it is cut takes the newest of what was before, and says so", () =>
    mounted("agent", "size=3m", async () => {
      await host.open({ ...smallRing, sizeBytesMax: 8 << 20 });
      await host.network.send({ count: 4_000, sizeBytes: 1_400 }).finished;
      await host.kept({ eth0: 4_000 });
      const end = await host.capture(host.lookBack(60));
      expect(codes(end)).toEqual(expect.arrayContaining(["RingTooShort", "LookBackCutBySize"]));
      const numbers = (await readWithTshark(host.file("a.cap"))).map(({ number }) => number);
      expect(numbers.length).toBe(end.packets);
      expect(numbers.length).toBeGreaterThan(100);
      expect(numbers).toEqual(numbers.map((_, at) => 4_000 - numbers.length + at));
      expect(host.recorder?.holds.sessionIds).toEqual([]);
    }));

  test("an interface that disappears in the middle leaves what was before; it is recorded again when it comes back", async () => {
    await host.network.addLink("eth2", "203.0.113");
    await host.open({}, ["eth0", "eth1", "eth2"]);
    await host.network.send({ count: 50, to: "203.0.113.2" }).finished;
    await host.kept({ eth2: 50 });
    const manager = await host.openManager();
    const spec = host.lookBack(60, { interfaces: ["eth2"], timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    await host.network.removeLink("eth2");
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ status: "Error", stopReason: "InterfaceGone", packets: 50 });
    await host.network.addLink("eth2", "203.0.113");
    await until("it is recorded again", () => host.recorded().includes("eth2"));
    await host.network.send({ count: 20, to: "203.0.113.2" }).finished;
    await host.kept({ eth2: 20 });
    const again = host.lookBack(60, { interfaces: ["eth2"], filePath: host.file("b.cap") });
    await manager.start(again);
    const later = await finished(manager, again);
    await host.network.removeLink("eth2");
    expect(later.packets).toBe(70);
    expect(later.coverage?.gaps.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^the interface/),
    ]);
  });

  test("a clock that was put back while the agent was away is seen by the ring's files", async () => {
    await host.open();
    await host.network.send({ count: 30 }).finished;
    await host.kept({ eth0: 30 });
    await host.closeRecorder();
    setAhead(host.file("ring"), 3_600);
    await host.open();
    await host.network.send({ count: 40, fromPort: 4_000 }).finished;
    await host.kept({ eth0: 40 });
    const end = await host.capture(host.lookBack(60));
    expect(codes(end)).toContain("ClockStepped");
    expect(end.coverage?.clock.steppedMilliseconds).toBeLessThan(-3_590_000);
    // What is stamped an hour ahead belongs to no window; what came since is there.
    expect(end.packets).toBe(40);
    const seen = await readWithTshark(host.file("a.cap"));
    expect(new Set(seen.map(({ sourcePort }) => sourcePort))).toEqual(new Set([4_000]));
  });

  test("what the recorders use of the processors is measured, and the busiest rests above the limit", () => {
    const limits = [new CpuLimit(0.01), new CpuLimit(64)];
    const pids = new Map([
      ["busy", process.pid],
      ["quiet", 1],
    ]);
    expect(limits.map((limit) => limit.check(pids, 0))).toEqual([null, null]);
    const begun = process.cpuUsage();
    while (process.cpuUsage(begun).user < 300_000);
    expect(limits.map((limit) => limit.check(pids, 9_000))).toEqual([null, null]);
    const [over, within] = limits.map((limit) => limit.check(pids, 10_000));
    expect(over?.name).toBe("busy");
    expect(over?.share).toBeGreaterThan(0.02);
    expect(within).toBeNull();
    expect(new CpuLimit(1).check(new Map([["gone", 4_194_303]]), 0)).toBeNull();
  });
});

/** The stamps of a ring, and of its files, so much later. */
function setAhead(directory: string, seconds: number): void {
  for (const { path, modifiedAt } of listRingFiles(directory)) {
    const moved = `${path}.moved`;
    execFileSync("editcap", ["-t", String(seconds), path, moved]);
    renameSync(moved, path);
    utimesSync(path, 0, modifiedAt / 1_000 + seconds);
  }
}
