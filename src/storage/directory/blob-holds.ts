import { BlobError } from "../blob-error.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../blob-store.ts";
import { changeBlob } from "./blob-change.ts";
import type { BlobEntry, ContainerEntry } from "./directory-index.ts";
import type { BlobSidecar } from "./directory-layout.ts";
import { commitSidecar, toProperties } from "./sidecars.ts";
import { findCommitted, type StoreParts } from "./store-parts.ts";

/** A blob's own legal hold, and the guard's. */
export function legalHoldOperations(parts: StoreParts): Pick<BlobStore, "setLegalHold"> {
  return {
    async setLegalHold(address, legalHold) {
      findCommitted(parts, address);
      return changeBlob(parts, address, async ({ blob }) => {
        if (!blob.committed) throw new BlobError("BlobNotFound");
        const why = legalHold ? null : parts.guard.holdOf(address);
        if (why !== null) throw new BlobError("BlobImmutableDueToLegalHold", why);
        const sidecar: BlobSidecar = { ...blob.committed, legalHold };
        await commitSidecar(parts, blob, sidecar);
        return withGuard(parts, address, toProperties(blob.committed));
      });
    },
  };
}

/** What the blob is to be told from outside: the guard's hold is a legal hold like its own. */
export const withGuard = (
  { guard }: StoreParts,
  address: BlobAddress,
  properties: BlobProperties,
): BlobProperties =>
  properties.legalHold || guard.holdOf(address) === null
    ? properties
    : { ...properties, legalHold: true };

/**
 * Refuses to change what is held; a blob that is not there yet may come. To be called under the blob's lock:
 * a hold that was set before a change has begun is never too late.
 */
export function checkNotHeld(
  { guard }: StoreParts,
  address: BlobAddress,
  blob: BlobEntry | null,
): void {
  if (!blob?.committed) return;
  const why = blob.committed.legalHold
    ? "Set Blob Legal Hold was asked for this blob."
    : guard.holdOf(address);
  if (why !== null) throw new BlobError("BlobImmutableDueToLegalHold", why);
}

/** A container with a held blob in it stays. */
export function checkNoneHeld(parts: StoreParts, { name, blobs }: ContainerEntry): void {
  for (const [blob, entry] of blobs) {
    try {
      checkNotHeld(parts, { container: name, blob }, entry);
    } catch (cause) {
      throw new BlobError("ContainerHasLegalHold", `One is of "${blob}".`, { cause });
    }
  }
}
