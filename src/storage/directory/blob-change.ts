import type { Hash } from "node:crypto";
import { rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { asBlobError, BlobError } from "../blob-error.ts";
import {
  type BlobAddress,
  blobNameLengthMax,
  blobPathSegmentCountMax,
  type BlobProperties,
  type IncomingBody,
} from "../blob-store.ts";
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
  nameFileName,
  sidecarFileName,
} from "./directory-layout.ts";
import { toProperties, writeSidecar } from "./sidecars.ts";
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
      await writeFlushed(join(directory, nameFileName), address.blob);
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

/** Makes `sidecar` the blob's truth; then, and only then, removes files that it does not list. */
export async function publish(
  { blob, container }: BlobChange,
  sidecar: BlobSidecar,
): Promise<BlobProperties> {
  const before = [...(blob.committed?.segments ?? []), ...blob.staged.values()].map(
    ({ file }) => file,
  );
  await writeSidecar(join(blob.directory, sidecarFileName), sidecar);
  blob.committed = sidecar;
  blob.staged = new Map();
  blob.stagedAt = 0;
  blob.appendHash = null;
  container.sortedNames = null;
  const listed = new Set(sidecar.segments.map(({ file }) => file));
  const leftOver = new Set(before.filter((file) => !listed.has(file)));
  await removeFiles(blob.directory, [...leftOver, nameFileName]);
  return toProperties(sidecar);
}

/** Takes a body in, outside any lock, into a file that `placeFile` moves. Throws Azure's refusals. */
export async function receiveBody(
  parts: StoreParts,
  address: BlobAddress,
  body: IncomingBody,
  hashes: readonly Hash[] = [],
): Promise<ReceivedFile> {
  findContainer(parts, address.container);
  checkBlobName(address.blob);
  if (body.sizeBytes > parts.blockSizeBytesMax) {
    throw new BlobError("RequestBodyTooLarge", `MaxLimit: ${parts.blockSizeBytesMax} bytes.`);
  }
  const { incoming } = parts.layout;
  parts.guard.admit(address, body.sizeBytes);
  await checkFreeSpace(incoming, body.sizeBytes, parts.freeBytesMin);
  return receiveFile(incoming, body, hashes);
}

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
  received: ReceivedFile,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await unlink(received.path).catch(() => {});
    throw asBlobError(error);
  }
}

/** Drops the entry and the directory of a blob that has neither content nor blocks. */
async function forgetBlob(container: ContainerEntry, name: string): Promise<void> {
  const blob = container.blobs.get(name);
  container.blobs.delete(name);
  if (!blob) return;
  await removeFiles(blob.directory, [nameFileName]);
  await rmdir(blob.directory).catch(() => {});
}
