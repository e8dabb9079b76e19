import { createPrivateKey, createPublicKey } from "node:crypto";
import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { readTextIfExists, syncDirectory, writeFileAtomic } from "../../common/files.ts";

const time = z.number().min(0);
const privateKey = z.string().refine(isRsaPrivateKey, "an RSA private key in PEM expected");
const publicKey = z.string().refine(isRsaPublicKey, "an RSA public key in PEM expected");

/** Times are milliseconds since the epoch. Of a retired key only the public half is kept. */
const keySetFile = z.strictObject({
  version: z.literal(1),
  /** Signs. */
  current: z.strictObject({ privateKey, activatedAt: time }),
  /** Will sign after the next rotation; shown already, so that whoever keeps a copy of the keys has it. */
  next: z.strictObject({ privateKey }),
  /** Signed once; their tokens are good until they expire. Newest first. */
  retired: z.array(z.strictObject({ publicKey, retiredAt: time, validUntil: time })),
});

/** The keys of tokens, as they lie on disk. */
export type KeySet = z.infer<typeof keySetFile>;

export const keySetPath = (directory: string): string => join(directory, "token-keys.json");
/** Where the one key lay before keys rotated. */
const formerKeyPath = (directory: string): string => join(directory, "token-key.pem");

/**
 * The set in `directory`, or the one made of its former key, or a new one. Each step leaves a whole
 * file, so a crash between any two of them changes nothing: the set is written before the former key
 * is removed, and wins over it.
 */
export async function openKeySet(
  directory: string,
  { makePrivateKey, now }: { makePrivateKey: () => Promise<string>; now: number },
): Promise<KeySet> {
  const path = keySetPath(directory);
  await removePartialFiles(path);
  const text = await readTextIfExists(path);
  const set = text === null ? await makeSet() : parseKeySet(text, path);
  await removeFormerKey(directory);
  return set;

  async function makeSet(): Promise<KeySet> {
    const former = await readTextIfExists(formerKeyPath(directory));
    const made: KeySet = {
      version: 1,
      current: { privateKey: former ?? (await makePrivateKey()), activatedAt: now },
      next: { privateKey: await makePrivateKey() },
      retired: [],
    };
    await writeKeySet(directory, made);
    return made;
  }
}

/** Replaces the file whole: after a crash there is the old set or the new one. */
export async function writeKeySet(directory: string, set: KeySet): Promise<void> {
  const path = keySetPath(directory);
  await writeFileAtomic(
    path,
    `${JSON.stringify(parseKeySet(JSON.stringify(set), path), null, 1)}\n`,
  );
}

function parseKeySet(text: string, path: string): KeySet {
  try {
    return keySetFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new NightcapError(
      "SettingsInvalid",
      `${path} is damaged; put it back from a backup, or remove it: every client then has to ask for a new token`,
      { cause },
    );
  }
}

/** What a crash left beside the file while it was written holds keys too. */
async function removePartialFiles(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  const prefix = `${basename(path)}.`;
  for (const name of names) {
    if (name.startsWith(prefix) && name.endsWith(".partial"))
      await unlink(join(dirname(path), name));
  }
}

async function removeFormerKey(directory: string): Promise<void> {
  const removed = await unlink(formerKeyPath(directory)).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return false;
      throw cause;
    },
  );
  if (removed) await syncDirectory(directory);
}

function isRsaPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

function isRsaPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
