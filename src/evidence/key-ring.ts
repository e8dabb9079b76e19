import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { readTextIfExists, secretFileMode, writeFileAtomic } from "../common/files.ts";
import { keyCountMax, keyIdOf, type PublicKey, publicKey } from "./public-keys.ts";

/** The key in use has its private part `d`; of the others only the public part is kept. */
const keyFile = z.strictObject({
  keys: z
    .array(publicKey.extend({ d: z.string().optional() }))
    .min(1)
    .max(keyCountMax),
});

type KeyFile = z.infer<typeof keyFile>;

export interface SigningKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** The installation's keys for evidence: one that signs, and all that ever did. */
export interface KeyRing {
  current(): SigningKey;
  /** Oldest first. */
  publicKeys(): readonly PublicKey[];
  /** A new key signs from now on. The old private key is gone, its public key stays. */
  rotate(): Promise<PublicKey>;
}

/** Opens the ring in `directory`, and makes its first key when there is none. Mode 0600. */
export async function openKeyRing(directory: string, clock: { now(): number }): Promise<KeyRing> {
  const path = join(directory, "keys.json");
  let keys = await readKeys(path);
  const save = async (next: KeyFile["keys"]): Promise<void> => {
    await writeFileAtomic(path, JSON.stringify({ keys: next }, null, 1), secretFileMode);
    keys = next;
  };
  if (keys.length === 0) await save([makeKey(clock.now())]);
  let rotation: Promise<unknown> = Promise.resolve();
  const rotate = async (): Promise<PublicKey> => {
    if (keys.length >= keyCountMax) {
      throw new NightcapError("Conflict", `there are ${keyCountMax} keys: no more are kept`);
    }
    const now = clock.now();
    const ended = keys.map((each) =>
      withoutPrivate({ ...each, validUntil: each.validUntil ?? isoTime(now) }),
    );
    const made = makeKey(now);
    await save([...ended, made]);
    return withoutPrivate(made);
  };
  return {
    current: () => signingKeyOf(keys, path),
    publicKeys: () => keys.map(withoutPrivate),
    rotate() {
      // One after the other: each makes an end of the key before it.
      const done = rotation.then(rotate);
      rotation = done.catch(() => {});
      return done;
    },
  };
}

async function readKeys(path: string): Promise<KeyFile["keys"]> {
  const text = await readTextIfExists(path);
  if (text === null) return [];
  try {
    const { keys } = keyFile.parse(JSON.parse(text));
    signingKeyOf(keys, path);
    return keys;
  } catch (cause) {
    const message = `${path} is damaged; put it back from a backup: without it no new manifest is signed`;
    throw new NightcapError("SettingsInvalid", message, { cause });
  }
}

function makeKey(now: number): KeyFile["keys"][number] {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x = "", d = "" } = privateKey.export({ format: "jwk" });
  const validFrom = isoTime(now);
  return { kty: "OKP", crv: "Ed25519", x, kid: keyIdOf(x), validFrom, validUntil: null, d };
}

const withoutPrivate = ({ kty, crv, x, kid, validFrom, validUntil }: PublicKey): PublicKey => ({
  kty,
  crv,
  x,
  kid,
  validFrom,
  validUntil,
});

function signingKeyOf(keys: KeyFile["keys"], path: string): SigningKey {
  const found = keys.findLast(({ validUntil }) => validUntil === null);
  if (!found?.d) throw new NightcapError("SettingsInvalid", `${path} has no key that signs`);
  const { x, d, kid } = found;
  const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x, d }, format: "jwk" });
  return { keyId: kid, key };
}
