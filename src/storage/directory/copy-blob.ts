import { constants, copyFile, link, open } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { BlobError } from "../blob-error.ts";
import type { BlobCopy, BlobStore } from "../blob-store.ts";
import { type BlobChange, changeBlob, checkBlobName, publish } from "./blob-change.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { checkFreeSpace, removeFiles } from "./directory-files.ts";
import { nextGeneration } from "./directory-index.ts";
import { type BlobSidecar, copyFileName, type Segment, wholeFileName } from "./directory-layout.ts";
import { newEtag, propertiesOf, toProperties } from "./sidecars.ts";
import { findCommitted, type StoreParts } from "./store-parts.ts";

/** Times that a source may be replaced while it is copied. */
const tryCountMax = 5;

interface Source {
  readonly directory: string;
  readonly sidecar: BlobSidecar;
}

/**
 * Copies a blob inside the store. Files of block blobs never change, so a copy is links to them and
 * takes neither time nor space; an append blob's file is copied, as it grows.
 */
export function copyOperations(parts: StoreParts): Pick<BlobStore, "copyBlob"> {
  return {
    async copyBlob(from, address, copy) {
      checkBlobName(address.blob);
      return changeBlob(parts, address, async (change) => {
        for (let tries = 1; ; tries++) {
          const source = findCommitted(parts, from);
          copy.sourceCondition?.(toProperties(source.sidecar));
          copy.condition?.(propertiesOf(change.blob));
          checkNotHeld(parts, address, change.blob);
          try {
            return await copyFrom(parts, change, { source, copy, name: address.blob });
          } catch (error) {
            if (!isMissing(error) || tries >= tryCountMax) throw error;
          }
        }
      });
    },
  };
}

/** The source was replaced or deleted after its record was read. */
const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === "ENOENT";

async function copyFrom(
  parts: StoreParts,
  change: BlobChange,
  { source, copy, name }: { source: Source; copy: BlobCopy; name: string },
) {
  const { blob } = change;
  const { sidecar } = source;
  const made = new Map<string, string>();
  const generation = nextGeneration(blob);
  try {
    const segments = await copySegments(parts, {
      source,
      directory: blob.directory,
      generation,
      made,
    });
    await syncDirectory(blob.directory);
    const now = parts.clock.now();
    return await publish(change, {
      ...sidecar,
      name,
      generation,
      segments,
      metadata: { ...(copy.metadata ?? sidecar.metadata) },
      etag: newEtag(),
      createdAt: blob.committed?.createdAt ?? now,
      lastModified: now,
      copy: { id: copy.id, source: copy.source, completedAt: now },
      legalHold: false,
    });
  } catch (error) {
    await removeFiles(blob.directory, made.values());
    throw error;
  }
}

async function copySegments(
  parts: StoreParts,
  target: { source: Source; directory: string; generation: number; made: Map<string, string> },
): Promise<Segment[]> {
  const { source, directory, generation, made } = target;
  const grows = source.sidecar.appendCount !== null;
  const segments: Segment[] = [];
  for (const segment of source.sidecar.segments) {
    let file = made.get(segment.file);
    if (file === undefined) {
      file = grows ? wholeFileName(generation) : copyFileName(generation, made.size);
      made.set(segment.file, file);
      const [from, to] = [join(source.directory, segment.file), join(directory, file)];
      await (grows ? copyStart(parts, from, to, segment.sizeBytes) : linkFile(from, to));
    }
    segments.push({ ...segment, file });
  }
  return segments;
}

/** A file system may refuse another link (65,000 to one file on ext4, none on some): then a copy. */
async function linkFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (!["EMLINK", "EPERM", "ENOTSUP", "EOPNOTSUPP"].includes(error.code ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await flushFile(to, null);
  });
}

async function copyStart(
  parts: StoreParts,
  from: string,
  to: string,
  sizeBytes: number,
): Promise<void> {
  await checkFreeSpace(parts.layout.incoming, sizeBytes, parts.freeBytesMin);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await flushFile(to, sizeBytes);
}

async function flushFile(path: string, sizeBytes: number | null): Promise<void> {
  const file = await open(path, "r+");
  try {
    if (sizeBytes !== null) {
      const { size } = await file.stat();
      if (size < sizeBytes)
        throw new BlobError("InternalError", "The copy is shorter than its source.");
      await file.truncate(sizeBytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
