import { createHash } from "node:crypto";
import { BlobError } from "../blob-error.ts";
import { blockCountMax, type BlobStore, sha256MetadataKey } from "../blob-store.ts";
import {
  changeBlob,
  moveReceived,
  placeFile,
  publish,
  receiveBody,
  sealedPart,
} from "./blob-change.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { blockIdHex, resolveBlockList } from "./block-list.ts";
import { removeFiles } from "./directory-files.ts";
import { type BlobEntry, nextGeneration } from "./directory-index.ts";
import { blockFileName, wholeFileName, wholePart } from "./directory-layout.ts";
import { hashContent } from "./segment-reading.ts";
import { newSidecar, propertiesOf } from "./sidecars.ts";
import { findBlob, type StoreParts } from "./store-parts.ts";

/** Block blobs: staged in blocks and committed by a list, or put whole. */
export function blockBlobOperations(
  parts: StoreParts,
): Pick<BlobStore, "stageBlock" | "commitBlocks" | "putBlob"> {
  const { clock } = parts;
  return {
    async stageBlock(address, blockId, body) {
      const idHex = blockIdHex(blockId);
      checkStaging(findBlob(parts, address), idHex);
      checkNotHeld(parts, address, findBlob(parts, address));
      const received = await receiveBody(parts, address, body, { part: idHex });
      await placeFile(received, () =>
        changeBlob(parts, address, async ({ blob }) => {
          checkStaging(blob, idHex);
          checkNotHeld(parts, address, blob);
          const name = blockFileName(nextGeneration(blob), idHex);
          const file = await moveReceived(parts, blob, { received, name });
          const before = blob.staged.get(idHex)?.file ?? file;
          if (before !== file) await removeFiles(blob.directory, [before]);
          const { sizeBytes, fileId } = received;
          blob.staged.set(idHex, { file, sizeBytes, ...sealedPart(fileId) });
          blob.stagedAt = clock.now();
        }),
      );
    },
    async commitBlocks(address, entries, write) {
      if (entries.length > blockCountMax) throw new BlobError("BlockListTooLong");
      return changeBlob(parts, address, async (change) => {
        const { blob } = change;
        checkBlockBlob(blob);
        checkNotHeld(parts, address, blob);
        write.condition?.(propertiesOf(blob));
        const segments = resolveBlockList(entries, blob.committed?.segments ?? [], blob.staged);
        const { sha256, sizeBytes } = await hashContent(parts.keys, {
          directory: blob.directory,
          segments,
        });
        checkClaim(write.metadata[sha256MetadataKey], sha256);
        const sidecar = newSidecar(address.blob, blob, { write, now: clock.now() });
        return publish(parts, change, { ...sidecar, segments, sizeBytes, sha256 });
      });
    },
    async putBlob(address, body, write) {
      write.condition?.(propertiesOf(findBlob(parts, address)));
      checkNotHeld(parts, address, findBlob(parts, address));
      const md5 = createHash("md5");
      const sha256 = createHash("sha256");
      const received = await receiveBody(parts, address, body, {
        part: wholePart,
        hashes: [md5, sha256],
      });
      return placeFile(received, () =>
        changeBlob(parts, address, async (change) => {
          const { blob } = change;
          write.condition?.(propertiesOf(blob));
          checkNotHeld(parts, address, blob);
          const name = wholeFileName(nextGeneration(blob));
          const file = await moveReceived(parts, blob, { received, name });
          const { sizeBytes, fileId } = received;
          return publish(parts, change, {
            ...newSidecar(address.blob, blob, { write, now: clock.now() }),
            contentMd5: write.headers.contentMd5 ?? md5.digest("base64"),
            segments: [{ file, id: null, sizeBytes, ...sealedPart(fileId) }],
            sizeBytes,
            sha256: sha256.digest("hex"),
          });
        }),
      );
    },
  };
}

function checkStaging(blob: BlobEntry | null, idHex: string): void {
  if (!blob) return;
  checkBlockBlob(blob);
  if (blob.staged.has(idHex)) return;
  const other = blob.staged.keys().next().value;
  if (other !== undefined && other.length !== idHex.length) {
    throw new BlobError("InvalidBlobOrBlock", "All block ids of a blob have the same length.");
  }
  if (blob.staged.size >= blockCountMax) throw new BlobError("BlockCountExceedsLimit");
}

function checkBlockBlob({ committed }: BlobEntry): void {
  if (committed && committed.appendCount !== null) throw new BlobError("InvalidBlobType");
}

/** An uploader says which hash it sent; blocks that add up to another are not committed. */
function checkClaim(claimed: string | undefined, sha256: string): void {
  if (claimed === undefined || claimed === sha256) return;
  const detail = `${sha256MetadataKey} is ${claimed}, the blocks' SHA-256 is ${sha256}.`;
  throw new BlobError("InvalidMetadata", detail);
}
