// Signed manifests: what a change of any of their bytes comes to, and that others can check them too.
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calculateJwkThumbprint, flattenedVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../src/evidence/canonical-json.ts";
import { checkManifest } from "../../src/evidence/check-manifest.ts";
import { type KeyRing, openKeyRing } from "../../src/evidence/key-ring.ts";
import { manifestText, type SignedManifest, signManifest } from "../../src/evidence/manifest.ts";
import { keyObjectOf, readPublicKeys } from "../../src/evidence/public-keys.ts";
import { sample } from "./sample.ts";

let directory: string;
let now: number;
let ring: KeyRing;
let signed: SignedManifest;
const clock = { now: () => now };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-evidence-"));
  now = Date.parse("2026-11-21T09:00:00.000Z");
  ring = await openKeyRing(directory, clock);
  signed = signManifest(sample(), ring.current());
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const check = (text: string) => checkManifest(text, ring.publicKeys());

test("a manifest is right as it was signed, and jose says so too", async () => {
  const [key] = ring.publicKeys();
  if (!key) throw new Error("no key");
  expect(check(manifestText(signed))).toMatchObject({ kind: "right", key, rotatedSince: null });
  const payload = Buffer.from(canonicalJson(signed.manifest)).toString("base64url");
  const verified = await flattenedVerify({ ...signed.jws, payload }, keyObjectOf(key));
  expect(verified.protectedHeader).toMatchObject({ alg: "EdDSA", kid: key.kid });
  const { kty, crv, x } = key;
  expect(await calculateJwkThumbprint({ kty, crv, x })).toBe(key.kid);
});

test("a change of any byte of its file shows", () => {
  const bytes = Buffer.from(manifestText(signed), "utf8");
  const passed: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 0x20]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ bit;
      if (!["altered", "unknownKey"].includes(check(changed.toString("utf8")).kind))
        passed.push(at);
    }
  }
  expect(passed).toEqual([]);
});

test("a change of any field shows, also when the file is written anew in its canonical form", () => {
  const fields = Object.keys(signed.manifest) as (keyof typeof signed.manifest)[];
  const others: Readonly<Record<string, unknown>> = {
    string: "2026-11-21T10:00:01.000Z",
    number: 9,
    boolean: false,
  };
  for (const field of fields) {
    const value = signed.manifest[field];
    const other = others[typeof value] ?? (Array.isArray(value) ? [] : null);
    const changed = value === other ? { x: 1 } : other;
    const text = `${canonicalJson({ ...signed, manifest: { ...signed.manifest, [field]: changed === null && value === null ? { x: 1 } : changed } })}\n`;
    expect([field, check(text).kind]).toEqual([field, "altered"]);
  }
  const { jws } = signManifest(sample({ packets: 11 }), ring.current());
  expect(check(manifestText({ ...signed, jws })).kind).toBe("altered");
  expect(check(manifestText(signed).slice(0, -1)).kind).toBe("altered");
  expect(check(`${JSON.stringify(JSON.parse(manifestText(signed)), null, 1)}\n`).kind).toBe(
    "altered",
  );
  expect(check("").kind).toBe("altered");
});

test("another installation's key is unknown, and cannot take a known key's name", async () => {
  const other = await openKeyRing(join(directory, "other"), clock);
  const foreign = signManifest(sample(), other.current());
  expect(check(manifestText(foreign))).toEqual({
    kind: "unknownKey",
    keyId: other.current().keyId,
  });
  const named = signManifest(sample(), { ...other.current(), keyId: ring.current().keyId });
  expect(check(manifestText(named)).kind).toBe("altered");
  const [mine] = ring.publicKeys();
  const lying = JSON.stringify({ keys: [{ ...mine, x: other.publicKeys()[0]?.x }] });
  expect(() => readPublicKeys(lying, "keys")).toThrow("keys has no public keys");
});

test("after a rotation old manifests are right, and the old key signs nothing new", async () => {
  const old = ring.current();
  now = Date.parse("2026-11-21T11:00:00.000Z");
  const made = await ring.rotate();
  expect(ring.current().keyId).toBe(made.kid);
  expect(check(manifestText(signed))).toMatchObject({
    kind: "right",
    rotatedSince: "2026-11-21T11:00:00.000Z",
  });
  const later = sample({ signedAt: "2026-11-21T12:00:00.000Z" });
  expect(check(manifestText(signManifest(later, old))).kind).toBe("keyNotValid");
  expect(check(manifestText(signManifest(later, ring.current()))).kind).toBe("right");
  const before = sample({ signedAt: "2026-11-21T10:30:00.000Z" });
  expect(check(manifestText(signManifest(before, ring.current()))).kind).toBe("keyNotValid");
});

test("the ring is a file of its owner alone, comes back, and keeps no old private key", async () => {
  const first = ring.current().keyId;
  await ring.rotate();
  const path = join(directory, "keys.json");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const { keys } = JSON.parse(await readFile(path, "utf8")) as { keys: { d?: string }[] };
  expect(keys.map(({ d }) => d === undefined)).toEqual([true, false]);
  const again = await openKeyRing(directory, clock);
  expect(again.publicKeys()).toEqual(ring.publicKeys());
  expect(again.publicKeys()[0]?.kid).toBe(first);
  expect(JSON.stringify(again.publicKeys())).not.toContain('"d"');
});

test("a key may be given as PEM", () => {
  const [key] = ring.publicKeys();
  if (!key) throw new Error("no key");
  const pem = keyObjectOf(key).export({ type: "spki", format: "pem" });
  const [read] = readPublicKeys(pem, "key.pem");
  expect(read).toMatchObject({ kid: key.kid, x: key.x });
  expect(() => readPublicKeys("nothing", "key.pem")).toThrow("key.pem has no public keys");
});
