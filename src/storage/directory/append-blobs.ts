import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { BlobError } from "../blob-error.ts";
import { type AppendWrite, blockCountMax, type BlobStore } from "../blob-store.ts";
import {
  type BlobChange,
  changeBlob,
  checkBlobName,
  placeFile,
  publish,
  receiveBody,
} from "./blob-change.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { readSegments, type ReceivedFile, writeFlushed } from "./directory-files.ts";
import { type BlobEntry, nextGeneration } from "./directory-index.ts";
import { type BlobSidecar, sidecarFileName, wholeFileName } from "./directory-layout.ts";
import { newEtag, newSidecar, propertiesOf, toProperties, writeSidecar } from "./sidecars.ts";
import { findBlob, findCommitted, type StoreParts } from "./store-parts.ts";

const emptySha256 = createHash("sha256").digest("hex");

/**
 * Append blobs are one file, which is written behind the end that blob.json says, flushed, and then
 * counted in blob.json: what a crash leaves behind that end is overwritten by the next block.
 */
export function appendBlobOperations(
  parts: StoreParts,
): Pick<BlobStore, "createAppendBlob" | "appendBlock"> {
  const { clock } = parts;
  return {
    async createAppendBlob(address, write) {
      checkBlobName(address.blob);
      return changeBlob(parts, address, async (change) => {
        const { blob } = change;
        write.condition?.(propertiesOf(blob));
        checkNotHeld(parts, address, blob);
        const file = wholeFileName(nextGeneration(blob));
        await writeFlushed(join(blob.directory, file), "");
        await syncDirectory(blob.directory);
        return publish(change, {
          ...newSidecar(address.blob, blob, { write, now: clock.now() }),
          appendCount: 0,
          segments: [{ file, id: null, sizeBytes: 0 }],
          sizeBytes: 0,
          sha256: emptySha256,
        });
      });
    },
    async appendBlock(address, body, write) {
      checkAppend(findCommitted(parts, address).sidecar, body.sizeBytes, write);
      checkNotHeld(parts, address, findBlob(parts, address));
      const received = await receiveBody(parts, address, body);
      return placeFile(received, () =>
        changeBlob(parts, address, async (change) => {
          const { committed } = change.blob;
          if (!committed) throw new BlobError("BlobNotFound");
          checkAppend(committed, received.sizeBytes, write);
          checkNotHeld(parts, address, change.blob);
          const sidecar = await append(change, committed, { received, now: clock.now() });
          await unlink(received.path);
          return { offset: committed.sizeBytes, properties: toProperties(sidecar) };
        }),
      );
    },
  };
}

/** Throws `InvalidBlobType`, `BlockCountExceedsLimit`, or the condition's refusal. */
function checkAppend(sidecar: BlobSidecar, sizeBytes: number, write: AppendWrite): void {
  if (sidecar.appendCount === null) throw new BlobError("InvalidBlobType");
  write.condition?.(toProperties(sidecar));
  if (write.position !== undefined && write.position !== sidecar.sizeBytes) {
    throw new BlobError("AppendPositionConditionNotMet");
  }
  if (write.sizeBytesMax !== undefined && sidecar.sizeBytes + sizeBytes > write.sizeBytesMax) {
    throw new BlobError("MaxBlobSizeConditionNotMet");
  }
  if (sidecar.appendCount >= blockCountMax) throw new BlobError("BlockCountExceedsLimit");
}

async function append(
  { blob }: BlobChange,
  before: BlobSidecar,
  { received, now }: { received: ReceivedFile; now: number },
): Promise<BlobSidecar> {
  const hash = blob.appendHash ?? (await hashOf(blob, before));
  blob.appendHash = null; // of no use when something below fails
  const [segment] = before.segments;
  if (!segment) throw new Error(`${blob.directory}: an append blob without its file`);
  const file = await open(join(blob.directory, segment.file), "r+");
  try {
    await copyTo(file, before.sizeBytes, received.path, hash);
  } catch (error) {
    await file.truncate(before.sizeBytes).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  const sizeBytes = before.sizeBytes + received.sizeBytes;
  const sidecar: BlobSidecar = {
    ...before,
    segments: [{ ...segment, sizeBytes }],
    sizeBytes,
    sha256: hash.copy().digest("hex"),
    appendCount: (before.appendCount ?? 0) + 1,
    etag: newEtag(),
    lastModified: now,
  };
  await writeSidecar(join(blob.directory, sidecarFileName), sidecar);
  blob.committed = sidecar;
  blob.appendHash = hash;
  return sidecar;
}

async function copyTo(file: FileHandle, at: number, from: string, hash: Hash): Promise<void> {
  let position = at;
  for await (const chunk of createReadStream(from) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    for (let offset = 0; offset < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset, position);
      offset += bytesWritten;
      position += bytesWritten;
    }
  }
  await file.sync();
}

/** After a restart the content is read once; from then on the hash goes on with each block. */
async function hashOf(
  { directory }: BlobEntry,
  { segments, sizeBytes }: BlobSidecar,
): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of readSegments(directory, segments, 0, sizeBytes - 1)) hash.update(chunk);
  return hash;
}
