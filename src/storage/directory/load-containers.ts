import { readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { readTextIfExists } from "../../common/files.ts";
import type { Log } from "../../common/log.ts";
import { type KeyRing, SealBrokenError } from "../vault/key-ring.ts";
import { openMessage } from "../vault/message.ts";
import { describeSealedFile } from "../vault/sealed-file.ts";
import {
  type BlobEntry,
  type ContainerEntry,
  newBlobEntry,
  newContainerEntry,
  nextGeneration,
} from "./directory-index.ts";
import {
  blobDirectory,
  blobSidecar,
  containerFileName,
  containerSidecar,
  type DirectoryLayout,
  fileOrigin,
  isBlobDirectoryName,
  isContainerName,
  isShardName,
  nameFileName,
  parseBlockFileName,
  sealedNameFileName,
  sidecarFileName,
} from "./directory-layout.ts";
import {
  blobPurpose,
  containerPurpose,
  isKeyMissing,
  namePurpose,
  readRecord,
  type ReadRecord,
} from "./records.ts";

export interface LoadOptions {
  readonly layout: DirectoryLayout;
  readonly keys: KeyRing | null;
  /** Everything is encrypted: what is in plain text was put there by somebody else. */
  readonly sealedOnly: boolean;
  readonly log: Log;
}

/**
 * Reads what the directory holds and removes what a crash left behind; damaged blobs are set aside.
 * Throws `StorageKeyInvalid` when the key of something is not there.
 */
export async function loadContainers(options: LoadOptions): Promise<Map<string, ContainerEntry>> {
  const { layout } = options;
  const containers = new Map<string, ContainerEntry>();
  for (const name of (await readdir(layout.containers)).filter(isContainerName)) {
    const directory = join(layout.containers, name);
    const path = join(directory, containerFileName);
    const read = await readChecked(options, { path, purpose: containerPurpose(name) });
    const sidecar = containerSidecar.parse(read.value);
    const entry = newContainerEntry(name, directory, { sidecar, keyId: read.keyId });
    await loadBlobs(entry, options);
    containers.set(name, entry);
  }
  return containers;
}

async function readChecked(
  { keys, sealedOnly }: LoadOptions,
  place: { path: string; purpose: string },
): Promise<ReadRecord> {
  const read = await readRecord(keys, place);
  if (read.keyId !== null || !sealedOnly) return read;
  throw new SealBrokenError(`${place.path} is in plain text in a store that is encrypted`);
}

async function loadBlobs(entry: ContainerEntry, options: LoadOptions): Promise<void> {
  const { layout, log } = options;
  for (const shard of (await readdir(entry.directory)).filter(isShardName)) {
    const shardDirectory = join(entry.directory, shard);
    for (const name of (await readdir(shardDirectory)).filter(isBlobDirectoryName)) {
      const directory = join(shardDirectory, name);
      try {
        const blob = await loadBlob(directory, options);
        const blobName = blob.committed?.name ?? (await readName(directory, options.keys));
        if (blobName !== null) entry.blobs.set(blobName, blob);
        else entry.unnamed.set(name, blob);
      } catch (error) {
        if (isKeyMissing(error)) throw error;
        log.error({ err: error, container: entry.name, blob: name }, "damaged blob set aside");
        await rename(directory, join(layout.damaged, `${entry.name}-${name}-${Date.now()}`));
      }
    }
  }
}

async function loadBlob(directory: string, options: LoadOptions): Promise<BlobEntry> {
  const names = await readdir(directory);
  const path = join(directory, sidecarFileName);
  const read = names.includes(sidecarFileName)
    ? await readChecked(options, { path, purpose: blobPurpose(directory) })
    : null;
  const committed = read && blobSidecar.parse(read.value);
  const listed = new Set(committed?.segments.map(({ file }) => file));
  const present = new Set(names);
  const missing = [...listed].filter((file) => !present.has(file));
  if (missing.length > 0) throw new Error(`${directory}: missing ${missing.length} block files`);
  const recordKeyId = read?.keyId ?? null;
  const blob: BlobEntry = { ...newBlobEntry(directory), committed, recordKeyId };
  for (const file of names) {
    if (file === sidecarFileName || listed.has(file)) continue;
    if (!committed && (file === nameFileName || file === sealedNameFileName)) continue;
    await loadUnlisted(blob, file, options);
  }
  return blob;
}

/** Null in stores from before names were kept, and for a file that a crash cut short. */
async function readName(directory: string, keys: KeyRing | null): Promise<string | null> {
  const name =
    (keys && (await readSealedName(directory, keys))) ??
    (await readTextIfExists(join(directory, nameFileName)));
  if (name === null) return null;
  return blobDirectory(name).name === basename(directory) ? name : null;
}

async function readSealedName(directory: string, keys: KeyRing): Promise<string | null> {
  const bytes = await readFile(join(directory, sealedNameFileName)).catch(() => null);
  try {
    return bytes && openMessage(keys, namePurpose(directory), bytes).toString();
  } catch (error) {
    if (isKeyMissing(error)) throw error;
    return null;
  }
}

async function loadUnlisted(blob: BlobEntry, file: string, options: LoadOptions): Promise<void> {
  const path = join(blob.directory, file);
  const parsed = parseBlockFileName(file);
  const before = parsed?.idHex == null ? undefined : blob.staged.get(parsed.idHex);
  // A block that was being encrypted when a crash came lies there twice.
  const isOutdone = before?.fileId !== undefined;
  if (parsed?.idHex == null || parsed.generation !== nextGeneration(blob) || isOutdone) {
    await unlink(path);
    return;
  }
  if (options.sealedOnly && !parsed.isSealed) {
    throw new SealBrokenError(`${path} is in plain text in a store that is encrypted`);
  }
  const { size, mtimeMs } = await stat(path);
  const block = parsed.isSealed
    ? await describeStaged(path, parsed.idHex, { blob, keys: options.keys })
    : { sizeBytes: size };
  if (before) await unlink(join(blob.directory, before.file));
  blob.staged.set(parsed.idHex, { file, ...block });
  blob.stagedAt = Math.max(blob.stagedAt, mtimeMs);
}

/** No record lists a staged block yet: its head says whose it is. */
async function describeStaged(
  path: string,
  idHex: string,
  { blob, keys }: { blob: BlobEntry; keys: KeyRing | null },
): Promise<{ sizeBytes: number; fileId: string }> {
  if (!keys) throw new SealBrokenError(`${path} is encrypted in a store that is not`);
  const { origin, sizeBytes, fileId } = await describeSealedFile(keys, path);
  if (!origin.equals(fileOrigin(blob.directory, idHex))) {
    throw new SealBrokenError(`${path} is the block of another blob`);
  }
  return { sizeBytes, fileId };
}
