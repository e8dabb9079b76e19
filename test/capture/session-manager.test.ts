import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SessionManager, SessionManagerOptions } from "../../src/capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../../src/capture/session.ts";
import { run } from "../../src/common/run.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "./network.ts";
import { finished, observationOf, openObserved, recording, sha256Of, specOf } from "./sessions.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: capture sessions: ${missing}\n`);

describe.skipIf(missing !== null)("capture sessions", () => {
  let network: TestNetwork;
  let directory = "";
  let open: SessionManager[] = [];

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-sessions-"));
  });
  afterEach(async () => {
    await Promise.all(open.map((manager) => manager.close({ mode: "leave" })));
    open = [];
    expect(await recordersBelow(directory)).toEqual([]);
    await rm(directory, { recursive: true, force: true });
  });

  async function openManager(options: Partial<SessionManagerOptions> = {}) {
    const opened = await openObserved({
      directory,
      networkNamespace: network.namespace,
      ...options,
    });
    open.push(opened.manager);
    return opened;
  }

  const file = (name: string): string => join(directory, "out", name);
  const sessionFiles = ({ sessionId }: CaptureSpec): string[] =>
    readdirSync(join(directory, "sessions", sessionId));

  const partFiles = (spec: CaptureSpec): string[] =>
    sessionFiles(spec).filter((name) => name.startsWith("part-"));

  test("a session ends at its time, with every packet of that time and none after it", async () => {
    const { manager, observed } = await openManager();
    const spec = specOf({ filePath: file("a.cap") });
    await manager.start(spec);
    await recording(manager, spec);
    const sending = network.send({ count: 100_000, everyMilliseconds: 1 });
    const end = await finished(manager, spec);
    sending.end();
    const seen = await readWithTshark(file("a.cap"));
    const startedAt = Date.parse(end.captureStartTime ?? "");
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "TimeExceeded",
      errors: [],
      packets: seen.length,
      packetsDropped: 0,
      sizeBytes: statSync(file("a.cap")).size,
      sha256: sha256Of(file("a.cap")),
      filePath: file("a.cap"),
      uploaded: false,
    });
    expect(Date.parse(end.captureEndTime ?? "") - startedAt).toBe(1_000);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.map(({ number }) => number)).toEqual(seen.map((_, index) => index));
    expect(seen.at(-1)?.time).toBeLessThan(startedAt + 1_000);
    expect([...new Set(observed.map(({ status }) => status))]).toEqual([
      "NotStarted",
      "Running",
      "Stopped",
    ]);
    expect(observed.map(({ revision }) => revision)).toEqual(
      observed.map(({ revision }) => revision).toSorted((a, b) => a - b),
    );
    await until("the parts are removed", () => sessionFiles(spec).length === 1);
    expect(statSync(file("a.cap")).mode & 0o777).toBe(0o600);
  });

  test("a session that goes on is made longer, never shorter, and says so", async () => {
    const { manager, observed } = await openManager();
    const spec = specOf({ filePath: file("longer.cap") });
    await manager.start(spec);
    await recording(manager, spec);
    await manager.start({ ...spec, timeLimitInSeconds: 2 });
    await manager.start({ ...spec, timeLimitInSeconds: 1 });
    const end = await finished(manager, spec);
    const startedAt = Date.parse(end.captureStartTime ?? "");
    expect(Date.parse(end.captureEndTime ?? "") - startedAt).toBe(2_000);
    expect(end).toMatchObject({ stopReason: "TimeExceeded", timeLimitInSeconds: 2, errors: [] });
    expect(end.coverage?.asked.afterSeconds).toBe(2);
    const last = observed.findLast(({ phase }) => phase === "recording");
    expect(last?.timeLimitInSeconds).toBe(2);
    // It has ended: nothing makes it longer now.
    await manager.start({ ...spec, timeLimitInSeconds: 3 });
    expect((await finished(manager, spec)).timeLimitInSeconds).toBe(2);
  });

  test("what a session has beside its capture is placed and uploaded with it", async () => {
    const sent: string[] = [];
    const asked: object[] = [];
    const content = '{"missedSockets":0}\n';
    const { manager } = await openManager({
      ownersOf: async (window) => {
        asked.push(window);
        return content;
      },
      requestFile: ({ name }) => Promise.resolve(`https://store/${name}`),
      upload: async (path, { uploadUrl }) => {
        sent.push(`${uploadUrl} ${basename(path)}`);
        return { sha256: sha256Of(path), sizeBytes: statSync(path).size };
      },
    });
    const spec = specOf({ filePath: file("a.cap"), uploadUrl: "https://store/capture" });
    await manager.start(spec);
    const end = await finished(manager, spec);
    const from = Date.parse(end.captureStartTime ?? "");
    expect(asked).toEqual([{ from, to: from + 1_000 }]);
    const place = file("a.cap.owners.jsonl");
    expect(await readFile(place, "utf8")).toBe(content);
    const sha256 = sha256Of(place);
    expect(end.sideFiles).toEqual([
      expect.objectContaining({ kind: "coverage", filePath: file("a.cap.coverage.json") }),
      { kind: "owners", sizeBytes: content.length, sha256, filePath: place, uploaded: true },
    ]);
    expect(sent).toEqual([
      "https://store/capture finished.cap",
      "https://store/coverage side.coverage.json",
      "https://store/owners side.owners.jsonl",
    ]);
    await until("the work files are removed", () => sessionFiles(spec).length === 1);
  });

  test("a session's file is as large as allowed, to less than one packet", async () => {
    const { manager } = await openManager();
    const limits = [
      { filePath: file("a.cap"), totalBytesPerSession: 100_001 },
      {
        filePath: file("b.cap"),
        totalBytesPerSession: 60_000,
        interfaces: ["eth0", "eth1"],
        bytesToCapturePerPacket: 100,
      },
    ].map((change) => specOf({ ...change, timeLimitInSeconds: 60 }));
    for (const spec of limits) {
      await manager.start(spec);
      await recording(manager, spec);
      await until("all interfaces", () => {
        return partFiles(spec).length === spec.interfaces.length;
      });
    }
    const sendings = [
      network.send({ count: 100_000 }),
      network.send({ count: 100_000, to: "198.51.100.2" }),
    ];
    for (const spec of limits) {
      const end = await finished(manager, spec);
      expect(end).toMatchObject({ status: "Stopped", stopReason: "SizeExceeded", errors: [] });
      expect(end.sizeBytes).toBe(statSync(spec.filePath ?? "").size);
      expect(end.sizeBytes).toBeLessThanOrEqual(spec.totalBytesPerSession);
      expect(end.sizeBytes).toBeGreaterThan(spec.totalBytesPerSession - 300);
      const seen = await readWithTshark(spec.filePath ?? "");
      expect(seen.length).toBe(end.packets);
      const kept = spec.bytesToCapturePerPacket === 0 ? 142 : 100;
      expect(new Set(seen.map(({ capturedLength }) => capturedLength))).toEqual(new Set([kept]));
    }
    sendings.forEach((sending) => sending.end());
  });

  test("each filter field selects what it says; many sessions run at once", async () => {
    const { manager } = await openManager();
    const cases = {
      any: [],
      "local address": [{ localIPAddress: "192.0.2.1" }],
      "remote address": [{ remoteIPAddress: "192.0.2.2-192.0.2.9" }],
      "wrong remote address": [{ remoteIPAddress: "192.0.2.3;192.0.2.4;" }],
      "local port": [{ localPort: "4001" }],
      "remote port": [{ remotePort: "5000-5001" }],
      "local port as remote": [{ remotePort: "4001;4002" }],
      "all five": [
        {
          protocol: "UDP" as const,
          localIPAddress: "192.0.2.1",
          remoteIPAddress: "192.0.2.2",
          localPort: "4001",
          remotePort: "5001;",
        },
      ],
      "two filters": [{ remotePort: "5001" }, { localPort: "4002" }],
      "other protocol": [{ protocol: "TCP" as const }],
    };
    const specs = Object.entries(cases).map(([name, filters]) =>
      specOf({
        name,
        filePath: file(`${name}.cap`),
        interfaces: [],
        filters: filters.map((fields) => ({ protocol: "Any", ...fields })),
        timeLimitInSeconds: 60,
      }),
    );
    await Promise.all(specs.map((spec) => manager.start(spec)));
    for (const spec of specs) {
      await recording(manager, spec);
      // Running means that the first interface is recorded; each file begins when its interface is.
      await until("both interfaces", () => partFiles(spec).length === 2);
    }
    const sendings = [
      network.send({ count: 3, fromPort: 4001, port: 5001 }),
      network.send({ count: 3, fromPort: 4002, port: 5002 }),
      network.send({ count: 3, fromPort: 4003, port: 5003, to: "198.51.100.2" }),
    ];
    await Promise.all(sendings.map((sending) => sending.finished));
    await Promise.all(specs.map((spec) => manager.stop(spec.sessionId)));
    const found: Record<string, string> = {};
    for (const spec of specs) {
      expect(await finished(manager, spec)).toMatchObject({ stopReason: "Manual", errors: [] });
      const seen = await readWithTshark(spec.filePath ?? "");
      // The other side answers with ICMP errors that quote the packet; only UDP itself is looked at.
      const pairs = seen
        .filter(({ source }) => source === "192.0.2.1" || source === "198.51.100.1")
        .map((one) => `${one.sourcePort}>${one.destinationPort}`);
      found[spec.name] = [...new Set(pairs)].toSorted().join(" ");
    }
    expect(found).toMatchInlineSnapshot(`
      {
        "all five": "4001>5001",
        "any": "4001>5001 4002>5002 4003>5003",
        "local address": "4001>5001 4002>5002",
        "local port": "4001>5001",
        "local port as remote": "4001>5001 4002>5002",
        "other protocol": "",
        "remote address": "4001>5001 4002>5002",
        "remote port": "4001>5001",
        "two filters": "4001>5001 4002>5002",
        "wrong remote address": "",
      }
    `);
  });

  test("an interface that disappears is recorded as an error while the others go on", async () => {
    await network.addLink("eth5", "203.0.113");
    const { manager } = await openManager();
    const spec = specOf({
      filePath: file("a.cap"),
      interfaces: ["eth0", "eth5"],
      timeLimitInSeconds: 60,
    });
    await manager.start(spec);
    await recording(manager, spec);
    await until("both interfaces", () => partFiles(spec).length === 2);
    await network.send({ count: 5, to: "203.0.113.2" }).finished;
    await until("packets are there", async () => {
      const path = sessionFiles(spec).find((name) => name.includes("eth5")) ?? "";
      return statSync(join(directory, "sessions", spec.sessionId, path)).size > 900;
    });
    await network.removeLink("eth5");
    await until("the error is told", () => observationOf(manager, spec).errors.length === 1);
    await network.send({ count: 5 }).finished;
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ status: "Stopped", stopReason: "Manual", packets: 10 });
    expect(end.errors).toMatchObject([
      { code: "CaptureFailed", message: expect.stringContaining("interface eth5 disappeared") },
    ]);
    const seen = await readWithTshark(file("a.cap"));
    expect(seen.map(({ interfaceName }) => interfaceName).join(" ")).toBe(
      "eth5 eth5 eth5 eth5 eth5 eth0 eth0 eth0 eth0 eth0",
    );
  });

  test("the session ends when its only interface disappears, with what there was", async () => {
    await network.addLink("eth6", "203.0.113");
    const { manager } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), interfaces: ["eth6"], timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    await network.send({ count: 5, to: "203.0.113.2" }).finished;
    await until("packets are there", () => observationOf(manager, spec).packets === 5);
    await network.removeLink("eth6");
    expect(await finished(manager, spec)).toMatchObject({
      status: "Error",
      stopReason: "InterfaceGone",
      packets: 5,
    });
  });

  test("an interface that is not there ends the session as an error that names it", async () => {
    const { manager } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), interfaces: ["nope0"] });
    await manager.start(spec);
    expect(await finished(manager, spec)).toMatchObject({
      status: "Error",
      stopReason: "Failed",
      captureStartTime: null,
      sha256: null,
      filePath: null,
      errors: [{ code: "CaptureFailed", message: expect.stringContaining('"nope0"') }],
    });
  });

  test("a recorder killed from outside is started again; what it wrote is kept", async () => {
    const { manager } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    for (let round = 1; round <= 2; round++) {
      await network.send({ count: 20 }).finished;
      await until("written", () => observationOf(manager, spec).packets >= 20 * round, 5_000).catch(
        () => {}, // counted by the killed one or not: the file decides
      );
      const [pid = 0] = await recordersBelow(directory);
      process.kill(pid, "SIGKILL");
      await until("another one", async () => {
        const [next] = await recordersBelow(directory);
        const parts = partFiles(spec);
        return next !== undefined && next !== pid && parts.length === round + 1;
      });
      await until("it is told", () => observationOf(manager, spec).errors.length === round);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    await network.send({ count: 20 }).finished;
    await manager.stop(spec.sessionId);
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ status: "Stopped", stopReason: "Manual", packets: 60 });
    expect(end.errors.map(({ code, message }) => [code, message.includes("SIGKILL")])).toEqual([
      ["CaptureFailed", true],
      ["CaptureFailed", true],
    ]);
    expect((await readWithTshark(file("a.cap"))).length).toBe(60);
  });

  test("a recorder that dies again and again is given up", async () => {
    const { manager } = await openManager({ restartCountMax: 1 });
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    await until("both are killed", async () => {
      for (const pid of await recordersBelow(directory)) killIfThere(pid);
      return observationOf(manager, spec).phase === "finished";
    });
    expect(observationOf(manager, spec)).toMatchObject({ status: "Error", stopReason: "Failed" });
  });

  test("a file is never replaced: the next one gets a number", async () => {
    const { manager } = await openManager();
    const paths: (string | null)[] = [];
    for (let round = 0; round < 3; round++) {
      const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
      await manager.start(spec);
      await recording(manager, spec);
      await manager.stop(spec.sessionId);
      paths.push((await finished(manager, spec)).filePath);
    }
    expect(paths).toEqual([file("a.cap"), file("a-2.cap"), file("a-3.cap")]);
  });

  test("a path that cannot be written is an error that names it, before anything is recorded", async () => {
    await writeFile(join(directory, "plain"), "");
    await symlink("/usr", join(directory, "away"));
    const { manager } = await openManager();
    for (const path of ["plain/x/a.cap", "away/a.cap"].map((name) => join(directory, name))) {
      const spec = specOf({ filePath: path });
      await manager.start(spec);
      expect(await finished(manager, spec)).toMatchObject({
        status: "Error",
        stopReason: "Failed",
        captureStartTime: null,
        errors: [{ code: "LocalFileFailed", message: expect.stringContaining(path) }],
      });
    }
    expect(existsSync("/usr/a.cap")).toBe(false);
  });

  test.each([
    [{ filePath: "/etc/a.cap" }, "InvalidParameter", /"\/etc\/a.cap".*below/],
    [{ filePath: "a.cap" }, "InvalidParameter", /"a.cap".*absolute/],
    [{ filePath: "/D/../a.cap" }, "InvalidParameter", /must be an absolute path below/],
    [{ filePath: "/D/a.pcap" }, "InvalidParameter", /must end in .cap/],
    [{}, "InvalidParameter", /neither filePath nor uploadUrl/],
    [{ filePath: "/D/a.cap", interfaces: ["a b"] }, "InvalidParameter", /"a b"/],
    [
      { filePath: "/D/a.cap", filters: [{ protocol: "Any" as const, localPort: "x" }] },
      "CaptureFilterInvalid",
      /filters\[0\]\.localPort is "x"/,
    ],
  ])("%o is refused", async (change, code, message) => {
    const { manager } = await openManager();
    const spec = specOf(change);
    const filePath = spec.filePath?.replace("/D", directory) ?? null;
    await expect(manager.start({ ...spec, filePath })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(manager.observations()).toEqual([]);
  });

  test("a full disk ends the recording before it is full, and the file is finished", async () => {
    const small = join(directory, "small");
    await mkdir(small);
    await run("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", small]);
    try {
      const { manager } = await openManager({
        directory: small,
        fileRoots: [directory],
        freeSpaceBytesMin: 1 << 20,
      });
      const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
      await manager.start(spec);
      await recording(manager, spec);
      const sending = network.send({ count: 100_000, sizeBytes: 1_400, everyMilliseconds: 1 });
      await writeFile(join(small, "filler"), Buffer.alloc(6 << 20));
      const end = await finished(manager, spec);
      sending.end();
      expect(end).toMatchObject({ status: "Error", stopReason: "DiskFull" });
      expect(end.errors[0]).toMatchObject({ code: "LocalFileFailed" });
      expect((await readWithTshark(file("a.cap"))).length).toBe(end.packets);
      await manager.close({ mode: "stop" });
    } finally {
      open = [];
      await run("umount", [small]);
    }
  });

  test("uploads until it works, with a renewed URL, and says meanwhile why not", async () => {
    const urls: (string | null)[] = [];
    const stored = join(directory, "stored");
    const { manager } = await openManager({
      upload: async (path, { uploadUrl }) => {
        urls.push(uploadUrl);
        if (uploadUrl === "https://store/old") throw new Error("403 the token is over");
        if (uploadUrl === "https://store/new") await copyFile(path, stored);
        return { sha256: sha256Of(path), sizeBytes: statSync(path).size };
      },
      requestFile: () => Promise.resolve("https://store/beside"),
    });
    const spec = specOf({ uploadUrl: "https://store/old" });
    await manager.start(spec);
    await recording(manager, spec);
    await manager.stop(spec.sessionId);
    await until("the failure is told", () => observationOf(manager, spec).errors.length > 0);
    expect(observationOf(manager, spec)).toMatchObject({
      status: "Stopped",
      phase: "uploading",
      uploaded: false,
      errors: [{ code: "StorageFailed", message: "403 the token is over" }],
    });
    await manager.start({ ...spec, uploadUrl: "https://store/new" });
    const end = await finished(manager, spec);
    expect(end).toMatchObject({ uploaded: true, errors: [], sha256: sha256Of(stored) });
    expect(urls[0]).toBe("https://store/old");
    expect(urls.slice(-2)).toEqual(["https://store/new", "https://store/beside"]);
    await until("the parts are removed", () => sessionFiles(spec).length === 1);
  });

  test("an upload that arrives changed is not taken for done", async () => {
    let attempts = 0;
    const { manager } = await openManager({
      upload: (path) => {
        const sha256 = attempts++ === 0 ? "0".repeat(64) : sha256Of(path);
        return Promise.resolve({ sha256, sizeBytes: statSync(path).size });
      },
    });
    const spec = specOf({ uploadUrl: "https://store/a" });
    await manager.start(spec);
    await recording(manager, spec);
    await manager.stop(spec.sessionId);
    await finished(manager, spec);
    expect(attempts).toBe(2);
  });

  test("start, stop and forget may come twice; forgetting leaves the file", async () => {
    const { manager, observed } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await Promise.all([manager.start(spec), manager.start(spec)]);
    await manager.start(spec);
    await recording(manager, spec);
    await Promise.all([manager.stop(spec.sessionId), manager.stop(spec.sessionId)]);
    await finished(manager, spec);
    await manager.start(spec);
    await manager.stop(spec.sessionId);
    expect(observed.filter(({ status }) => status === "NotStarted")).toHaveLength(1);
    await manager.forget(spec.sessionId);
    await manager.forget(spec.sessionId);
    expect(manager.observations()).toEqual([]);
    expect(readdirSync(join(directory, "sessions"))).toEqual([]);
    expect(existsSync(file("a.cap"))).toBe(true);
    await expect(manager.stop(randomUUID())).rejects.toMatchObject({ code: "CaptureNotFound" });
  });

  test("forgetting a running session ends it and leaves nothing", async () => {
    const { manager } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    await manager.forget(spec.sessionId);
    expect(await recordersBelow(directory)).toEqual([]);
    expect(readdirSync(join(directory, "sessions"))).toEqual([]);
    expect(existsSync(file("a.cap"))).toBe(false);
  });

  test("no more sessions run at once than allowed", async () => {
    const { manager } = await openManager({ sessionCountMax: 1 });
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await manager.start(spec);
    const second = specOf({ filePath: file("b.cap") });
    await expect(manager.start(second)).rejects.toMatchObject({
      code: "CaptureLimitReached",
      message: "this host has 1 sessions at once; at most 1 are allowed",
    });
    await manager.stop(spec.sessionId);
    await finished(manager, spec);
    await manager.start(second);
  });

  test("a directory is open once; the secret in its records is the owner's alone", async () => {
    const { manager } = await openManager();
    await expect(openManager()).rejects.toMatchObject({ code: "Conflict" });
    const spec = specOf({ filePath: file("a.cap"), uploadUrl: "https://store/a?sig=secret" });
    await manager.start(spec);
    const record = join(directory, "sessions", spec.sessionId, "session.json");
    expect(await readFile(record, "utf8")).toContain("sig=secret");
    expect(statSync(record).mode & 0o777).toBe(0o600);
  });

  test("closing with stop ends recordings as AgentStopped with their files finished", async () => {
    const { manager } = await openManager();
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await manager.start(spec);
    await recording(manager, spec);
    await network.send({ count: 7 }).finished;
    await manager.close({ mode: "stop" });
    expect(observationOf(manager, spec)).toMatchObject({
      status: "Stopped",
      stopReason: "AgentStopped",
      phase: "finished",
      packets: 7,
    });
    await expect(manager.start(specOf({ filePath: file("b.cap") }))).rejects.toMatchObject({
      code: "ServiceUnavailable",
    });
  });

  test("closing with leave lets the recording go on at the next opening", async () => {
    const first = await openManager();
    const spec = specOf({ filePath: file("a.cap"), timeLimitInSeconds: 60 });
    await first.manager.start(spec);
    await recording(first.manager, spec);
    await network.send({ count: 7 }).finished;
    await first.manager.close({ mode: "leave" });
    const last: CaptureObservation = observationOf(first.manager, spec);
    expect(last.phase).toBe("recording");
    const second = await openManager();
    expect(observationOf(second.manager, spec).revision).toBeGreaterThan(last.revision);
    await until("recording again", async () => (await recordersBelow(directory)).length === 1);
    await until("two parts", () => partFiles(spec).length === 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await network.send({ count: 7 }).finished;
    await second.manager.stop(spec.sessionId);
    const end = await finished(second.manager, spec);
    expect(end).toMatchObject({
      status: "Stopped",
      stopReason: "Manual",
      packets: 14,
      captureStartTime: last.captureStartTime,
      errors: [{ code: "AgentStopped" }],
    });
  });
});

/** One that was killed a moment ago may be gone by now. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
