import type { Hash } from "node:crypto";
import { rename, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { asBlobError, BlobError } from "../blob-error.ts";
import {
  type BlobAddress,
  blobNameLengthMax,
  blobPathSegmentCountMax,
  type BlobProperties,
  type IncomingBody,
} from "../blob-store.ts";
import { sealMessage } from "../vault/message.ts";
import { rewrapFile } from "../vault/sealed-file.ts";
import {
  checkFreeSpace,
  makeDirectory,
  receiveFile,
  type ReceivedFile,
  removeFiles,
  writeFlushed,
} from "./directory-files.ts";
import { type BlobEntry, type ContainerEntry, newBlobEntry } from "./directory-index.ts";
import {
  blobDirectory,
  type BlobSidecar,
  fileOrigin,
  nameFileName,
  sealedNameFileName,
  storedFileName,
} from "./directory-layout.ts";
import { namePurpose } from "./records.ts";
import { commitSidecar, toProperties } from "./sidecars.ts";
import { findContainer, type StoreParts } from "./store-parts.ts";

/** A blob under its lock, and the container that it is in. */
export interface BlobChange {
  readonly blob: BlobEntry;
  readonly container: ContainerEntry;
}

/** Runs `work` on the blob's entry under its lock, the blob's directory made when it is missing. */
export async function changeBlob<Result>(
  parts: StoreParts,
  address: BlobAddress,
  work: (change: BlobChange) => Promise<Result>,
): Promise<Result> {
  const container = findContainer(parts, address.container);
  const { shard, name } = blobDirectory(address.blob);
  const directory = join(container.directory, shard, name);
  const changing = parts.locks.run(directory, async () => {
    findContainer(parts, address.container);
    const known = container.blobs.get(address.blob) ?? container.unnamed.get(name);
    const blob = known ?? newBlobEntry(directory);
    await makeDirectory(join(container.directory, shard));
    await makeDirectory(directory);
    if (!blob.committed && blob.staged.size === 0) {
      await writeName(parts, directory, address.blob);
    }
    container.unnamed.delete(name);
    container.blobs.set(address.blob, blob);
    try {
      return await work({ blob, container });
    } finally {
      if (!blob.committed && blob.staged.size === 0) await forgetBlob(container, address.blob);
    }
  });
  container.changes.add(changing);
  try {
    return await changing;
  } catch (error) {
    throw asBlobError(error);
  } finally {
    container.changes.delete(changing);
  }
}

/** For a blob that has blocks alone, so that it can be listed. */
async function writeName({ keys }: StoreParts, directory: string, name: string): Promise<void> {
  const [file, bytes] = keys
    ? [sealedNameFileName, sealMessage(keys, namePurpose(directory), Buffer.from(name))]
    : [nameFileName, name];
  await writeFlushed(join(directory, file), bytes);
}

/** Makes `sidecar` the blob's truth; then, and only then, removes files that it does not list. */
export async function publish(
  parts: StoreParts,
  { blob, container }: BlobChange,
  sidecar: BlobSidecar,
): Promise<BlobProperties> {
  const before = [...(blob.committed?.segments ?? []), ...blob.staged.values()].map(
    ({ file }) => file,
  );
  const committed = await commitSidecar(parts, blob, sidecar);
  blob.staged = new Map();
  blob.stagedAt = 0;
  blob.appendHash = null;
  container.sortedNames = null;
  const listed = new Set(sidecar.segments.map(({ file }) => file));
  const leftOver = new Set(before.filter((file) => !listed.has(file)));
  await removeFiles(blob.directory, [...leftOver, nameFileName, sealedNameFileName]);
  return toProperties(committed);
}

/**
 * Takes a body in, outside any lock, into a file that `placeFile` moves; `part` says what of the blob it
 * is to be. Throws Azure's refusals.
 */
export async function receiveBody(
  parts: StoreParts,
  address: BlobAddress,
  body: IncomingBody,
  { part, hashes = [] }: { part: string; hashes?: readonly Hash[] },
): Promise<ReceivedBody> {
  const container = findContainer(parts, address.container);
  checkBlobName(address.blob);
  if (body.sizeBytes > parts.blockSizeBytesMax) {
    throw new BlobError("RequestBodyTooLarge", `MaxLimit: ${parts.blockSizeBytesMax} bytes.`);
  }
  const { incoming } = parts.layout;
  await parts.guard.admit(address, body.sizeBytes);
  await checkFreeSpace(incoming, body.sizeBytes, parts.freeBytesMin);
  const { shard, name } = blobDirectory(address.blob);
  const origin = fileOrigin(join(container.directory, shard, name), part);
  const { keys } = parts;
  const begun = { keyId: keys?.current.id ?? null };
  parts.receiving.add(begun);
  const release = (): void => void parts.receiving.delete(begun);
  try {
    return { ...(await receiveFile({ directory: incoming, keys, origin, hashes }, body)), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A file that came in; the key that it was begun with is needed until it is released. */
export interface ReceivedBody extends ReceivedFile {
  release(): void;
}

/** Moves a received file into the blob's directory; gives its name there. To be called under the lock. */
export async function moveReceived(
  { keys }: StoreParts,
  { directory }: BlobEntry,
  { received, name }: { received: ReceivedFile; name: string },
): Promise<string> {
  // The key may have changed while the body came in.
  const { keyId } = received;
  if (keys && keyId !== null && keyId !== keys.current.id) await rewrapFile(keys, received.path);
  const file = storedFileName(name, received.fileId);
  await rename(received.path, join(directory, file));
  await syncDirectory(directory);
  return file;
}

/** What a record says of a sealed file. */
export const sealedPart = (fileId: string | null): { fileId?: string } =>
  fileId === null ? {} : { fileId };

/** Azure's rules for the name of a blob. Throws `InvalidResourceName`. */
export function checkBlobName(blob: string): void {
  if (blob.length === 0 || blob.length > blobNameLengthMax) {
    throw new BlobError("InvalidResourceName", `1 to ${blobNameLengthMax} characters.`);
  }
  if (blob.split("/").length > blobPathSegmentCountMax) {
    throw new BlobError("InvalidResourceName", `${blobPathSegmentCountMax} path segments at most.`);
  }
}

/** Runs `work`, which moves the received file to its place; removes it when it was not moved. */
export async function placeFile<Result>(
  received: ReceivedBody,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await unlink(received.path).catch(() => {});
    throw asBlobError(error);
  } finally {
    received.release();
  }
}

/** Drops the entry and the directory of a blob that has neither content nor blocks. */
async function forgetBlob(container: ContainerEntry, name: string): Promise<void> {
  const blob = container.blobs.get(name);
  container.blobs.delete(name);
  if (!blob) return;
  await removeFiles(blob.directory, [nameFileName, sealedNameFileName]);
  await rmdir(blob.directory).catch(() => {});
}
