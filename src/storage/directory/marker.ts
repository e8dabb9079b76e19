import { readdir } from "node:fs/promises";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { describeIssues } from "../../common/settings.ts";
import { type KeyRing, SealBrokenError, UnknownKeyError } from "../vault/key-ring.ts";
import { isMissing } from "./segment-reading.ts";
import { readRecord, writeRecord } from "./records.ts";

/** encryption.json: that the store is encrypted, sealed itself, so that a wrong key is known at once. */
const marker = z.strictObject({
  version: z.literal(1),
  /** Nothing is in plain text any more, and nothing is to be. */
  sealedOnly: z.boolean(),
  /** Somebody asked for what is in plain text to be encrypted. */
  sealing: z.boolean(),
});

export type Marker = z.infer<typeof marker>;

const purpose = "store";

/**
 * What is known of the store's encryption. Throws `StorageKeyInvalid` when the store is encrypted and the
 * key is not here or another one: nothing is written in plain text beside it.
 */
export async function openMarker(
  { path, containers }: { path: string; containers: string },
  keys: KeyRing | null,
): Promise<Marker> {
  const found = await readMarker(path, keys);
  if (found || !keys) return found?.marker ?? { version: 1, sealedOnly: false, sealing: false };
  const isNew = (await readdir(containers)).length === 0;
  return { version: 1, sealedOnly: isNew, sealing: false };
}

/** Says on the disk that the store is encrypted, once everything in it was found to open. */
export async function ensureMarker(
  path: string,
  keys: KeyRing,
  made: Marker,
): Promise<{ marker: Marker; keyId: string | null }> {
  const found = await readMarker(path, keys);
  return found ?? { marker: made, keyId: await writeMarker(path, keys, made) };
}

/** The marker and the key that it is sealed with. */
export async function readMarker(
  path: string,
  keys: KeyRing | null,
): Promise<{ marker: Marker; keyId: string | null } | null> {
  try {
    const { value, keyId } = await readRecord(keys, { path, purpose });
    if (keyId === null) throw new SealBrokenError(`${path} is not sealed`);
    const parsed = marker.safeParse(value);
    if (!parsed.success) throw new SealBrokenError(describeIssues(parsed.error));
    return { marker: parsed.data, keyId };
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw keys === null || cause instanceof UnknownKeyError ? wrongKey(keys, cause) : cause;
  }
}

function wrongKey(keys: KeyRing | null, cause: unknown): NightcapError {
  const message = keys
    ? "the store was encrypted with another key than those of the key file; nothing is written with a wrong one"
    : "the store is encrypted: name its key file in the setting storage.encryption.keyFile; nothing is written in plain text beside it";
  return new NightcapError("StorageKeyInvalid", message, { cause });
}

export const writeMarker = async (
  path: string,
  keys: KeyRing,
  made: Marker,
): Promise<string | null> => writeRecord(keys, { path, purpose }, made);
