import { createHash } from "node:crypto";
import type { BlockBlobClient } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";
import {
  type BlobConnection,
  connectBlob,
  describeBlobFailure,
  statusOf,
  withRetries,
} from "./blob-client.ts";

const idSizeBytes = 24;

export interface InsertBlockOptions extends BlobConnection {
  /** The blob's first and last block, which it is begun with. */
  readonly opening: string;
  readonly closing: string;
  /** Names the block: one that is there already is not written again. */
  readonly name: string;
  /** The block's bytes; the first between opening and closing may be another than those after it. */
  content(isFirst: boolean): Uint8Array;
  readonly log: Log;
}

/**
 * Puts a block before the last one of a blob, which is made when there is none. Nothing is kept on this
 * side: what is there is asked of the service. Throws `UploadFailed`, whose message never holds the SAS.
 */
export async function insertBlock(options: InsertBlockOptions): Promise<"written" | "known"> {
  try {
    return await insert(connectBlob(options), options);
  } catch (error) {
    options.signal.throwIfAborted();
    // Not as cause: the SDK's errors carry the request, and with it the signature.
    const target = redactSas(options.url.replace(/\?.*/s, ""));
    throw new NightcapError("UploadFailed", `${target}: ${describeBlobFailure(error)}`);
  }
}

async function insert(
  client: BlockBlobClient,
  options: InsertBlockOptions,
): Promise<"written" | "known"> {
  const { opening, closing } = options;
  const present = await readBlocks(client, options);
  const own = blockId(options.name);
  if (present.ids.includes(own)) return "known";
  const [first = blockId("opening"), ...rest] = present.ids;
  const last = rest.pop() ?? blockId("closing");
  if (present.ids.length === 0) {
    await stage(client, { id: first, bytes: Buffer.from(opening) }, options);
    await stage(client, { id: last, bytes: Buffer.from(closing) }, options);
  }
  await stage(client, { id: own, bytes: options.content(rest.length === 0) }, options);
  await withRetries(
    (abortSignal) =>
      client.commitBlockList([first, ...rest, own, last], {
        blobHTTPHeaders: { blobContentType: "application/json" },
        // Whoever else writes there comes before or after, not between.
        conditions: present.etag === null ? { ifNoneMatch: "*" } : { ifMatch: present.etag },
        abortSignal,
      }),
    options,
  );
  return "written";
}

async function readBlocks(
  client: BlockBlobClient,
  options: InsertBlockOptions,
): Promise<{ ids: string[]; etag: string | null }> {
  try {
    const { committedBlocks = [], etag } = await withRetries(
      (abortSignal) => client.getBlockList("committed", { abortSignal }),
      options,
    );
    const sizes = [committedBlocks.at(0)?.size, committedBlocks.at(-1)?.size];
    const isOurs = sizes[0] === options.opening.length && sizes[1] === options.closing.length;
    if (committedBlocks.length >= 2 && isOurs) {
      return { ids: committedBlocks.map(({ name }) => name), etag: etag ?? null };
    }
    // Blocks that were never committed are answered as an empty list, without an etag.
    if (committedBlocks.length === 0 && !etag) return { ids: [], etag: null };
  } catch (error) {
    if (statusOf(error) === 404) return { ids: [], etag: null };
    throw error;
  }
  throw new Error("the blob was written by another program: it has no opening and closing block");
}

async function stage(
  client: BlockBlobClient,
  { id, bytes }: { id: string; bytes: Uint8Array },
  options: InsertBlockOptions,
): Promise<void> {
  const transactionalContentMD5 = createHash("md5").update(bytes).digest();
  await withRetries(
    (abortSignal) =>
      client.stageBlock(id, bytes, bytes.length, { transactionalContentMD5, abortSignal }),
    options,
  );
}

/** Of one length for all blocks of a blob, as Azure wants it. */
function blockId(name: string): string {
  return createHash("sha256").update(name).digest().subarray(0, idSizeBytes).toString("base64");
}
