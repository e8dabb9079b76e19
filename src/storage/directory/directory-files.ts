import { createHash, type Hash, randomBytes } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  rename,
  rm,
  statfs,
  unlink,
  type FileHandle,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { secretDirectoryMode, secretFileMode, syncDirectory } from "../../common/files.ts";
import { asBlobError, BlobError } from "../blob-error.ts";
import type { IncomingBody } from "../blob-store.ts";
import { Crc64 } from "../crc64.ts";
import type { Segment } from "./directory-layout.ts";

const readChunkSizeBytes = 256 * 1_024;
/** Chunks come in the size of a TLS record, 16 KiB: a write for each costs more than its bytes. */
const writtenSizeBytes = 1 << 20;

export interface ReceivedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Streams a body into a new file under `directory`, flushed to disk, and checks its length and digests;
 * `hashes` see the bytes too. On any failure the file is gone again. Throws `Md5Mismatch`,
 * `Crc64Mismatch`, `InsufficientStorage`.
 */
export async function receiveFile(
  directory: string,
  body: IncomingBody,
  hashes: readonly Hash[],
): Promise<ReceivedFile> {
  const path = join(directory, randomBytes(12).toString("hex"));
  try {
    const file = await open(path, "wx", secretFileMode);
    try {
      await writeBody(file, body, hashes);
      await file.sync();
      return { path, sizeBytes: body.sizeBytes };
    } finally {
      await file.close();
    }
  } catch (error) {
    await unlink(path).catch(() => {});
    throw asBlobError(error);
  }
}

async function writeBody(
  file: FileHandle,
  body: IncomingBody,
  hashes: readonly Hash[],
): Promise<void> {
  const md5 = body.md5 ? createHash("md5") : null;
  const crc64 = body.crc64 ? new Crc64() : null;
  const sums = [md5, crc64, ...hashes].filter((sum) => sum !== null);
  let sizeBytes = 0;
  for await (const piece of inPieces(body)) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > body.sizeBytes) break;
    for (const sum of sums) sum.update(piece);
    await file.writeFile(piece); // writes at the file's position, all of it
  }
  if (sizeBytes !== body.sizeBytes) {
    throw new BlobError(
      "InvalidHeaderValue",
      `Content-Length ${body.sizeBytes} is not the body's.`,
    );
  }
  if (md5 && body.md5 && !md5.digest().equals(body.md5)) throw new BlobError("Md5Mismatch");
  if (crc64 && body.crc64 && !crc64.digest().equals(body.crc64)) {
    throw new BlobError("Crc64Mismatch");
  }
}

/** The bytes in larger pieces, each good until the next is asked for. */
async function* inPieces({ bytes, sizeBytes }: IncomingBody): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafe(Math.min(writtenSizeBytes, Math.max(sizeBytes, 1)));
  let used = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.byteLength;) {
      const part = chunk.subarray(at, at + piece.byteLength - used);
      piece.set(part, used);
      at += part.byteLength;
      used += part.byteLength;
      if (used < piece.byteLength) continue;
      yield piece;
      used = 0;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}

/** Refuses a write that would leave less than `freeBytesMin` on the file system. */
export async function checkFreeSpace(
  directory: string,
  sizeBytes: number,
  freeBytesMin: number,
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes - sizeBytes >= freeBytesMin) return;
  throw new BlobError(
    "InsufficientStorage",
    `${sizeBytes} bytes were sent, ${freeBytes} are free, and ${freeBytesMin} must stay free.`,
  );
}

/** Makes one directory whose parent exists and flushes the parent; true when it was not there. */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: secretDirectoryMode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw asBlobError(error);
  }
  await syncDirectory(dirname(path));
  return true;
}

export async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
}

/** Makes a directory vanish at once, then frees its space. */
export async function discardDirectory(directory: string, trash: string): Promise<void> {
  const trashed = join(trash, `${basename(directory)}-${randomBytes(6).toString("hex")}`);
  await rename(directory, trashed);
  await syncDirectory(dirname(directory));
  await rm(trashed, { recursive: true });
}

/** Removes left-overs; one that cannot be removed now is found at the next start. */
export async function removeFiles(directory: string, files: Iterable<string>): Promise<void> {
  for (const file of files) await unlink(join(directory, file)).catch(() => {});
}

/** Writes a small file in place and flushes it; its directory is the caller's to flush. */
export async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, "w", secretFileMode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The bytes `start` up to and including `end` of the segments laid end to end. */
export async function* readSegments(
  directory: string,
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const { file, sizeBytes } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset + 1, sizeBytes);
    if (from < to) yield* readFilePart(join(directory, file), from, to);
    offset += sizeBytes;
    if (offset > end) return;
  }
}

async function* readFilePart(path: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    for (let at = from; at < to;) {
      const buffer = Buffer.allocUnsafe(Math.min(readChunkSizeBytes, to - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error(`${path} ends at byte ${at}, ${to} were written`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** SHA-256 of the segments laid end to end, hex. */
export async function hashSegments(
  directory: string,
  segments: readonly Segment[],
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of readSegments(directory, segments, 0, Number.MAX_SAFE_INTEGER)) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
