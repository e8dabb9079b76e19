import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { run } from "../../../src/common/run.ts";
import { missingForRecording, readWithTshark, recordersBelow, until } from "../network.ts";
import { finished, recording } from "../sessions.ts";
import { codes, FlightHost } from "./flight-host.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: what befalls a flight recorder: ${missing}\n`);
const holder = new URL("hold-agent.ts", import.meta.url).pathname;

describe.skipIf(missing !== null)("what befalls a flight recorder", () => {
  const host = new FlightHost();

  test("a recorder that dies, a folder that is emptied and an interface that comes back leave gaps, no more", async () => {
    await host.network.addLink("eth2", "203.0.113");
    await host.open({}, ["eth0", "eth1", "eth2"]);
    const ring = host.file("ring");
    const pids = await recordersBelow(ring);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until("all are recorded again", async () => {
      const now = await recordersBelow(ring);
      return (
        host.recorded().length === 3 && now.length === 3 && !now.some((pid) => pids.includes(pid))
      );
    });
    await host.network.removeLink("eth2");
    await until("it is gone", () => host.recorded().join() === "eth0,eth1");
    await host.network.addLink("eth2", "203.0.113");
    for (const name of readdirSync(ring)) {
      if (name.endsWith(".pcapng")) rmSync(join(ring, name));
    }
    await until("files are there again", () => {
      const names = readdirSync(ring).filter((name) => name.endsWith(".pcapng"));
      return host.recorded().length === 3 && names.length === 3;
    });
    const interfaces = ["eth0", "eth2"];
    const end = await host.capture(host.lookBack(60, { interfaces, filters: [] }));
    await host.network.removeLink("eth2");
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
    const ring = host.file("ring");
    await mkdir(ring);
    await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", ring]);
    try {
      await host.open({ fileSizeBytes: 65_536, sizeBytesMax: 1 << 20, snapLengthBytes: 0 });
      writeFileSync(join(ring, "lock.filler"), Buffer.alloc(4 << 20), { flag: "a" });
    } catch {
      // It is full now.
    }
    try {
      const sending = host.network.send({
        count: 1_000_000,
        sizeBytes: 1_400,
        everyMilliseconds: 1,
      });
      await until("it is in trouble", () => {
        const states = host.recorder?.state().interfaces ?? [];
        return states.some(({ name, trouble }) => name === "eth0" && trouble !== null);
      });
      rmSync(join(ring, "lock.filler"));
      await until("it is recorded again", () => host.recorded().includes("eth0"));
      const end = await host.capture(host.lookBack(60));
      sending.end();
      expect(codes(end)).toContain("RecorderWasDown");
      expect(end.coverage?.gaps[0]?.reason).toMatch(/space/i);
      expect((await readWithTshark(host.file("a.cap"))).length).toBe(end.packets);
    } finally {
      await host.closeRecorder();
      await run("umount", [ring]);
    }
  });

  test("killed with -9 during hold and cut: the session keeps what was before it, the next ring takes over", async () => {
    const spec = host.lookBack(60, { timeLimitInSeconds: 60 });
    const words = [holder, host.directory, host.network.namespace, JSON.stringify([spec])];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    const told: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => told.push(...chunk.toString().trim().split("\n")));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(
      "ready",
      async () => told.includes("ready") && (await recordersBelow(host.file("ring"))).length === 2,
    );
    const sentBefore = await host.network.sentPackets("eth0");
    const sending = host.network.send({ count: 1_000_000, everyMilliseconds: 1 });
    await until(
      "some were sent",
      async () => (await host.network.sentPackets("eth0")) - sentBefore > 500,
    );
    child.stdin.write("start\n");
    await until("recording", () => told.includes("recording"));
    child.kill("SIGKILL");
    await ended;
    await host.open();
    expect(host.recorder?.holds.sessionIds).toEqual([spec.sessionId]);
    const manager = await host.openManager();
    await recording(manager, spec);
    await sleep(300);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    sending.end();
    const seen = await readWithTshark(host.file("a.cap"));
    const numbers = seen.map(({ number }) => number);
    // What was still in the kernel when the recorders ended with the agent is lost, and that is told: of the
    // session's own recording, or of the ring where the kill came before its beginning was on disk.
    const gaps = (end.coverage?.gaps ?? []).map(({ from }) => Date.parse(from));
    expect(gaps.length).toBeGreaterThan(0);
    expect(codes(end)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:RecordingBrokeOff|RecorderWasDown)$/)]),
    );
    const before = seen.filter(({ time }) => time < Math.min(...gaps));
    expect(before.map(({ number }) => number)).toEqual(before.map((_, at) => at));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(end.coverage?.interfaces[0]?.packetsFromRing).toBeGreaterThan(100);
    expect(codes(end)).not.toContain("BoundaryUncertain");
    expect(existsSync(join(host.file("ring"), "hold", spec.sessionId))).toBe(false);
    const again = host.lookBack(60, { filePath: host.file("b.cap") });
    await manager.start(again);
    const later = await finished(manager, again);
    expect(later.coverage?.gaps[0]?.reason).toBe("the agent was not running");
    const kept = (await readWithTshark(host.file("b.cap"))).map(({ number }) => number);
    expect(kept[0]).toBe(0);
  });
});
