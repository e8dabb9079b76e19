import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { writeFileAtomic } from "../../common/files.ts";
import { asBlobError } from "../blob-error.ts";
import { type KeyRing, SealBrokenError } from "../vault/key-ring.ts";
import { messageKeyId, openMessage, sealMessage } from "../vault/message.ts";

/** A record as it lies on the disk, when the store is encrypted: JSON with one member, base64. */
interface SealedRecord {
  readonly sealed: string;
}

export interface ReadRecord {
  readonly value: unknown;
  /** The key that it was sealed with; null: it is in plain text. */
  readonly keyId: string | null;
}

/** What the record of a blob is sealed for: its container and its directory, which its name decides. */
export const blobPurpose = (directory: string): string =>
  `blob ${basename(dirname(dirname(directory)))}/${basename(directory)}`;
/** The same for the file with a blob's name. */
export const namePurpose = (directory: string): string => `name of ${blobPurpose(directory)}`;
/** The same for a blob that was set aside: its directory is named CONTAINER-NAME-TIME then. */
export const damagedPurpose = (name: string): string =>
  `blob ${name.replace(/-([0-9a-f]{64})-\d+$/, "/$1")}`;
export const containerPurpose = (name: string): string => `container ${name}`;

/**
 * Replaces a record whole and flushed, sealed where there are keys; gives the key's id. Throws
 * `InsufficientStorage`; then the old one stands.
 */
export async function writeRecord(
  keys: KeyRing | null,
  { path, purpose }: { path: string; purpose: string },
  record: object,
): Promise<string | null> {
  const text = JSON.stringify(record);
  const sealed = keys && sealMessage(keys, purpose, Buffer.from(text));
  const written = sealed ? sealedText(sealed) : text;
  await writeFileAtomic(path, written).catch((error: unknown) => {
    throw asBlobError(error);
  });
  return sealed && messageKeyId(sealed);
}

export const sealedText = (sealed: Buffer): string =>
  JSON.stringify({ sealed: sealed.toString("base64") } satisfies SealedRecord);

/** Throws `SealBrokenError` for a damaged record, `StorageKeyInvalid` when its key is not there. */
export async function readRecord(
  keys: KeyRing | null,
  { path, purpose }: { path: string; purpose: string },
): Promise<ReadRecord> {
  const parsed = JSON.parse(await readFile(path, "utf8")) as unknown;
  const sealed = sealedPart(parsed);
  if (sealed === null) return { value: parsed, keyId: null };
  const keyId = messageKeyId(sealed);
  if (keyId === null) throw new SealBrokenError(`${path} is not what was sealed there`);
  if (!keys) {
    throw new NightcapError("StorageKeyInvalid", `${path} is encrypted, and no key file is named`);
  }
  return { value: JSON.parse(openMessage(keys, purpose, sealed).toString()) as unknown, keyId };
}

function sealedPart(parsed: unknown): Buffer | null {
  if (typeof parsed !== "object" || parsed === null || !("sealed" in parsed)) return null;
  return typeof parsed.sealed === "string" ? Buffer.from(parsed.sealed, "base64") : null;
}

/** The key is missing; what needs it is not damaged, and is left where it is. */
export const isKeyMissing = (error: unknown): boolean =>
  error instanceof NightcapError && error.code === "StorageKeyInvalid";
