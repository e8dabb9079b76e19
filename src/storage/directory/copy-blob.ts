import { constants, copyFile, link, open } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../../common/files.ts";
import { BlobError } from "../blob-error.ts";
import type { BlobCopy, BlobStore } from "../blob-store.ts";
import { type BlobChange, changeBlob, checkBlobName, publish } from "./blob-change.ts";
import { checkNotHeld } from "./blob-holds.ts";
import { checkFreeSpace, removeFiles } from "./directory-files.ts";
import { nextGeneration } from "./directory-index.ts";
import {
  type BlobSidecar,
  copyFileName,
  type Segment,
  storedFileName,
  wholeFileName,
} from "./directory-layout.ts";
import { growCopy, sealCopy } from "./seal-blob.ts";
import { isMissing, readContent } from "./segment-reading.ts";
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
    const target = { source, directory: blob.directory, generation, made };
    const content = await copyContent(parts, target);
    await syncDirectory(blob.directory);
    const now = parts.clock.now();
    return await publish(parts, change, {
      ...sidecar,
      ...content,
      name,
      generation,
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

interface Target {
  readonly source: Source;
  readonly directory: string;
  readonly generation: number;
  /** Files of the target by those of the source. */
  readonly made: Map<string, string>;
}

/** An append blob's file is sealed again with a key of its own: two files that grow never share one. */
async function copyContent(
  parts: StoreParts,
  target: Target,
): Promise<Pick<BlobSidecar, "segments" | "tail">> {
  const { source, directory, generation, made } = target;
  const { keys } = parts;
  const { sidecar } = source;
  if (!keys || sidecar.appendCount === null) {
    return { segments: await copySegments(parts, target) };
  }
  const name = wholeFileName(generation);
  made.set(name, storedFileName(name, ""));
  const range = { start: 0, end: sidecar.sizeBytes - 1 };
  const bytes = readContent(keys, { ...sidecar, directory: source.directory }, range);
  const { sizeBytes } = sidecar;
  const grown = await growCopy({ ...parts, keys }, { directory, name, sizeBytes, bytes });
  return { segments: [grown.segment], tail: grown.tail };
}

async function copySegments(parts: StoreParts, target: Target): Promise<Segment[]> {
  const copied = new Map<string, Pick<Segment, "file" | "fileId">>();
  const segments: Segment[] = [];
  for (const segment of target.source.sidecar.segments) {
    const file = copied.get(segment.file) ?? (await copySegment(parts, target, segment));
    copied.set(segment.file, file);
    segments.push({ ...segment, ...file });
  }
  return segments;
}

async function copySegment(
  parts: StoreParts,
  { source, directory, generation, made }: Target,
  { file, fileId, sizeBytes }: Segment,
): Promise<Pick<Segment, "file" | "fileId">> {
  const { keys } = parts;
  const grows = source.sidecar.appendCount !== null;
  const name = grows ? wholeFileName(generation) : copyFileName(generation, made.size);
  const path = join(source.directory, file);
  if (keys && fileId === undefined) {
    made.set(file, storedFileName(name, ""));
    return sealCopy({ ...parts, keys }, { directory, name, part: name }, { path, sizeBytes });
  }
  const to = storedFileName(name, fileId ?? null);
  made.set(file, to);
  await (grows
    ? copyStart(parts, path, join(directory, to), sizeBytes)
    : linkFile(path, join(directory, to)));
  return { file: to };
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
