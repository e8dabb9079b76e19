import { createHash } from "node:crypto";
import type { BlockBlobClient } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";
import { sha256MetadataKey } from "../blob-store.ts";
import {
  type BlobConnection,
  connectBlob,
  describeBlobFailure,
  statusOf,
  withRetries,
} from "./blob-client.ts";

export interface NewBlob extends BlobConnection {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly log: Log;
}

/**
 * Puts a blob of one request where none is, and tries again what another try may cure. One that is there with
 * the same bytes is from an earlier try; another one is left, and is an error. Throws `UploadFailed`, whose
 * message never holds the SAS signature.
 */
export async function putNewBlob(blob: NewBlob): Promise<void> {
  const client = connectBlob(blob);
  try {
    await withRetries((signal) => put(client, blob, signal), blob);
  } catch (error) {
    if (isThere(error) && (await hasBytes(client, blob))) return;
    // Not as cause: the SDK's errors carry the request, and with it the signature.
    const reason = describeBlobFailure(error);
    throw new NightcapError("UploadFailed", `${redactSas(blob.url)} was not written: ${reason}`);
  }
}

const put = (
  client: BlockBlobClient,
  { bytes, contentType }: NewBlob,
  abortSignal: AbortSignal,
): Promise<unknown> =>
  client.upload(bytes, bytes.byteLength, {
    abortSignal,
    conditions: { ifNoneMatch: "*" },
    blobHTTPHeaders: { blobContentType: contentType },
    metadata: { [sha256MetadataKey]: createHash("sha256").update(bytes).digest("hex") },
  });

/** Azure says 409 BlobAlreadyExists; 412 is what a condition says otherwise. */
const isThere = (error: unknown): boolean => statusOf(error) === 409 || statusOf(error) === 412;

async function hasBytes(client: BlockBlobClient, { bytes, signal }: NewBlob): Promise<boolean> {
  const { contentLength } = await client.getProperties({ abortSignal: signal });
  if (contentLength !== bytes.byteLength) return false;
  return bytes.equals(await client.downloadToBuffer(0, undefined, { abortSignal: signal }));
}
