import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { BlobError } from "../blob-error.ts";
import { type AppendWrite, blockCountMax, type BlobStore } from "../blob-store.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import {
  type BlobChange,
  changeBlob,
  checkBlobName,
  placeFile,
  publish,
  receiveBody,
} from "./blob-change.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { type ReceivedFile, writeFlushed } from "./directory-files.ts";
import { type BlobEntry, nextGeneration } from "./directory-index.ts";
import {
  type BlobSidecar,
  fileOrigin,
  sealedSuffix,
  type Segment,
  wholeFileName,
  wholePart,
} from "./directory-layout.ts";
import { isPlain, sealBlob } from "./seal-blob.ts";
import { growFile, makeGrowing } from "./sealing.ts";
import { readStored, updateHash } from "./segment-reading.ts";
import { commitSidecar, newEtag, newSidecar, propertiesOf, toProperties } from "./sidecars.ts";
import { findBlob, findCommitted, type StoreParts } from "./store-parts.ts";

/** The part of a file that is added to an append blob and then gone. */
const appendPart = "append";
const emptySha256 = createHash("sha256").digest("hex");

/**
 * Append blobs are one file, which is written behind the end that blob.json says, flushed, and then
 * counted in blob.json: what a crash leaves behind that end is overwritten by the next block. Where the
 * store is encrypted, whole chunks go into the file, and what does not fill one into blob.json.
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
        const segment = await makeEmptyFile(parts, blob);
        return publish(parts, change, {
          ...newSidecar(address.blob, blob, { write, now: clock.now() }),
          appendCount: 0,
          segments: [segment],
          sizeBytes: 0,
          sha256: emptySha256,
        });
      });
    },
    async appendBlock(address, body, write) {
      checkAppend(findCommitted(parts, address).sidecar, body.sizeBytes, write);
      checkNotHeld(parts, address, findBlob(parts, address));
      const received = await receiveBody(parts, address, body, { part: appendPart });
      return placeFile(received, () =>
        changeBlob(parts, address, async (change) => {
          const { committed } = change.blob;
          if (!committed) throw new BlobError("BlobNotFound");
          checkAppend(committed, received.sizeBytes, write);
          checkNotHeld(parts, address, change.blob);
          const sidecar = await append(parts, change, { received, now: clock.now() });
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

async function makeEmptyFile({ keys }: StoreParts, blob: BlobEntry): Promise<Segment> {
  const name = wholeFileName(nextGeneration(blob));
  const file = keys ? `${name}${sealedSuffix}` : name;
  const path = join(blob.directory, file);
  const origin = fileOrigin(blob.directory, wholePart);
  const sealed = keys ? await makeGrowing(keys, { path, origin }) : {};
  if (!keys) await writeFlushed(path, "");
  await syncDirectory(blob.directory);
  return { file, id: null, sizeBytes: 0, ...sealed };
}

async function append(
  parts: StoreParts,
  { blob }: BlobChange,
  { received, now }: { received: ReceivedFile; now: number },
): Promise<BlobSidecar> {
  const { keys } = parts;
  // Nothing is added in plain text, also to what is.
  if (keys && isPlain(blob)) await sealBlob({ ...parts, keys }, blob);
  const before = blob.committed;
  if (!before) throw new BlobError("BlobNotFound");
  const hash = blob.appendHash ?? (await hashOf(keys, blob.directory, before));
  blob.appendHash = null; // of no use when something below fails
  const bytes = hashed(readReceived(keys, received), hash);
  const content = await appendBytes(keys, blob.directory, { before, bytes });
  const sidecar = await commitSidecar(parts, blob, {
    ...before,
    ...content,
    sizeBytes: before.sizeBytes + received.sizeBytes,
    sha256: hash.copy().digest("hex"),
    appendCount: (before.appendCount ?? 0) + 1,
    etag: newEtag(),
    lastModified: now,
  });
  blob.appendHash = hash;
  return sidecar;
}

/** Writes behind what is counted, flushed; gives what the record is to say of it. */
async function appendBytes(
  keys: KeyRing | null,
  directory: string,
  { before, bytes }: { before: BlobSidecar; bytes: AsyncIterable<Uint8Array> },
): Promise<Pick<BlobSidecar, "segments" | "tail">> {
  const [segment] = before.segments;
  if (!segment) throw new Error(`${directory}: an append blob without its file`);
  const path = join(directory, segment.file);
  if (!keys || segment.fileId === undefined) {
    const sizeBytes = await appendPlain(path, before.sizeBytes, bytes);
    return { segments: [{ ...segment, sizeBytes }] };
  }
  const growth = { sizeBytes: segment.sizeBytes, tail: Buffer.from(before.tail ?? "", "base64") };
  const grown = await growFile(keys, { path, fileId: segment.fileId }, growth, bytes);
  return {
    segments: [{ ...segment, sizeBytes: grown.sizeBytes }],
    tail: grown.tail.toString("base64"),
  };
}

const readReceived = (
  keys: KeyRing | null,
  { path, fileId, sizeBytes }: ReceivedFile,
): AsyncIterable<Uint8Array> =>
  readStored(keys, { path, fileId: fileId ?? undefined, sizeBytes }, { from: 0, to: sizeBytes });

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Gives the new end of the file. */
async function appendPlain(
  path: string,
  at: number,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await open(path, "r+");
  try {
    return await writeAt(file, at, bytes);
  } catch (error) {
    await file.truncate(at).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAt(
  file: FileHandle,
  at: number,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  let position = at;
  for await (const chunk of bytes) {
    for (let offset = 0; offset < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset, position);
      offset += bytesWritten;
      position += bytesWritten;
    }
  }
  await file.sync();
  return position;
}

/** After a restart the content is read once; from then on the hash goes on with each block. */
async function hashOf(
  keys: KeyRing | null,
  directory: string,
  sidecar: BlobSidecar,
): Promise<Hash> {
  const hash = createHash("sha256");
  await updateHash(hash, keys, { directory, ...sidecar });
  return hash;
}
