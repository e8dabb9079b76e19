import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SessionManagerOptions } from "../../src/capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../../src/capture/session.ts";
import { systemClock } from "../../src/common/clock.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "./network.ts";
import { finished, observationOf, openObserved, sha256Of, specOf } from "./sessions.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: recovery of capture sessions: ${missing}\n`);

const killCount = 8;
const ringKillCount = 4;
const holder = new URL("hold-manager.ts", import.meta.url).pathname;

describe.skipIf(missing !== null)("capture sessions after kill -9 of the agent", () => {
  let network: TestNetwork;
  let directory = "";
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-recovery-"));
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    await until("no recorder is left", async () => (await recordersBelow(directory)).length === 0);
    await rm(directory, { recursive: true, force: true });
  });

  /** Another process that holds the manager, starts the sessions, and tells each observation as a line. */
  function hold(specs: readonly CaptureSpec[]) {
    const words = [holder, directory, network.namespace, JSON.stringify(specs)];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    children.add(child);
    const told: CaptureObservation[] = [];
    let rest = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      told.push(...lines.map((line) => JSON.parse(line) as CaptureObservation));
    });
    const ended = new Promise<void>((resolve) => {
      child.once("close", () => {
        children.delete(child);
        resolve();
      });
    });
    return { told, kill: () => void child.kill("SIGKILL"), ended };
  }

  const reopen = (change: Partial<SessionManagerOptions> = {}) =>
    openObserved({ directory, networkNamespace: network.namespace, ...change });
  const file = (name: string): string => join(directory, "out", name);

  test("a recording goes on as a new part, its gap is told, its time is honoured", async () => {
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 5 });
    const held = hold([spec]);
    await until("recording", () => held.told.some(({ phase }) => phase === "recording"));
    await network.send({ count: 30 }).finished;
    await sleep(300);
    held.kill();
    await held.ended;
    await until("the recorder ended with it", async () => {
      return (await recordersBelow(directory)).length === 0;
    });
    const { manager, observed } = await reopen();
    await until("recording again", async () => (await recordersBelow(directory)).length === 1);
    await until("the new part is open", () => partsOf(spec).length === 2);
    await sleep(200);
    await network.send({ count: 30 }).finished;
    const end = await finished(manager, spec);
    await manager.close({ mode: "leave" });
    const started = held.told.find(({ phase }) => phase === "recording")?.captureStartTime;
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "TimeExceeded",
      packets: 60,
      captureStartTime: started,
      errors: [{ code: "AgentStopped", message: expect.stringContaining("not running") }],
    });
    expect(Date.parse(end.captureEndTime ?? "") - Date.parse(started ?? "")).toBe(5_000);
    const [gap, ...others] = end.coverage?.gaps ?? [];
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ interfaceName: "eth0", reason: "the agent was not running" });
    const missed = (Date.parse(gap?.to ?? "") - Date.parse(gap?.from ?? "")) / 1_000;
    expect(missed).toBeGreaterThan(0);
    expect(end.coverage?.got.afterSeconds).toBeCloseTo(5 - missed, 2);
    expect(end.coverage?.warnings.map(({ code }) => code)).toEqual(["RecordingBrokeOff"]);
    expect((await readWithTshark(file("a.cap"))).length).toBe(60);
    expect(Math.min(...observed.map(({ revision }) => revision))).toBeGreaterThan(
      Math.max(...held.told.map(({ revision }) => revision)),
    );
  });

  test("a session whose time passed while the agent was away ends with what there is", async () => {
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 600 });
    const held = hold([spec]);
    await until("recording", () => held.told.some(({ phase }) => phase === "recording"));
    held.kill();
    await held.ended;
    // The next agent is a later one: nothing here needs to be faster than a clock.
    const clock = { ...systemClock, now: () => Date.now() + 601_000 };
    const { manager } = await reopen({ clock });
    const end = await finished(manager, spec);
    await manager.close({ mode: "leave" });
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "AgentStopped",
      filePath: file("a.cap"),
      errors: [{ code: "AgentStopped" }],
      coverage: { warnings: [{ code: "RecordingBrokeOff" }, { code: "FilterMatchedNothing" }] },
    });
    expect(end.coverage?.got.afterSeconds).toBeLessThan(20);
  });

  test("a recorder that outlived the agent is ended at the next opening", async () => {
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    const { manager } = await reopen();
    // As one without pdeathsig would be: started by hand, quiet network, nobody reads what it says.
    const path = join(directory, "sessions", "left", "part-00001-eth0.pcapng");
    const words = ["netns", "exec", network.namespace, "sh", "-c"];
    const script = `mkdir -p "$(dirname ${path})"; exec dumpcap -q -p -i eth0 -f "udp port 9" -w ${path}`;
    const left = spawn("ip", [...words, script], { stdio: "ignore", detached: true });
    await until("it runs", async () => (await recordersBelow(directory)).length === 1);
    await manager.close({ mode: "leave" });
    const second = await reopen();
    expect(await recordersBelow(directory)).toEqual([]);
    expect(left.pid).toBeGreaterThan(0);
    await second.manager.start(spec);
    await second.manager.forget(spec.sessionId);
    await second.manager.close({ mode: "leave" });
    expect(readdirSync(join(directory, "sessions"))).toEqual([]);
  });

  test(`killed ${killCount} times at random moments, every acknowledged session ends true`, async () => {
    const specs: CaptureSpec[] = [];
    const sending = network.send({ count: 1_000_000, everyMilliseconds: 2 });
    for (let round = 0; round < killCount; round++) {
      const spec = specOf({
        name: `round ${round}`,
        filePath: file(`${round}.cap`),
        timeLimitInSeconds: 1 + (round % 2),
        ...(round % 3 === 0 ? { totalBytesPerSession: 20_000 } : {}),
        ...(round % 4 === 0 ? { uploadUrl: "https://store/x" } : {}),
      });
      specs.push(spec);
      const held = hold([spec]);
      await until("acknowledged", () => {
        return held.told.some(({ sessionId }) => sessionId === spec.sessionId);
      });
      await sleep(Math.random() * 900);
      held.kill();
      await held.ended;
    }
    const { manager } = await openObserved({
      directory,
      networkNamespace: network.namespace,
      upload: async (path) => ({
        sha256: sha256Of(path),
        sizeBytes: (await readFile(path)).length,
      }),
    });
    for (const spec of specs) {
      const end = await finished(manager, spec);
      expect(end.status).toBe("Stopped");
      expect(["TimeExceeded", "SizeExceeded", "AgentStopped"]).toContain(end.stopReason);
      if (end.sha256 === null) continue; // killed before its recorder was ready, its time over since
      expect(sha256Of(end.filePath ?? "")).toBe(end.sha256);
      expect((await readWithTshark(end.filePath ?? "")).length).toBe(end.packets);
      expect(end.uploaded).toBe(spec.uploadUrl !== null);
      if (spec.totalBytesPerSession > 0) {
        expect(end.sizeBytes).toBeLessThanOrEqual(spec.totalBytesPerSession);
      }
    }
    sending.end();
    expect(readdirSync(join(directory, "out")).toSorted()).toEqual(
      specs.flatMap((_, round) => [`${round}.cap`, `${round}.cap.coverage.json`]).toSorted(),
    );
    for (const spec of specs) await manager.forget(spec.sessionId);
    expect(observationsLeft(directory)).toEqual([]);
    await manager.close({ mode: "leave" });
  });

  test(`a ring goes on through ${ringKillCount} kills, and its files are whole, hashed and bounded`, async () => {
    const spec = specOf({
      filePath: file("ring.cap"),
      timeLimitInSeconds: 60,
      ring: { overwrites: true, fileCount: 4, fileSizeInBytes: 20_000, uploads: false },
    });
    const sending = network.send({ count: 1_000_000, sizeBytes: 1_000, everyMilliseconds: 4 });
    for (let round = 0; round < ringKillCount; round++) {
      const held = hold(round === 0 ? [spec] : []);
      await until("recording", () => held.told.some(({ phase }) => phase === "recording"));
      await sleep(200 + Math.random() * 700);
      held.kill();
      await held.ended;
      const out = readdirSync(directory).includes("out") ? readdirSync(join(directory, "out")) : [];
      expect(out.length).toBeLessThanOrEqual(5); // one more while the oldest is about to go
    }
    const { manager } = await reopen();
    await until("it records again", async () => (await recordersBelow(directory)).length === 1);
    await sleep(500);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    sending.end();
    await manager.close({ mode: "leave" });
    expect(end).toMatchObject({ status: "Stopped", stopReason: "Manual" });
    // Files that had just begun when a kill or the stop came have no packets, and are not kept beside others.
    expect(end.files?.count).toBeGreaterThanOrEqual(2);
    expect(end.files?.count).toBeLessThanOrEqual(4);
    expect(end.errors.every(({ code }) => code === "AgentStopped")).toBe(true);
    const files = end.files?.newest ?? [];
    expect(readdirSync(join(directory, "out")).toSorted()).toEqual(
      files.map(({ name }) => `ring_${name}.cap`),
    );
    let last = -1;
    for (const { filePath, sha256, sizeBytes } of files) {
      expect(sha256Of(filePath ?? "")).toBe(sha256);
      expect(sizeBytes).toBeLessThanOrEqual(20_000);
      for (const { number } of await readWithTshark(filePath ?? "")) {
        expect(number).toBeGreaterThan(last);
        last = number;
      }
    }
  });

  test("a stop that was acknowledged holds, whatever happens next", async () => {
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    const held = hold([{ ...spec, name: "stop at once" }]);
    await until("recording", () => held.told.some(({ phase }) => phase === "recording"));
    await until("the stop is on disk", async () => {
      const path = join(directory, "sessions", spec.sessionId, "session.json");
      return !(await readFile(path, "utf8")).includes('"stopRequestedAt":null');
    });
    held.kill();
    await held.ended;
    const { manager } = await reopen();
    const end = await finished(manager, spec);
    expect(observationOf(manager, spec)).toBe(end);
    expect(end).toMatchObject({ status: "Stopped", stopReason: "Manual" });
    await manager.close({ mode: "leave" });
  });

  const partsOf = ({ sessionId }: CaptureSpec): string[] =>
    readdirSync(join(directory, "sessions", sessionId)).filter((name) => name.startsWith("part-"));
});

const observationsLeft = (directory: string): string[] => readdirSync(join(directory, "sessions"));
