import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { BlobGetPropertiesResponse, BlockBlobClient } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { connectBlob, describeBlobFailure, statusOf, withRetries } from "./blob-client.ts";
import { blockCountMax, sha256MetadataKey } from "../blob-store.ts";
import { redactSas } from "../access/sas.ts";

/** The way back, for callers that know one module of transfers. */
export { downloadFile } from "./download.ts";

const defaultBlockSizeBytes = 8 << 20;
/** More than processors: the store flushes each block to its disk before it answers. */
const defaultConcurrency = 4;
const defaultContentType = "application/vnd.tcpdump.pcap";

export interface UploadOptions {
  readonly path: string;
  /** A blob's URL with a SAS that allows "rcw", Nightcap's or Azure's alike. */
  readonly url: string;
  /** Trusted instead of the system's authorities. */
  readonly certificateAuthorityPem?: string;
  readonly signal: AbortSignal;
  /** Memory used is at most this times `concurrency`. */
  readonly blockSizeBytes?: number;
  readonly concurrency?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly log: Log;
}

export interface UploadResult {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Blocks that an earlier try had sent already. */
  readonly resumedBlocks: number;
}

/** The file being sent, as it was when it was opened. */
interface Source {
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly modifiedAt: bigint;
}

/**
 * Sends a file to a block blob in blocks. Nothing is kept on this side: a later call asks which blocks
 * are there (their ids carry their content's hash) and sends the rest; a blob that is already this file
 * is left alone. Throws `UploadFailed`, whose message never holds the SAS signature.
 */
export async function uploadFile(options: UploadOptions): Promise<UploadResult> {
  try {
    const file = await open(options.path, "r");
    try {
      const { size, mtimeNs } = await file.stat({ bigint: true });
      const source = { file, sizeBytes: Number(size), modifiedAt: mtimeNs };
      return await uploadSource(source, connectBlob(options), options);
    } finally {
      await file.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    // Not as cause: the SDK's errors carry the request, and with it the signature.
    const target = redactSas(options.url);
    const message = `upload of ${options.path} to ${target} failed: ${describeBlobFailure(error)}`;
    throw new NightcapError("UploadFailed", message);
  }
}

async function uploadSource(
  source: Source,
  client: BlockBlobClient,
  options: UploadOptions,
): Promise<UploadResult> {
  const { sizeBytes } = source;
  const existing = await readProperties(client, options);
  if (existing?.contentLength === sizeBytes && existing.metadata?.[sha256MetadataKey]) {
    const sha256 = await hashFile(source, options.signal);
    if (sha256 === existing.metadata[sha256MetadataKey])
      return { sizeBytes, sha256, resumedBlocks: 0 };
  }
  const staged = await stageBlocks(source, client, options);
  await checkUnchanged(source);
  await commit(client, staged, options);
  await checkCommitted(client, { sizeBytes, sha256: staged.sha256 }, options);
  return { sizeBytes, sha256: staged.sha256, resumedBlocks: staged.resumedBlocks };
}

interface StagedFile {
  readonly blockIds: string[];
  readonly sha256: string;
  readonly resumedBlocks: number;
}

/** Reads the file once, hashing it, and sends each block that is not there yet. */
async function stageBlocks(
  source: Source,
  client: BlockBlobClient,
  options: UploadOptions,
): Promise<StagedFile> {
  const blockSizeBytes = options.blockSizeBytes ?? defaultBlockSizeBytes;
  const blockCount = Math.ceil(source.sizeBytes / blockSizeBytes);
  if (blockCount > blockCountMax) {
    throw new Error(`${source.sizeBytes} bytes are ${blockCount} blocks, ${blockCountMax} at most`);
  }
  const present = blockCount === 0 ? new Map<string, number>() : await readStaged(client, options);
  const hash = createHash("sha256");
  const blockIds: string[] = [];
  let resumedBlocks = 0;
  let sentBytes = 0;
  const sent = (bytes: number): void => {
    sentBytes += bytes;
    options.onProgress?.(sentBytes, source.sizeBytes);
  };
  const lanes = createLanes(
    options.concurrency ?? defaultConcurrency,
    blockSizeBytes,
    options.signal,
  );
  try {
    for (let index = 0; index < blockCount; index++) {
      const lane = await lanes.take();
      const start = index * blockSizeBytes;
      const block = lane.subarray(0, Math.min(blockSizeBytes, source.sizeBytes - start));
      await readFully(source.file, block, start);
      hash.update(block);
      const id = blockId(index, block);
      blockIds.push(id);
      if (present.get(id) === block.length) {
        resumedBlocks++;
        sent(block.length);
        lanes.release(lane);
        continue;
      }
      lanes.run(lane, async (signal) => {
        await stageBlock(client, { id, block }, { signal, log: options.log });
        sent(block.length);
      });
    }
  } finally {
    await lanes.finish();
  }
  lanes.throwIfFailed();
  return { blockIds, sha256: hash.digest("hex"), resumedBlocks };
}

async function stageBlock(
  client: BlockBlobClient,
  { id, block }: { id: string; block: Buffer },
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  const transactionalContentMD5 = createHash("md5").update(block).digest();
  await withRetries(
    (abortSignal) =>
      client.stageBlock(id, block, block.length, { transactionalContentMD5, abortSignal }),
    { signal, log },
  );
}

/**
 * Block ids bind place and content: 4 bytes of index, 20 of the block's SHA-256. A block of another
 * file, or of an older state of this one, is never taken for it.
 */
function blockId(index: number, block: Buffer): string {
  const id = Buffer.alloc(24);
  id.writeUInt32BE(index, 0);
  createHash("sha256").update(block).digest().copy(id, 4, 0, 20);
  return id.toString("base64");
}

/** A fixed set of buffers, each reading or sending one block; the first failure stops all. */
function createLanes(count: number, sizeBytes: number, outer: AbortSignal) {
  const abort = new AbortController();
  const signal = AbortSignal.any([outer, abort.signal]);
  const free: Buffer[] = [];
  let made = 0;
  let failure: { error: unknown } | null = null;
  const running = new Set<Promise<void>>();
  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
    outer.throwIfAborted();
  };
  return {
    throwIfFailed,
    async take(): Promise<Buffer> {
      while (true) {
        throwIfFailed();
        const lane = free.pop();
        if (lane) return lane;
        if (made < count) {
          made++;
          return Buffer.allocUnsafeSlow(sizeBytes);
        }
        await Promise.race(running);
      }
    },
    release(lane: Buffer): void {
      free.push(lane);
    },
    run(lane: Buffer, work: (signal: AbortSignal) => Promise<void>): void {
      const task = work(signal)
        .catch((error: unknown) => {
          failure ??= { error };
          abort.abort();
        })
        .finally(() => {
          free.push(lane);
          running.delete(task);
        });
      running.add(task);
    },
    async finish(): Promise<void> {
      await Promise.all(running);
    },
  };
}

async function commit(
  client: BlockBlobClient,
  { blockIds, sha256 }: StagedFile,
  options: UploadOptions,
): Promise<void> {
  const metadata = { ...options.metadata, [sha256MetadataKey]: sha256 };
  const blobHTTPHeaders = { blobContentType: options.contentType ?? defaultContentType };
  await withRetries(
    (abortSignal) => client.commitBlockList(blockIds, { metadata, blobHTTPHeaders, abortSignal }),
    options,
  );
}

/** The blob as it is; null when there is none or when the SAS allows no reading (403). */
async function readProperties(
  client: BlockBlobClient,
  options: UploadOptions,
): Promise<BlobGetPropertiesResponse | null> {
  try {
    return await withRetries((abortSignal) => client.getProperties({ abortSignal }), options);
  } catch (error) {
    return emptyUnlessReadable(error, options.log);
  }
}

async function readStaged(
  client: BlockBlobClient,
  options: UploadOptions,
): Promise<Map<string, number>> {
  try {
    const list = await withRetries(
      (abortSignal) => client.getBlockList("uncommitted", { abortSignal }),
      options,
    );
    return new Map(list.uncommittedBlocks?.map(({ name, size }) => [name, size]));
  } catch (error) {
    return emptyUnlessReadable(error, options.log) ?? new Map();
  }
}

/** 404 is "nothing there yet"; 403 may be a SAS without `r`: the writes will tell, resuming is lost. */
function emptyUnlessReadable(error: unknown, log: Log): null {
  const status = statusOf(error);
  if (status === 403) {
    log.warn({ reason: describeBlobFailure(error) }, "no resuming or checking: reading is refused");
    return null;
  }
  if (status === 404) return null;
  throw error;
}

async function checkCommitted(
  client: BlockBlobClient,
  wanted: { sizeBytes: number; sha256: string },
  options: UploadOptions,
): Promise<void> {
  const found = await readProperties(client, options);
  if (!found) return;
  const sha256 = found.metadata?.[sha256MetadataKey];
  if (found.contentLength === wanted.sizeBytes && sha256 === wanted.sha256) return;
  throw new Error(
    `the store has ${found.contentLength ?? 0} bytes with SHA-256 ${sha256 ?? "unknown"}, sent were ${wanted.sizeBytes} with ${wanted.sha256}`,
  );
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await file.read(into, at, into.length - at, position + at);
    if (bytesRead === 0) throw new Error(`the file changed: it ends at byte ${position + at}`);
    at += bytesRead;
  }
}

async function checkUnchanged({ file, sizeBytes, modifiedAt }: Source): Promise<void> {
  const { size, mtimeNs } = await file.stat({ bigint: true });
  if (Number(size) === sizeBytes && mtimeNs === modifiedAt) return;
  throw new Error(`the file changed while it was sent: ${sizeBytes} bytes before, ${size} now`);
}

async function hashFile({ file, sizeBytes }: Source, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < sizeBytes; at += buffer.length) {
    signal.throwIfAborted();
    const part = buffer.subarray(0, Math.min(buffer.length, sizeBytes - at));
    await readFully(file, part, at);
    hash.update(part);
  }
  return hash.digest("hex");
}
