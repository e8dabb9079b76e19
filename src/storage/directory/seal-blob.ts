import { randomBytes } from "node:crypto";
import { rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { readTextIfExists, syncDirectory, writeFileAtomic } from "../../common/files.ts";
import { asBlobError } from "../blob-error.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import { sealMessage } from "../vault/message.ts";
import { checkFreeSpace, removeFiles } from "./directory-files.ts";
import type { BlobEntry } from "./directory-index.ts";
import {
  type BlobSidecar,
  fileOrigin,
  nameFileName,
  sealedNameFileName,
  type Segment,
  storedFileName,
} from "./directory-layout.ts";
import { namePurpose } from "./records.ts";
import { growFile, makeGrowing, sealInto } from "./sealing.ts";
import { readContent, readStored } from "./segment-reading.ts";
import { commitSidecar } from "./sidecars.ts";
import type { StoreParts } from "./store-parts.ts";

type SealParts = Pick<StoreParts, "layout" | "freeBytesMin"> & { readonly keys: KeyRing };

/** Whether anything of the blob is in plain text on the disk. */
export function isPlain({ committed, staged, recordKeyId }: BlobEntry): boolean {
  if (committed && (recordKeyId === null || committed.encrypted !== true)) return true;
  return [...staged.values()].some(({ fileId }) => fileId === undefined);
}

/** Bytes of a blob that are in plain text on the disk. */
export function plainSizeBytes({ committed, staged }: BlobEntry): number {
  const pieces = [...(committed?.segments ?? []), ...staged.values()];
  return pieces.reduce(
    (sum, { fileId, sizeBytes }) => sum + (fileId === undefined ? sizeBytes : 0),
    0,
  );
}

/**
 * Encrypts what of a blob is in plain text, under its lock. Its bytes, etag and times stay; a record
 * names the new files before the old ones go, so that a crash leaves one or the other whole.
 */
export async function sealBlob(parts: SealParts, blob: BlobEntry): Promise<void> {
  if (blob.committed && isPlain({ ...blob, staged: new Map() })) {
    await sealCommitted(parts, blob, blob.committed);
  }
  for (const [idHex, block] of blob.staged) {
    if (block.fileId !== undefined) continue;
    const { file, fileId } = await sealFile(parts, blob, { ...block, part: idHex });
    blob.staged.set(idHex, { file, fileId, sizeBytes: block.sizeBytes });
    await removeFiles(blob.directory, [block.file]);
  }
  if (!blob.committed) await sealName(parts, blob);
}

async function sealCommitted(
  parts: SealParts,
  blob: BlobEntry,
  committed: BlobSidecar,
): Promise<void> {
  const made = new Map<string, Pick<Segment, "file"> & { fileId: string }>();
  try {
    const content =
      committed.appendCount === null
        ? { segments: await sealSegments(parts, blob, { committed, made }) }
        : await sealGrowing(parts, blob, { committed, made });
    await commitSidecar(parts, blob, { ...committed, ...content });
  } catch (error) {
    await removeFiles(
      blob.directory,
      Array.from(made.values(), ({ file }) => file),
    );
    throw error;
  }
  await removeFiles(blob.directory, made.keys());
}

interface Sealing {
  readonly committed: BlobSidecar;
  /** New files by the names of the old ones. */
  readonly made: Map<string, { file: string; fileId: string }>;
}

async function sealSegments(
  parts: SealParts,
  blob: BlobEntry,
  { committed, made }: Sealing,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const segment of committed.segments) {
    if (segment.fileId !== undefined) segments.push(segment);
    else {
      const sealed =
        made.get(segment.file) ?? (await sealFile(parts, blob, { ...segment, part: segment.file }));
      made.set(segment.file, sealed);
      segments.push({ ...segment, ...sealed });
    }
  }
  return segments;
}

/** An append blob's file becomes one that grows in chunks. */
async function sealGrowing(
  parts: SealParts,
  blob: BlobEntry,
  { committed, made }: Sealing,
): Promise<Pick<BlobSidecar, "segments" | "tail">> {
  const [segment] = committed.segments;
  if (!segment || segment.fileId !== undefined) return committed;
  const grown = await growCopy(parts, {
    directory: blob.directory,
    name: segment.file,
    sizeBytes: committed.sizeBytes,
    bytes: readContent(
      null,
      { directory: blob.directory, segments: committed.segments },
      { start: 0, end: committed.sizeBytes - 1 },
    ),
  });
  made.set(segment.file, { file: grown.segment.file, fileId: grown.segment.fileId });
  return { segments: [grown.segment], tail: grown.tail };
}

/** A new growing file in a blob's directory, with `bytes` in it and in what its record is to have. */
export async function growCopy(
  { keys, layout, freeBytesMin }: SealParts,
  target: {
    directory: string;
    name: string;
    sizeBytes: number;
    bytes: AsyncIterable<Uint8Array>;
  },
): Promise<{ segment: Segment & { fileId: string }; tail: string }> {
  const { directory, name, sizeBytes, bytes } = target;
  await checkFreeSpace(layout.incoming, sizeBytes, freeBytesMin);
  const origin = fileOrigin(directory, name);
  const { file, made, result } = await placeSealed(
    layout.incoming,
    { directory, name },
    async (path) => {
      const { fileId } = await makeGrowing(keys, { path, origin });
      const growth = await growFile(
        keys,
        { path, fileId },
        { sizeBytes: 0, tail: Buffer.alloc(0) },
        bytes,
      );
      return { fileId, result: growth };
    },
  );
  const segment = { file, id: null, sizeBytes: result.sizeBytes, fileId: made };
  return { segment, tail: result.tail.toString("base64") };
}

/** A sealed copy of one plain file of a blob, beside it. */
async function sealFile(
  parts: SealParts,
  { directory }: BlobEntry,
  plain: { file: string; sizeBytes: number; part: string },
): Promise<{ file: string; fileId: string }> {
  const path = join(directory, plain.file);
  return sealCopy(parts, { directory, name: plain.file, part: plain.part }, { ...plain, path });
}

/** A sealed file in a blob's directory, with the bytes of a plain one. */
export async function sealCopy(
  { keys, layout, freeBytesMin }: SealParts,
  target: { directory: string; name: string; part: string },
  plain: { path: string; sizeBytes: number },
): Promise<{ file: string; fileId: string }> {
  const { directory, part } = target;
  await checkFreeSpace(layout.incoming, plain.sizeBytes, freeBytesMin);
  const origin = fileOrigin(directory, part);
  const source = { ...plain, fileId: undefined };
  const { file, made } = await placeSealed(layout.incoming, target, async (path) => ({
    ...(await sealInto(
      keys,
      { path, origin },
      readStored(null, source, { from: 0, to: plain.sizeBytes }),
    )),
    result: null,
  }));
  return { file, fileId: made };
}

/** Lets `write` make a file aside and moves it to its place; it is gone again when that fails. */
async function placeSealed<Result>(
  incoming: string,
  { directory, name }: { directory: string; name: string },
  write: (path: string) => Promise<{ fileId: string; result: Result }>,
): Promise<{ file: string; made: string; result: Result }> {
  const path = join(incoming, randomBytes(12).toString("hex"));
  try {
    const { fileId, result } = await write(path);
    const file = storedFileName(name, fileId);
    await rename(path, join(directory, file));
    await syncDirectory(directory);
    return { file, made: fileId, result };
  } catch (error) {
    await unlink(path).catch(() => {});
    throw asBlobError(error);
  }
}

/** Whether the name of a blob that has blocks alone lies in plain text beside them. */
export const hasPlainName = async ({ committed, directory }: BlobEntry): Promise<boolean> =>
  committed === null && (await readTextIfExists(join(directory, nameFileName))) !== null;

/** The name of a blob that has blocks alone: nobody knows it before it has its first block here. */
async function sealName({ keys }: SealParts, { directory }: BlobEntry): Promise<void> {
  const name = await readTextIfExists(join(directory, nameFileName));
  if (name === null) return;
  const sealed = sealMessage(keys, namePurpose(directory), Buffer.from(name));
  await writeFileAtomic(join(directory, sealedNameFileName), sealed);
  await removeFiles(directory, [nameFileName]);
}
