// The key file, and messages that are sealed whole with its keys.
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assert, asyncProperty, nat, uint8Array } from "fast-check";
import { createKeyFile, readKeyFile, writeKeyFile } from "../../../src/storage/vault/key-file.ts";
import { KeyRing, SealBrokenError, UnknownKeyError } from "../../../src/storage/vault/key-ring.ts";
import { messageKeyId, openMessage, sealMessage } from "../../../src/storage/vault/message.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-key-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

test("a key file is made once, for its owner alone, and read again", async () => {
  const path = join(directory, "made");
  const key = await createKeyFile(path);
  expect(key.length).toBe(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readKeyFile(path)).toEqual([key]);
  await expect(createKeyFile(path)).rejects.toThrow("exists, and is not replaced");
  const newer = randomBytes(32);
  await writeKeyFile(path, [newer, key]);
  expect(await readKeyFile(path)).toEqual([newer, key]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a key file that is none says so, and says nothing of what is in it", async () => {
  const path = join(directory, "wrong");
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /has no key/],
    ["# only a comment\n", /has no key/],
    ["0123456789abcdef\n", /key 1 is not 64 hexadecimal digits/],
    [`${"ab".repeat(32)}\n${"AB".repeat(32)}\n`, /one key twice/],
    [Array.from({ length: 17 }, () => randomBytes(32).toString("hex")).join("\n"), /17 keys, 16/],
    ["x".repeat(5_000), /5000 bytes, it is no key file/],
  ];
  for (const [content, message] of cases) {
    await writeFile(path, content, { mode: 0o600 });
    const error = await readKeyFile(path).catch((reason: unknown) => reason as Error);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain("0123456789abcdef");
  }
  await expect(readKeyFile(join(directory, "none"))).rejects.toThrow("cannot read the key file");
});

test("a key file that others may read or a group may write is refused", async () => {
  const path = join(directory, "open");
  await createKeyFile(path);
  for (const mode of [0o644, 0o604, 0o620, 0o660]) {
    await chmod(path, mode);
    await expect(readKeyFile(path)).rejects.toThrow(`its mode is 0${mode.toString(8)}`);
  }
  await chmod(path, 0o440);
  expect((await readKeyFile(path)).length).toBe(1);
});

test("a message opens for its purpose, with its key, unchanged, and no other way", async () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const ring = new KeyRing([current, old]);
  await assert(
    asyncProperty(uint8Array({ maxLength: 300 }), nat(), async (plain, at) => {
      const sealed = sealMessage(ring, "record one", plain);
      expect(openMessage(ring, "record one", sealed)).toEqual(Buffer.from(plain));
      expect(() => openMessage(ring, "record two", sealed)).toThrow(SealBrokenError);
      const changed = Buffer.from(sealed);
      const index = at % sealed.length;
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => openMessage(ring, "record one", changed)).toThrow(/key|seal/);
      const cut = sealed.subarray(0, index);
      expect(() => openMessage(ring, "record one", cut)).toThrow(SealBrokenError);
    }),
  );
  const before = sealMessage(new KeyRing([old]), "a", Buffer.from("x"));
  expect(openMessage(ring, "a", before).toString()).toBe("x");
  expect(messageKeyId(before)).toBe(ring.keys[1]?.id);
  expect(() => openMessage(new KeyRing([current]), "a", before)).toThrow(UnknownKeyError);
});

test("what a key is known by does not contain it", async () => {
  const path = join(directory, "id");
  const key = await createKeyFile(path);
  const { id } = new KeyRing([key]).current;
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(await readFile(path, "utf8")).not.toContain(id);
});
