import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../../src/common/log.ts";
import {
  keyAgeMillisecondsMax,
  openSigningKeys,
  retiredKeyCountMax,
} from "../../../src/server/identity/signing-keys.ts";
import {
  type ControlPlane,
  makeDirectory,
  makeTestClock,
  removeDirectory,
  startControlPlane,
  tenantId,
  type TestClock,
} from "../../provider/control-plane.ts";
import { askToken, kidOf, type Secret, takeToken, useToken } from "./edge.ts";

let directory: string;
let clock: TestClock;
let plane: ControlPlane;
let client: Secret;
let keyFile: string;

beforeEach(async () => {
  directory = await makeDirectory();
  keyFile = join(directory, "token-keys.json");
  clock = makeTestClock();
  plane = await startControlPlane({ directory, clock });
  client = await plane.identity.createClient("test");
});

afterEach(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const restart = async (): Promise<void> => {
  const { port } = plane;
  await plane.close();
  plane = await startControlPlane({ directory, clock, port });
};
const shownKids = async (): Promise<unknown[]> => {
  const { body } = await plane.raw("GET", `/${tenantId}/discovery/v2.0/keys`);
  return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
};
const statusOf = async (token: string): Promise<number> => (await useToken(plane, token)).status;

test("after a restart the same tokens and secrets work, and no file holds a secret in the clear", async () => {
  const token = await takeToken(plane, client);
  await restart();
  expect(await statusOf(token)).toBe(200);
  expect((await askToken(plane, client)).status).toBe(200);
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  const stored = JSON.stringify(await plane.state.documents("clients").list());
  expect(stored).not.toContain(client.secret);
});

test("a rotation makes the next key sign, and the one before verify until its tokens expire", async () => {
  const before = await takeToken(plane, client);
  const [, next] = plane.identity.keys.list();
  await plane.identity.keys.rotate({ revokeEarlier: false });
  const after = await takeToken(plane, client);
  expect(kidOf(after)).toBe(next?.kid);
  expect(await shownKids()).toEqual([kidOf(after), expect.any(String), kidOf(before)]);
  await restart();
  expect([await statusOf(before), await statusOf(after)]).toEqual([200, 200]);
  clock.advance(3_600_000 + 20_000);
  expect(await statusOf(before)).toBe(200);
  clock.advance(4 * 60_000);
  expect(await shownKids()).not.toContain(kidOf(before));
});

test("no private key of a retired key is kept", async () => {
  const before = await readFile(keyFile, "utf8");
  const { current } = JSON.parse(before) as { current: { privateKey: string } };
  const secretPart = JSON.stringify(current.privateKey).slice(40, 400);
  expect(before).toContain(secretPart);
  await plane.identity.keys.rotate({ revokeEarlier: false });
  const after = await readFile(keyFile, "utf8");
  expect(after).not.toContain(secretPart);
  expect(JSON.parse(after)).toMatchObject({
    retired: [{ publicKey: expect.stringContaining("PUBLIC KEY") }],
  });
});

test("a key that is too old is replaced by the next request for a token, once", async () => {
  const before = kidOf(await takeToken(plane, client));
  clock.advance(keyAgeMillisecondsMax + 1_000);
  const tokens = await Promise.all(Array.from({ length: 5 }, () => takeToken(plane, client)));
  const kids = new Set(tokens.map(kidOf));
  expect(kids.size).toBe(1);
  expect(kids).not.toContain(before);
  expect(plane.identity.keys.list().filter(({ state }) => state === "retired")).toHaveLength(1);
});

test("revoking refuses every earlier token at once, and leaves no key of before", async () => {
  const token = await takeToken(plane, client);
  const kids = await shownKids();
  await plane.identity.keys.rotate({ revokeEarlier: true });
  expect(await useToken(plane, token)).toMatchObject({
    status: 401,
    body: { error: { code: "InvalidAuthenticationToken" } },
  });
  expect((await shownKids()).filter((kid) => kids.includes(kid))).toEqual([]);
  expect(await statusOf(await takeToken(plane, client))).toBe(200);
});

test("retired keys are bounded: a rotation too many is refused, and possible again later", async () => {
  const { keys } = plane.identity;
  for (let count = 0; count < retiredKeyCountMax; count++) {
    await keys.rotate({ revokeEarlier: false });
  }
  await expect(keys.rotate({ revokeEarlier: false })).rejects.toMatchObject({ code: "Conflict" });
  clock.advance(3 * 3_600_000);
  await keys.rotate({ revokeEarlier: false });
  expect(keys.list().filter(({ state }) => state === "retired")).toHaveLength(1);
});

test("a key that cannot be written does not stop the old one from signing", async () => {
  const before = kidOf(await takeToken(plane, client));
  await removeDirectory(directory);
  await writeFile(directory, "in the way");
  clock.advance(keyAgeMillisecondsMax + 1_000);
  expect(kidOf(await takeToken(plane, client))).toBe(before);
});

test("the one key of before is taken over: its tokens stay good, and its file goes", async () => {
  await plane.close();
  const former = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const pem = former.privateKey.export({ type: "pkcs8", format: "pem" });
  await removeDirectory(keyFile);
  await writeFile(join(directory, "token-key.pem"), pem);
  await writeFile(`${keyFile}.0123456789ab.partial`, "half a key");
  plane = await startControlPlane({ directory, clock });
  const token = await takeToken(plane, client);
  expect(JSON.parse(await readFile(keyFile, "utf8"))).toMatchObject({
    current: { privateKey: pem },
  });
  const names = (await readdir(directory)).filter((name) => name.startsWith("token-key"));
  expect(names).toEqual(["token-keys.json"]);
  await restart();
  expect(await statusOf(token)).toBe(200);
});

test("killed between taking over the former key and removing it, the new file wins", async () => {
  const token = await takeToken(plane, client);
  const other = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
  await writeFile(join(directory, "token-key.pem"), other.export({ type: "pkcs8", format: "pem" }));
  await restart();
  expect(await statusOf(token)).toBe(200);
  expect(await readdir(directory)).not.toContain("token-key.pem");
});

test("killed at any moment of a rotation, every key that signed within the hour still verifies", async () => {
  const folder = await makeDirectory();
  const seen: { kid: string; now: number }[] = [];
  try {
    for (let round = 0; round < 6; round++) {
      const start = String((seen.at(-1)?.now ?? clock.now()) + 1_000);
      seen.push(...(await rotateUntilKilled(folder, start, 500 + round * 67)));
      const now = (seen.at(-1)?.now ?? 0) + 1_000;
      const keys = await openSigningKeys({
        directory: folder,
        clock: { now: () => now, sleep: async () => {} },
        log: silentLog,
        tokenLifeMillisecondsMax: 3_600_000,
      });
      const young = seen.filter((key) => now - key.now < 3_600_000);
      expect(young.length).toBeGreaterThan(0);
      expect(young.filter(({ kid }) => keys.find(kid) === null)).toEqual([]);
      expect((await readdir(folder)).toSorted()).toEqual(["token-keys.json"]);
    }
  } finally {
    await removeDirectory(folder);
  }
});

/** What the process said before it was killed, `milliseconds` after its first word. */
async function rotateUntilKilled(
  folder: string,
  start: string,
  milliseconds: number,
): Promise<{ kid: string; now: number }[]> {
  const program = join(import.meta.dirname, "rotation-process.ts");
  const child = spawn(process.execPath, [program, folder, start], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = text(child.stdout);
  await once(child.stdout, "readable");
  setTimeout(() => child.kill("SIGKILL"), milliseconds);
  await once(child, "exit");
  const lines = (await said).split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { kid: string; now: number });
}

test("a damaged file is said to be so, and is not replaced", async () => {
  await plane.close();
  const copy = `${keyFile}.copy`;
  await copyFile(keyFile, copy);
  for (const damaged of [
    "",
    "{",
    "{}",
    '{"version":1}',
    (await readFile(copy, "utf8")).replace("MII", "XXX"),
  ]) {
    await writeFile(keyFile, damaged);
    await expect(startControlPlane({ directory })).rejects.toMatchObject({
      code: "SettingsInvalid",
      message: expect.stringContaining("damaged"),
    });
    expect(await readFile(keyFile, "utf8")).toBe(damaged);
  }
  await copyFile(copy, keyFile);
  plane = await startControlPlane({ directory, clock });
});
