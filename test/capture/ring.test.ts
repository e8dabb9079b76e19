// Recordings into several files: Azure's continuousCapture, with dumpcap on real interfaces.
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SessionManager, SessionManagerOptions } from "../../src/capture/session-manager.ts";
import type { CaptureObservation, CaptureRing, CaptureSpec } from "../../src/capture/session.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "./network.ts";
import { finished, observationOf, openObserved, recording, sha256Of, specOf } from "./sessions.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: recordings into several files: ${missing}\n`);

const fileSizeInBytes = 20_000;

describe.skipIf(missing !== null)("recordings into several files", () => {
  let network: TestNetwork;
  let directory = "";
  let open: SessionManager[] = [];

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-ring-"));
  });
  afterEach(async () => {
    await Promise.all(open.map((manager) => manager.close({ mode: "leave" })));
    open = [];
    expect(await recordersBelow(directory)).toEqual([]);
    await rm(directory, { recursive: true, force: true });
  });

  async function openManager(options: Partial<SessionManagerOptions> = {}) {
    const namespace = { directory, networkNamespace: network.namespace };
    const opened = await openObserved({ ...namespace, ...options });
    open.push(opened.manager);
    return opened;
  }
  const ringSpec = (ring: Partial<CaptureRing>, change: Partial<CaptureSpec> = {}): CaptureSpec =>
    specOf({
      filePath: join(directory, "out", "a.cap"),
      timeLimitInSeconds: 60,
      ring: { overwrites: true, fileCount: 3, fileSizeInBytes, uploads: false, ...ring },
      ...change,
    });
  const outFiles = (): string[] => {
    const out = join(directory, "out");
    return existsSync(out) ? readdirSync(out).sort() : [];
  };
  const sendAndWait = (count: number, everyMilliseconds = 1) =>
    network.send({ count, sizeBytes: 1_000, everyMilliseconds }).finished;
  const settled = (manager: SessionManager, spec: CaptureSpec, packets: number) =>
    until(`${packets} packets`, () => observationOf(manager, spec).packets >= packets);

  /** The numbers of the packets of all files together, each file checked by tshark and by its hash. */
  async function readAll({ files }: CaptureObservation): Promise<number[]> {
    const numbers: number[] = [];
    for (const { filePath, sha256, sizeBytes, name } of files?.newest ?? []) {
      expect(filePath).toBe(join(directory, "out", `a_${name}.cap`));
      const path = filePath ?? "";
      expect([sha256Of(path), statSync(path).size]).toEqual([sha256, sizeBytes]);
      expect(sizeBytes).toBeLessThanOrEqual(fileSizeInBytes);
      numbers.push(...(await readWithTshark(path)).map(({ number }) => number));
    }
    return numbers;
  }

  test("the oldest file gives way: the newest packets are kept, without a gap, in three files", async () => {
    const { manager } = await openManager();
    const spec = ringSpec({});
    await manager.start(spec);
    await recording(manager, spec);
    await sendAndWait(150);
    await settled(manager, spec, 150);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "Manual",
      errors: [],
      packets: 150,
      files: { count: 3 },
    });
    const numbers = await readAll(end);
    expect(numbers.at(-1)).toBe(149);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(numbers.length).toBeLessThan(70);
    expect(end.files?.overwrittenCount).toBeGreaterThan(3);
    expect(outFiles()).toEqual(end.files?.newest.map(({ name }) => `a_${name}.cap`));
    expect(end.sizeBytes).toBe(end.files?.newest.reduce((sum, file) => sum + file.sizeBytes, 0));
    await until("the work files are removed", () => {
      const left = readdirSync(join(directory, "sessions", spec.sessionId)).sort();
      return left.join() === "files.json,session.json";
    });
  });

  test("without overwriting it ends when all files are full, and no packet before that is missing", async () => {
    const { manager } = await openManager();
    const spec = ringSpec({ overwrites: false });
    await manager.start(spec);
    await recording(manager, spec);
    const sending = network.send({ count: 100_000, sizeBytes: 1_000, everyMilliseconds: 1 });
    const end = await finished(manager, spec);
    sending.end();
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "SizeExceeded",
      errors: [],
      files: { count: 3, overwrittenCount: 0 },
    });
    const numbers = await readAll(end);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length).toBe(end.packets);
  });

  test("a time limit: what is left is the newest of that time, and nothing after it", async () => {
    const { manager } = await openManager();
    const spec = ringSpec({ fileCount: 2 }, { timeLimitInSeconds: 2 });
    const before = await network.sentPackets("eth0");
    const sending = network.send({ count: 100_000, sizeBytes: 1_000, everyMilliseconds: 5 });
    await until("it sends", async () => (await network.sentPackets("eth0")) > before);
    await manager.start(spec);
    const end = await finished(manager, spec);
    sending.end();
    expect(end).toMatchObject({ stopReason: "TimeExceeded", errors: [] });
    const endedAt = Date.parse(end.captureEndTime ?? "");
    const seen = await Promise.all(
      (end.files?.newest ?? []).map(({ filePath }) => readWithTshark(filePath ?? "")),
    );
    const last = seen.flat().at(-1)?.time ?? 0;
    expect(last).toBeLessThan(endedAt);
    expect(last).toBeGreaterThan(endedAt - 1_000);
    expect(end.files?.count).toBeLessThanOrEqual(2);
    expect(outFiles()).toHaveLength(end.files?.count ?? -1);
  });

  test("several interfaces share the files; one that disappears ends nothing", async () => {
    const { manager } = await openManager();
    await network.addLink("eth7", "203.0.113");
    const spec = ringSpec({ fileCount: 100 }, { interfaces: ["eth0", "eth1", "eth7"] });
    await manager.start(spec);
    await recording(manager, spec);
    await sendAndWait(20);
    await network.send({ count: 20, to: "198.51.100.2" }).finished;
    await settled(manager, spec, 40);
    await network.removeLink("eth7");
    await until("the loss is told", () => observationOf(manager, spec).errors.length > 0);
    await until("a recorder again", async () => (await recordersBelow(directory)).length === 1);
    await until("it records", () => {
      return readdirSync(join(directory, "sessions", spec.sessionId)).some((name) =>
        name.startsWith("ring-00002"),
      );
    });
    await sendAndWait(20, 20);
    await settled(manager, spec, 55);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ status: "Stopped", stopReason: "Manual" });
    expect(end.errors[0]?.message).toMatch(/eth7|no longer attached/);
    const seen = await Promise.all(
      (end.files?.newest ?? []).map(({ filePath }) => readWithTshark(filePath ?? "")),
    );
    const names = new Set(seen.flat().map(({ interfaceName }) => interfaceName));
    expect([...names].sort()).toEqual(["eth0", "eth1"]);
  });

  test("each finished file is uploaded, and the store is told of those that were overwritten", async () => {
    const store = new Map<string, string>();
    const { manager } = await openManager({
      requestFile: async ({ name, overwritten }) => {
        overwritten.forEach((each) => store.delete(each));
        return name;
      },
      upload: async (path, { uploadUrl }) => {
        const sha256 = sha256Of(path);
        store.set(uploadUrl ?? "", sha256);
        return { sha256, sizeBytes: statSync(path).size };
      },
    });
    const spec = ringSpec({ uploads: true }, { filePath: null });
    await manager.start(spec);
    await recording(manager, spec);
    await sendAndWait(60, 5);
    await until("some are there", () => store.size > 0);
    expect(observationOf(manager, spec).phase).toBe("recording");
    await sendAndWait(60, 5);
    await settled(manager, spec, 120);
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ uploaded: true, errors: [], files: { count: 3 }, filePath: null });
    const kept = end.files?.newest.map(({ name, sha256 }) => [name, sha256]) ?? [];
    expect(Object.fromEntries(store)).toEqual(Object.fromEntries(kept));
  });

  test("while the store is away the ring stays bounded, and what is left is uploaded after it", async () => {
    let away = true;
    const sent: string[] = [];
    const { manager } = await openManager({
      requestFile: async ({ name }) => {
        if (away) throw new Error("the control plane is away");
        return name;
      },
      upload: async (path, { uploadUrl }) => {
        sent.push(uploadUrl ?? "");
        return { sha256: sha256Of(path), sizeBytes: statSync(path).size };
      },
    });
    const spec = ringSpec({ uploads: true, fileCount: 2 }, { filePath: null });
    await manager.start(spec);
    await recording(manager, spec);
    await sendAndWait(150);
    await settled(manager, spec, 150);
    await until("the failure is told", () =>
      observationOf(manager, spec).errors.some(({ code }) => code === "StorageFailed"),
    );
    const files = readdirSync(join(directory, "sessions", spec.sessionId));
    expect(
      files.filter((name) => name.endsWith("cap") || name.endsWith("pcapng")).length,
    ).toBeLessThan(5);
    await manager.stop(spec.sessionId);
    away = false;
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ uploaded: true, errors: [], files: { count: 2 } });
    expect(sent).toEqual(end.files?.newest.map(({ name }) => name));
  });

  test("a manager that is opened again goes on with the same files", async () => {
    const { manager } = await openManager();
    const spec = ringSpec({ fileCount: 50 });
    await manager.start(spec);
    await recording(manager, spec);
    await sendAndWait(30);
    await settled(manager, spec, 30);
    await manager.close({ mode: "leave" });
    open = [];
    const second = (await openManager()).manager;
    await until("it records", async () => (await recordersBelow(directory)).length === 1);
    await until("a new file", () =>
      readdirSync(join(directory, "sessions", spec.sessionId)).some((name) =>
        name.startsWith("ring-"),
      ),
    );
    await sendAndWait(30, 20);
    await settled(second, spec, 55);
    await second.stop(spec.sessionId);
    const end = await finished(second, spec);
    const numbers = await readAll(end);
    expect(numbers.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(numbers.at(-1)).toBe(29);
    const names = end.files?.newest.map(({ name }) => name) ?? [];
    expect(names.map((name) => Number(name.slice(0, 5)))).toEqual(
      names.map((_, index) => index + 1),
    );
  });
});
