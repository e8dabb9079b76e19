import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type { BlobGetPropertiesResponse, BlockBlobClient } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";
import { blockCountMax, sha256MetadataKey } from "../blob-store.ts";
import { codeOf, connectBlob, describeBlobFailure, statusOf, withRetries } from "./blob-client.ts";
import {
  blockId,
  defaultBlockSizeBytes,
  defaultConcurrency,
  readFully,
  stageBlock,
} from "./file-blocks.ts";
import { createLanes } from "./lanes.ts";

/** The way back, for callers that know one module of transfers. */
export { downloadFile } from "./download.ts";

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
  /** The store compares the file's SHA-256 with what it got, as Nightcap's does: no MD5 goes with each block. */
  readonly isCompared?: boolean;
  /** Of the file; believed where the store compares, so that the file need not be hashed on the way. */
  readonly sha256?: string;
  /** What `stageAhead` has sent of this file; believed where the store compares. */
  readonly ahead?: readonly string[];
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
    const sha256 = knownSha256(options) ?? (await hashFile(source, options.signal));
    if (sha256 === existing.metadata[sha256MetadataKey])
      return { sizeBytes, sha256, resumedBlocks: 0 };
  }
  const staged = await stageAndCommit(source, client, options);
  await checkCommitted(client, { sizeBytes, sha256: staged.sha256 }, options);
  return { sizeBytes, sha256: staged.sha256, resumedBlocks: staged.resumedBlocks };
}

async function stageAndCommit(
  source: Source,
  client: BlockBlobClient,
  options: UploadOptions,
): Promise<StagedFile> {
  const none = new Map<string, number>();
  const present = source.sizeBytes === 0 ? none : await readStaged(client, options);
  for (let known = present; ; known = none) {
    const staged = await stageBlocks(source, client, { ...options, known });
    await checkUnchanged(source);
    try {
      await commit(client, staged, options);
      return staged;
    } catch (error) {
      // Blocks from before are not what their ids say, damaged on the way or by a crash of the store.
      const isOther = codeOf(error) === "InvalidMetadata" && staged.resumedBlocks > 0;
      if (!isOther) throw error;
      options.log.warn({ reason: describeBlobFailure(error) }, "all blocks are sent again");
    }
  }
}

const knownSha256 = ({ isCompared, sha256 }: UploadOptions): string | null =>
  isCompared === true && sha256 !== undefined ? sha256 : null;

interface StagedFile {
  readonly blockIds: string[];
  readonly sha256: string;
  readonly resumedBlocks: number;
}

/** Sends each block that the store does not know yet; reads the file once. */
async function stageBlocks(
  source: Source,
  client: BlockBlobClient,
  options: UploadOptions & { known: ReadonlyMap<string, number> },
): Promise<StagedFile> {
  const { known, isCompared = false, ahead = [], log } = options;
  const blockSizeBytes = options.blockSizeBytes ?? defaultBlockSizeBytes;
  const blockCount = Math.ceil(source.sizeBytes / blockSizeBytes);
  if (blockCount > blockCountMax) {
    throw new Error(`${source.sizeBytes} bytes are ${blockCount} blocks, ${blockCountMax} at most`);
  }
  const sha256 = knownSha256(options);
  const hash = sha256 === null ? createHash("sha256") : null;
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
      const start = index * blockSizeBytes;
      const size = Math.min(blockSizeBytes, source.sizeBytes - start);
      const early = hash ? undefined : ahead[index];
      if (early !== undefined && known.get(early) === size) {
        resumedBlocks++;
        blockIds.push(early);
        sent(size);
        continue;
      }
      const lane = await lanes.take();
      const block = lane.subarray(0, size);
      await readFully(source.file, block, start);
      hash?.update(block);
      const id = blockId(index, block);
      blockIds.push(id);
      if (known.get(id) === size) {
        resumedBlocks++;
        sent(size);
        lanes.release(lane);
        continue;
      }
      lanes.run(lane, async (signal) => {
        const stage = (abortSignal: AbortSignal): Promise<void> =>
          stageBlock(client, { id, block }, { isCompared, abortSignal });
        await withRetries(stage, { signal, log });
        sent(size);
      });
    }
  } finally {
    await lanes.finish();
  }
  lanes.throwIfFailed();
  return { blockIds, sha256: sha256 ?? hash?.digest("hex") ?? "", resumedBlocks };
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
