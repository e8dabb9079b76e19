import { BlobError } from "../blob-error.ts";
import type { BlobStore } from "../blob-store.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { changeBlob } from "./blob-change.ts";
import { discardDirectory } from "./directory-files.ts";
import type { BlobSidecar } from "./directory-layout.ts";
import { commitSidecar, newEtag, propertiesOf, toProperties } from "./sidecars.ts";
import { findCommitted, type StoreParts } from "./store-parts.ts";

/** What leaves a blob's bytes alone, or ends it. */
export function propertyOperations(
  parts: StoreParts,
): Pick<BlobStore, "setProperties" | "deleteBlob"> {
  return {
    async setProperties(address, change) {
      findCommitted(parts, address);
      return changeBlob(parts, address, async ({ blob, container }) => {
        if (!blob.committed) throw new BlobError("BlobNotFound");
        change.condition?.(propertiesOf(blob));
        checkNotHeld(parts, address, blob);
        const sidecar: BlobSidecar = {
          ...blob.committed,
          ...change.headers,
          metadata: { ...(change.metadata ?? blob.committed.metadata) },
          etag: newEtag(),
          lastModified: parts.clock.now(),
        };
        const committed = await commitSidecar(parts, blob, sidecar);
        container.sortedNames = null;
        return toProperties(committed);
      });
    },
    async deleteBlob(address, condition) {
      findCommitted(parts, address);
      await changeBlob(parts, address, async ({ blob, container }) => {
        if (!blob.committed) throw new BlobError("BlobNotFound");
        condition?.(propertiesOf(blob));
        checkNotHeld(parts, address, blob);
        await discardDirectory(blob.directory, parts.layout.trash);
        container.blobs.delete(address.blob);
        container.sortedNames = null;
      });
    },
  };
}
