import { createHash, type Hash } from "node:crypto";
import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { BlobGetPropertiesResponse, BlockBlobClient } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import { secretFileMode, syncDirectory } from "../../common/files.ts";
import { silentLog, type Log } from "../../common/log.ts";
import {
  connectBlob,
  describeBlobFailure,
  withRetries,
  type BlobConnection,
} from "./blob-client.ts";
import { sha256MetadataKey } from "../blob-store.ts";
import { redactSas } from "../access/sas.ts";

/** What one request fetches, and therefore what one failure costs. */
const partSizeBytes = 8 << 20;

export interface DownloadOptions extends BlobConnection {
  readonly path: string;
  readonly onProgress?: (receivedBytes: number, totalBytes: number) => void;
  readonly log?: Log;
}

export interface DownloadResult {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Bytes that an earlier try had fetched already. */
  readonly resumedBytes: number;
}

/**
 * Fetches a blob into `path`: into `path.partial` first, which a later call goes on with, renamed when
 * whole. The SHA-256 that the uploader recorded is checked; without one there is no resuming. Throws
 * `HashMismatch`, `StorageUnavailable`; neither message holds the SAS signature.
 */
export async function downloadFile(options: DownloadOptions): Promise<DownloadResult> {
  try {
    const client = connectBlob(options);
    const log = options.log ?? silentLog;
    const properties = await withRetries((abortSignal) => client.getProperties({ abortSignal }), {
      signal: options.signal,
      log,
    });
    return await fetchWhole(client, properties, { ...options, log });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof NightcapError) throw error;
    const reason = describeBlobFailure(error);
    const message = `download of ${redactSas(options.url)} to ${options.path} failed: ${reason}`;
    throw new NightcapError("StorageUnavailable", message);
  }
}

async function fetchWhole(
  client: BlockBlobClient,
  properties: BlobGetPropertiesResponse,
  options: DownloadOptions & { log: Log },
): Promise<DownloadResult> {
  const partial = `${options.path}.partial`;
  const expected = properties.metadata?.[sha256MetadataKey];
  if (expected === undefined) await removeIfThere(partial);
  let result = await fetchPartial(client, properties, options);
  if (expected !== undefined && result.sha256 !== expected && result.resumedBytes > 0) {
    await removeIfThere(partial); // its beginning was of another version
    result = await fetchPartial(client, properties, options);
  }
  if (expected !== undefined && result.sha256 !== expected) {
    await removeIfThere(partial);
    const message = `${options.path}: SHA-256 of the download is ${result.sha256}, recorded is ${expected}`;
    throw new NightcapError("HashMismatch", message);
  }
  await rename(partial, options.path);
  await syncDirectory(dirname(options.path));
  return result;
}

async function fetchPartial(
  client: BlockBlobClient,
  { contentLength: totalBytes = 0, etag }: BlobGetPropertiesResponse,
  options: DownloadOptions & { log: Log },
): Promise<DownloadResult> {
  const file = await openPartial(`${options.path}.partial`);
  try {
    const hash = createHash("sha256");
    const resumedBytes = await hashExisting(file, hash, totalBytes);
    for (let at = resumedBytes; at < totalBytes;) {
      options.onProgress?.(at, totalBytes);
      const count = Math.min(partSizeBytes, totalBytes - at);
      const part = await withRetries(
        (abortSignal) =>
          client.downloadToBuffer(at, count, {
            abortSignal,
            concurrency: 1,
            blockSize: partSizeBytes,
            ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
          }),
        options,
      );
      await writeFully(file, part, at);
      hash.update(part);
      at += count;
    }
    options.onProgress?.(totalBytes, totalBytes);
    await file.sync();
    return { sizeBytes: totalBytes, sha256: hash.digest("hex"), resumedBytes };
  } finally {
    await file.close();
  }
}

async function openPartial(path: string): Promise<FileHandle> {
  return open(path, "r+").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return open(path, "wx+", secretFileMode);
    throw error;
  });
}

/** Hashes what is there and returns how much; a file that is too long starts over. */
async function hashExisting(file: FileHandle, hash: Hash, totalBytes: number): Promise<number> {
  const { size } = await file.stat();
  if (size > totalBytes) {
    await file.truncate(0);
    return 0;
  }
  const buffer = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
    if (bytesRead === 0) return at;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return size;
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
