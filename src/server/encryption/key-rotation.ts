import { randomBytes } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";
import { keyCountMax, readKeyFile, writeKeyFile } from "../../storage/vault/key-file.ts";
import { KeyRing, storageKeySizeBytes } from "../../storage/vault/key-ring.ts";

/** The key file that is in use, and what was read from it. */
export interface OpenKeys {
  readonly keyFile: string;
  readonly ring: KeyRing;
}

/** Throws `StorageKeyInvalid`: without its keys the control plane does not start. */
export async function openKeys(keyFile: string | null): Promise<OpenKeys | null> {
  return keyFile === null ? null : { keyFile, ring: new KeyRing(await readKeyFile(keyFile)) };
}

/** Puts a new key before the others, in the file first: what it sealed is never without its key. */
export async function addKey({ keyFile, ring }: OpenKeys): Promise<void> {
  const keys = await readUnchanged({ keyFile, ring });
  if (keys.length >= keyCountMax) {
    throw new NightcapError("Conflict", `the key file has ${keys.length} keys already`);
  }
  const next = [randomBytes(storageKeySizeBytes), ...keys];
  await writeKeyFile(keyFile, next);
  ring.replace(next);
}

/** Leaves the first key alone in the file: nothing needs the others any more. */
export async function dropOldKeys({ keyFile, ring }: OpenKeys): Promise<void> {
  const [first] = await readUnchanged({ keyFile, ring });
  if (!first) return;
  await writeKeyFile(keyFile, [first]);
  ring.replace([first]);
}

/** Somebody may have edited the file since it was read: then it is theirs. */
async function readUnchanged({ keyFile, ring }: OpenKeys): Promise<readonly Buffer[]> {
  const keys = await readKeyFile(keyFile);
  const found = new KeyRing(keys).keys.map(({ id }) => id).join();
  if (found === ring.keys.map(({ id }) => id).join()) return keys;
  throw new NightcapError(
    "Conflict",
    `${keyFile} was changed since it was read: start again first`,
  );
}
