import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { privateOwners } from "../../src/capture/private-owners.ts";
import { RingFiles } from "../../src/capture/ring-files.ts";
import {
  policyOf,
  type SessionPrivacy,
  sessionPrivacy,
} from "../../src/capture/session-privacy.ts";
import { readBack } from "../inspection/tools/read-back.ts";
import { Wire } from "../inspection/wire.ts";
import { missingForRecording, TestNetwork, until } from "./network.ts";
import { finished, openObserved, recording, sha256Of, specOf } from "./sessions.ts";

const headersOnly = { kind: "headersOnly", pseudonymise: false } as const;
const keepNames = { kind: "keepNames", pseudonymise: false } as const;
const key = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const host = { privacyFloor: null, privacyKeyFile: null };
const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: privacy of capture sessions: ${missing}\n`);

test("a host's floor holds for every capture, which may ask for more", () => {
  const spec = specOf({ filePath: null });
  const floor = { ...host, privacyFloor: { kind: "keepNames", pseudonymise: true } as const };
  expect(policyOf(spec, host)).toBeNull();
  expect(policyOf(spec, floor)).toEqual(floor.privacyFloor);
  expect(policyOf({ ...spec, privacy: headersOnly }, floor)).toEqual({
    kind: "headersOnly",
    pseudonymise: true,
  });
  const strict = { ...host, privacyFloor: headersOnly };
  expect(policyOf({ ...spec, privacy: keepNames }, strict)).toEqual(headersOnly);
});

test("a policy that cannot be applied refuses the capture", async () => {
  const spec = specOf({ filePath: null, privacy: { ...headersOnly, pseudonymise: true } });
  await expect(sessionPrivacy(spec, host)).rejects.toThrow(/pseudonyms need privacyKeyFile/);
  const nowhere = { ...host, privacyKeyFile: "/nonexistent/key" };
  await expect(sessionPrivacy(spec, nowhere)).rejects.toThrow(/cannot read the key file/);
});

test("owners have mapped addresses and no command line", () => {
  const owner = {
    protocol: "tcp",
    localAddress: "192.0.2.1",
    localPort: 443,
    remoteAddress: "2001:db8::7",
    remotePort: 5000,
    commandLine: "curl http://192.0.2.1",
    user: "www",
  };
  const summary = { missedSockets: 0, scans: 1, localAddresses: ["192.0.2.1", "2001:db8::7"] };
  const lines = [owner, summary].map((line) => `${JSON.stringify(line)}\n`).join("");
  const left = privateOwners(lines, key);
  expect(left).not.toMatch(/192\.0\.2\.1|2001:db8/);
  const [one, closing] = left
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(one).toMatchObject({ localPort: 443, commandLine: null, user: "www" });
  const { localAddress, remoteAddress } = one as Record<string, string>;
  expect(closing).toEqual({ ...summary, localAddresses: [localAddress, remoteAddress] });
});

describe("several files with a policy", () => {
  const policy = { ...headersOnly, pseudonymise: true } as const;
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-privacy-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const ring = { overwrites: true, fileCount: 2, fileSizeInBytes: 100_000, uploads: true };
  const spec = { ...specOf({}), ring };
  const opened = (privacy: SessionPrivacy | null = { policy, key }) =>
    RingFiles.open({
      directory,
      spec,
      fileRoots: [],
      privacy,
      signal: new AbortController().signal,
    });
  const rawName = (number: number): string => `ring-00001_0000${number}_20261121000000.pcapng`;
  const record = async (number: number): Promise<string> => {
    const wire = new Wire();
    for (const at of [1, 2, 3]) wire.udp(at * 1_000, "192.0.2.77:5000", "192.0.2.78:9", said);
    const path = join(directory, rawName(number));
    await writeFile(path, wire.file());
    return path;
  };
  const said = "PLANTED-SECRET".repeat(4);
  const stored = async () => {
    const names = (await readdir(directory)).filter((name) => name !== "files.json").sort();
    const files = names.map((name) => readFile(join(directory, name)));
    return { names, bytes: Buffer.concat(await Promise.all(files)) };
  };
  const addresses = [Buffer.of(192, 0, 2, 77), Buffer.of(192, 0, 2, 78)];
  const expectPrivate = (bytes: Buffer): void => {
    expect(bytes.includes("PLANTED")).toBe(false);
    for (const address of addresses) expect(bytes.includes(address)).toBe(false);
  };

  test("are made by it one by one, before they have a place", async () => {
    const files = await opened();
    for (const number of [1, 2]) await files.take(await record(number), { endedAt: null });
    const { names, bytes } = await stored();
    expect(names).toEqual(["file-00001_20261121000000.cap", "file-00002_20261121000000.cap"]);
    expectPrivate(bytes);
    expect(files.origin).toMatchObject({ version: 1, packets: 6, packetsEmptied: 0 });
    for (const { path, sha256 } of [files.nextUpload].filter((file) => file !== null))
      expect(sha256Of(path)).toBe(sha256);
  });

  test("are mapped once, wherever the agent was killed", async () => {
    const files = await opened();
    await files.take(await record(1), { endedAt: null });
    const once = await readFile(join(directory, "file-00001_20261121000000.cap"));
    const list = join(directory, "files.json");
    const state = JSON.parse(await readFile(list, "utf8")) as { files: object[] };
    // Before the list was written: only what dumpcap wrote, and what was begun of the rewritten file.
    await rm(list);
    await rm(join(directory, "file-00001_20261121000000.cap"));
    await writeFile(`${await record(1)}.whole`, once.subarray(0, 100));
    expect((await opened()).count).toBe(1);
    expect((await stored()).bytes.equals(once)).toBe(true);
    // Behind it: the rewritten file is listed, and has no place yet.
    const moved = { ...state.files[0], raw: `${rawName(1)}.whole`, sha256: "" };
    await writeFile(list, JSON.stringify({ ...state, files: [moved] }));
    await rename(join(directory, "file-00001_20261121000000.cap"), `${await record(1)}.whole`);
    expect((await opened()).count).toBe(1);
    const { names, bytes } = await stored();
    expect(names).toEqual(["file-00001_20261121000000.cap"]);
    expect(bytes.equals(once)).toBe(true);
  });

  test("a recording that was begun by another policy is refused", async () => {
    await (await opened(null)).take(await record(1), { endedAt: null });
    await expect(opened()).rejects.toThrow(/not that of the first files/);
    await expect(opened(null)).resolves.toBeDefined();
  });
});

describe.skipIf(missing !== null)("a session with a policy", () => {
  let network: TestNetwork;
  let directory = "";
  beforeAll(async () => {
    network = await TestNetwork.open();
    directory = await mkdtemp(join(tmpdir(), "nightcap-privacy-"));
    await writeFile(join(directory, "key"), Buffer.from(key).toString("hex"));
  });
  afterAll(async () => {
    await network.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("leaves headers with pseudonyms alone, by the host's floor, and says so", async () => {
    const { manager } = await openObserved({
      directory,
      networkNamespace: network.namespace,
      privacyFloor: { ...headersOnly, pseudonymise: true },
      privacyKeyFile: join(directory, "key"),
      ownersOf: async () => '{"protocol":"udp","localAddress":"192.0.2.77","localPort":9}\n',
    });
    try {
      const filePath = join(directory, "out", "a.cap");
      const filters = [
        { protocol: "UDP" as const, remotePort: "9", remoteIPAddress: "0.0.0.0-255.255.255.254" },
      ];
      const spec = specOf({ filePath, privacy: keepNames, filters });
      await manager.start(spec);
      await recording(manager, spec);
      const sending = network.send({ count: 100_000, everyMilliseconds: 5 });
      const end = await finished(manager, spec);
      sending.end();
      const policy = { kind: "headersOnly", pseudonymise: true };
      expect(end).toMatchObject({ errors: [], privacy: policy, sha256: sha256Of(filePath) });
      const { packets: count, origin } = end;
      expect(origin).toMatchObject({ version: 1, packets: count, packetsEmptied: 0 });
      expect(origin?.keyId).toMatch(/^[0-9a-f]{16}$/);
      expect(origin?.packetBytes).toBeGreaterThan(count * 42);
      expect(end.coverage?.filter.text).toBe("(not shown: addresses are pseudonyms)");
      const { packets, reader } = readBack(new Uint8Array(await readFile(filePath)));
      expect(packets.length).toBeGreaterThan(10);
      expect(packets.length).toBe(end.packets);
      expect(new Set(packets.map(({ data }) => data.length / 2))).toEqual(new Set([42]));
      expect(packets[0]?.originalLength).toBeGreaterThan(42);
      expect(packets[0]?.interfaceName).toBeNull();
      expect(reader.comments.at(-1)).toMatch(/^Privacy policy headersOnly: .*pseudonyms$/);
      const owners = await readFile(`${filePath}.owners.jsonl`, "utf8");
      expect(owners).toContain('"localPort":9');
      expect(owners).not.toContain("192.0.2.77");
    } finally {
      await manager.close({ mode: "leave" });
    }
  });

  test("into several files leaves nothing else in any of them", async () => {
    const { manager, observed } = await openObserved({
      directory,
      networkNamespace: network.namespace,
    });
    try {
      const filePath = join(directory, "out", "several.cap");
      const ring = { overwrites: true, fileCount: 3, fileSizeInBytes: 20_000, uploads: false };
      const spec = specOf({ filePath, privacy: headersOnly, ring, timeLimitInSeconds: 60 });
      await manager.start(spec);
      await recording(manager, spec);
      const bulk = { count: 150, sizeBytes: 1_000, everyMilliseconds: 1 };
      await network.send(bulk).finished;
      await until("all", () => (observed.at(-1)?.packets ?? 0) >= bulk.count);
      await manager.stop(spec.sessionId);
      const end = await finished(manager, spec);
      expect(end).toMatchObject({ errors: [], privacy: headersOnly, files: { count: 3 } });
      // Of files that dumpcap gave way to before they were read, nothing is told.
      expect(end.origin?.packets).toBeLessThanOrEqual(bulk.count);
      let kept = 0;
      for (const file of end.files?.newest ?? []) {
        const path = file.filePath ?? "";
        const { packets, reader } = readBack(new Uint8Array(await readFile(path)));
        expect(sha256Of(path)).toBe(file.sha256);
        expect(new Set(packets.map(({ data }) => data.length / 2))).toEqual(new Set([42]));
        expect(reader.comments.at(-1)).toBe("Privacy policy headersOnly: headers only");
        kept += packets.length;
      }
      expect(end.origin?.packets).toBeGreaterThanOrEqual(kept);
    } finally {
      await manager.close({ mode: "leave" });
    }
  });
});
