import { RestError } from "@azure/storage-blob";
import { NightcapError } from "../../common/errors.ts";
import { silentLog } from "../../common/log.ts";
import { redactSas } from "../access/sas.ts";
import { type AzureContainerOptions, connectContainer } from "./azure-container.ts";
import { describeBlobFailure, statusOf, withRetries } from "./blob-client.ts";

const pageSizeMax = 1_000;

/**
 * Deletes the blobs below a prefix that `isDue` names; how many. A container that is not there has none, and one that is
 * held, or that a policy protects, stays.
 * Throws `StorageUnavailable`, whose message never holds the SAS.
 */
export async function deleteBlobs(
  options: AzureContainerOptions & {
    isDue(name: string): boolean;
    signal: AbortSignal;
  },
): Promise<number> {
  const { prefix, signal } = options;
  const client = connectContainer(options);
  let deleted = 0;
  try {
    const pages = client.listBlobsFlat({ prefix, abortSignal: signal });
    for await (const page of pages.byPage({ maxPageSize: pageSizeMax })) {
      for (const { name } of page.segment.blobItems) {
        signal.throwIfAborted();
        if (!options.isDue(name)) continue;
        const gone = await withRetries(
          async (abortSignal) =>
            (await client.getBlobClient(name).deleteIfExists({ abortSignal })).succeeded,
          { signal, log: silentLog },
        ).catch(falseWhenImmutable);
        if (gone) deleted++;
      }
    }
    return deleted;
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404) return deleted;
    const where = redactSas(options.url.replace(/\?.*/s, ""));
    const reason = describeBlobFailure(error);
    throw new NightcapError("StorageUnavailable", `cannot delete blobs in ${where}: ${reason}`);
  }
}

const immutableCodes: ReadonlySet<string> = new Set([
  "BlobImmutableDueToLegalHold",
  "BlobImmutableDueToPolicy",
]);

function falseWhenImmutable(error: unknown): false {
  if (error instanceof RestError && immutableCodes.has(error.code ?? "")) return false;
  throw error;
}
