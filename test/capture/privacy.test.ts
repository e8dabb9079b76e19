import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { privateOwners } from "../../src/capture/private-owners.ts";
import { policyOf, sessionPrivacy } from "../../src/capture/session-privacy.ts";
import { readBack } from "../inspection/tools/read-back.ts";
import { missingForRecording, TestNetwork } from "./network.ts";
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
});
